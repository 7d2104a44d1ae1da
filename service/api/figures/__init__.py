"""Figures and the names they are asked for by."""

__all__ = [
    "names",
    "observations",
    "series",
]
