"""Scenarios: documents that override assumptions, the library that ships, levers, evaluation on the base's numbers."""

__all__ = ["answers", "attribution", "definition", "evaluation", "levers", "library", "resolution"]
