"""Under which names, and behind which proxies, the service answers."""

__all__ = ["boundary", "rules"]
