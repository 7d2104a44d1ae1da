"""The resources of the API, one module each: its query, its answer and its routes."""

__all__ = [
    "comparisons",
    "designers",
    "editions",
    "forecasts",
    "gaps",
    "health",
    "models",
    "names",
    "open_models",
    "scoreboard",
    "series",
]
