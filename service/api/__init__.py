"""The resources of the API, one module each: its query, its answer and its routes.

Shapes and computations that would make a module too long stand beside it under the name of its answer or points.
"""

__all__ = [
    "calibration",
    "claims",
    "comparisons",
    "designers",
    "edition_changes",
    "edition_feed",
    "edition_files",
    "editions",
    "forecasts",
    "funnel",
    "gap_answer",
    "gaps",
    "health",
    "leads",
    "metrics",
    "models",
    "names",
    "observables",
    "open_model_answer",
    "open_model_points",
    "open_models",
    "score_summary",
    "scoreboard",
    "series",
]
