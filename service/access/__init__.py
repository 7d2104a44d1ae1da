"""Under which names and behind which proxies the service answers, who may ask for what, and how often."""

__all__ = ["answer_headers", "boundary", "budgets", "callers", "control", "keys", "local", "rules", "tables"]
