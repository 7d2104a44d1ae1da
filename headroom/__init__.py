"""Command line and wiring. Imports any package as late as it can; nothing imports it."""

__all__ = [
    "children",
    "cli",
    "clock",
    "commands",
    "console",
    "days",
    "editions",
    "following",
    "hindcasting",
    "main",
    "readiness",
    "serving",
    "settings",
    "start",
    "wiring",
]
