"""Refresh and import: read a source or a file, check its rows, and store what is new as vintages."""

__all__ = ["imports", "reading", "refresh", "storing", "validation"]
