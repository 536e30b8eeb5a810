"""How long a step takes, here and elsewhere: `python -m benchmarks`."""
