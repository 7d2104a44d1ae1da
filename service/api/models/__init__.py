"""The champion: its forecasts, and the checks it passed."""

__all__ = [
    "forecasts",
    "gate_checks",
    "models",
]
