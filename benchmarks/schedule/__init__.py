"""A day of schedule on a fast clock: ``python -m benchmarks.schedule.day``."""
