"""The shares of open models in use."""

__all__ = [
    "answer",
    "open_models",
    "points",
]
