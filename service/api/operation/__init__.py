"""The running service: health, metrics, jobs and events."""

__all__ = [
    "events",
    "health",
    "jobs",
    "metrics",
]
