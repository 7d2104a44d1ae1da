"""What people look at: the page, the documentation of the API, charts, and a gap as one sentence."""

__all__ = ["assets", "charts", "comparison_chart", "headline", "site", "vega"]
