"""The command line, which connects the packages. It imports the others only when needed; none imports it."""

__all__ = [
    "backups",
    "children",
    "cli",
    "clock",
    "commands",
    "console",
    "days",
    "edition_causes",
    "editions",
    "evaluating",
    "following",
    "hindcasting",
    "leased",
    "main",
    "readiness",
    "scores",
    "serving",
    "settings",
    "start",
    "wiring",
]
