"""Data-center sites: running capacity, and the tracked pipeline of plans."""

__all__ = ["pipeline", "sites"]
