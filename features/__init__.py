"""Inputs of models: figures as known on a day, panels of series, and derived series with their recipes."""

__all__ = [
    "chain",
    "chips",
    "commitments",
    "data_gaps",
    "driver_ages",
    "electricity",
    "generation",
    "gigawatts",
    "grids",
    "nowcast",
    "open_models",
    "panel",
    "published_growth",
    "recipes",
    "series",
    "sites",
    "splices",
    "storage",
    "user_series",
    "view",
]
