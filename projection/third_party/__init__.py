"""Projections of others: read, converted to our units, compared with ours, and scored beside them."""

__all__ = ["comparisons", "conversion", "matches", "own_entries", "projections", "scoreboard"]
