"""``headroom up``: one preparation at a time, its child processes, retries, signals, and the jobs it keeps going."""

__all__ = ["homelock", "preparation", "retrying", "signals", "supervised", "up"]
