"""What others ask: the API, the pages, and the server behind them.

``app`` puts it together: the routes of ``api`` and ``pages``, which ``resources`` lists and which are made from
``base``; the ``cache`` of answers in front of them; the ``recorder`` of requests; and the checks of ``access`` before
all. What ``memory`` holds is sent without a task. ``state`` holds the snapshot that requests are answered from,
``editions`` says which edition that is, ``named_editions`` reads those that requests name, ``problems`` turns errors
into answers, ``negotiation`` reads what a client takes, ``child_process`` is what works beside it, and ``server``
runs it in one process. ``mcp`` offers it to agents as tools.
"""

__all__ = [
    "access",
    "api",
    "app",
    "base",
    "cache",
    "child_process",
    "editions",
    "mcp",
    "memory",
    "named_editions",
    "negotiation",
    "pages",
    "problems",
    "recorder",
    "resources",
    "server",
    "state",
    "wording",
]
