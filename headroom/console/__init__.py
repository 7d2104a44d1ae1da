"""Output of commands: results, progress, log lines, and the standard streams."""

__all__ = [
    "attributed",
    "lease",
    "log_lines",
    "logging",
    "options",
    "output",
    "parent",
    "phases",
    "progress",
    "sparkline",
    "streams",
]
