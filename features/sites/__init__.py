"""Data-center sites: where they stand, running capacity, and the tracked pipeline of plans."""

__all__ = ["funnel", "pipeline", "places", "sites"]
