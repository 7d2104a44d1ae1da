"""Under which names, and behind which proxies, the service answers."""
