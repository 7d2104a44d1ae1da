"""How figures come in: a source or a file is read, its rows are judged, and what is new is stored as vintages."""

__all__ = ["imports", "reading", "refresh", "storing", "validation"]
