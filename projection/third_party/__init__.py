"""Projections of others: read, converted to our units, compared with ours, and scored beside them."""

__all__ = [
    "comparisons",
    "conversion",
    "explanations",
    "matches",
    "own_entries",
    "own_levels",
    "own_quantities",
    "projections",
    "scoreboard",
]
