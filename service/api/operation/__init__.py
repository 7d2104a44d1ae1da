"""The running service: health, metrics, jobs, events and webhooks."""

__all__ = [
    "events",
    "health",
    "jobs",
    "metrics",
    "webhooks",
]
