"""Data-center sites: what stands, and the tracked pipeline of what is planned."""

__all__ = ["pipeline", "sites"]
