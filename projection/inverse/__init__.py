"""Inverse questions: the least change that reaches a target, and what would have to be true for another's number."""

__all__ = [
    "answers",
    "levers",
    "outcomes",
    "published",
    "questions",
    "requirements",
    "run_draws",
    "runs",
    "search",
    "wording",
]
