"""Projections of others: read, converted to our units, and compared with ours."""

__all__ = [
    "comparisons",
    "conversion",
    "explanations",
    "own_levels",
    "own_quantities",
    "projections",
]
