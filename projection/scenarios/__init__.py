"""Scenarios: documents that override assumptions, the library that ships, levers, evaluation on the base's numbers."""

__all__ = ["answers", "definition", "evaluation", "levers", "library", "resolution"]
