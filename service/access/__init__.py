"""Under which names and behind which proxies the service answers, and who may ask for work."""

__all__ = ["answer_headers", "boundary", "local", "rules"]
