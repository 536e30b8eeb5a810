"""What the course is kept fresh with: `python -m tools.refresh`, `python -m tools.screenshots`."""
