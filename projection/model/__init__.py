"""The model of one pass: chips, routes to power, storage, order books, and the engine that runs them."""

__all__ = [
    "chips",
    "cohorts",
    "commitments",
    "concepts",
    "engine",
    "fill",
    "model_error",
    "passes",
    "region",
    "routes",
    "stages",
    "storage",
    "trade",
]
