"""Planned sites in every draw: whether, when and how large they come, and the capacity this adds up to."""

__all__ = ["arrivals", "builders", "buildout", "funnel", "realisation"]
