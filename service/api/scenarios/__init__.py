"""Scenarios and levers, their evaluation, where a difference comes from, and what reaches a target."""

__all__ = [
    "attribution",
    "evaluation",
    "reach",
    "requirements",
    "scenarios",
    "setting",
    "solve",
    "what_if",
]
