"""Scenarios and levers, their evaluation, and where a difference comes from."""

__all__ = [
    "attribution",
    "evaluation",
    "scenarios",
    "waiting",
]
