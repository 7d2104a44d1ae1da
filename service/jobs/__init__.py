"""Work beside requests: the queue of jobs, their schedules, the scheduler that feeds it, the worker that empties it."""

__all__ = ["kinds", "lost", "queue", "retention", "scheduler", "schedules", "tables", "worker"]
