"""The pages, one module each: what a page shows, and its route."""

__all__ = [
    "answer",
    "choices",
    "comparison_table",
    "embed",
    "first_pictures",
    "numbers",
    "overview",
    "scenario_effects",
    "trust",
]
