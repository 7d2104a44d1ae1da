"""The pages, one module each: what a page shows, and its route."""

__all__ = [
    "answer",
    "choices",
    "claims",
    "comparison_table",
    "edition_changes",
    "editions",
    "embed",
    "explanations",
    "figures",
    "first_pictures",
    "gate_words",
    "models",
    "numbers",
    "overview",
    "scenario_effects",
    "sites",
    "track_record",
    "trust",
]
