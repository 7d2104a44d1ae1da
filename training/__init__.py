"""Models of single series and of plans: members, backtest, ensemble, the published artifact, and the champion."""

__all__ = [
    "artifact",
    "backtest",
    "champion",
    "core",
    "ensemble",
    "evaluation",
    "hindcast",
    "members",
    "open_models",
    "options",
    "past",
    "plans",
    "same_day",
    "tracking",
    "train",
    "user_series",
]
