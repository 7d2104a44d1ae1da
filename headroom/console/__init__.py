"""Output of commands: results, progress, log lines, and the standard streams."""

__all__ = ["log_lines", "logging", "options", "output", "phases", "progress", "sparkline", "streams"]
