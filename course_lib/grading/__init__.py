"""Problem sets and their grading, for instructors. Nothing else of the package imports it."""
