"""Claims: sentences about the world as data, each with a verdict that an edition's draws and its day's figures give."""

__all__ = ["answers", "definition", "evaluation", "history", "library", "queries", "scenarios"]
