"""How forecasts and projections compared with what came."""

__all__ = [
    "calibration",
    "scoreboard",
    "summary",
]
