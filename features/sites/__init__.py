"""Data-center sites: running capacity, and the tracked pipeline of plans."""

__all__ = ["funnel", "pipeline", "sites"]
