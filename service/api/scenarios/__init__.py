"""Scenarios and levers, and their evaluation."""

__all__ = [
    "evaluation",
    "scenarios",
]
