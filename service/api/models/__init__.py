"""The champion, its forecasts and the checks it passed; forecasts of series of a client."""

__all__ = [
    "forecasts",
    "gate_checks",
    "models",
    "own_series",
]
