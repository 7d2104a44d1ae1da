"""An edition: its points, how it is written and read, which one is current, and what came of it."""

__all__ = [
    "bands",
    "context_figures",
    "edition",
    "funnel",
    "generation_growth",
    "issued",
    "limits",
    "names",
    "outcomes",
    "points",
    "publish",
    "summary",
]
