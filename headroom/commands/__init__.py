"""The commands, one module each. Every module offers ``app``, a typer application mounted by headroom.cli."""

__all__ = [
    "assets",
    "backtest",
    "config",
    "data",
    "db",
    "editions",
    "forecast",
    "imports",
    "leads",
    "models",
    "project",
    "quarantine",
    "refresh",
    "scoreboard",
    "serve",
    "train",
    "up",
]
