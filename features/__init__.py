"""What a model may look at: readings as of a day, panels, and derived series, each with its recipe."""

__all__ = [
    "chain",
    "chips",
    "commitments",
    "data_gaps",
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
