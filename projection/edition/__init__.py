"""An edition: its points, how it is written and read, which one is current, and what came of it."""

__all__ = [
    "bands",
    "columns",
    "combined",
    "context_figures",
    "differences",
    "edition",
    "files",
    "funnel",
    "generation_growth",
    "issued",
    "limits",
    "names",
    "outcomes",
    "points",
    "publish",
    "remote",
    "retention",
    "summary",
]
