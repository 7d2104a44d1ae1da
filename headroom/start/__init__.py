"""``headroom up``: one preparation at a time, its child processes, retries, signals, and readiness."""

__all__ = ["homelock", "preparation", "retrying", "signals", "up"]
