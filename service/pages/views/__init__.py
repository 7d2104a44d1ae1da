"""The pages, a module or a folder each: what a page shows, and its route.

``choices`` and ``scenario_effects`` are shared by several.
"""

__all__ = [
    "choices",
    "claims",
    "editions",
    "figures",
    "models",
    "overview",
    "scenario_effects",
    "sites",
    "track_record",
    "us_china",
    "what_if",
]
