"""The running year: published levels, earlier indicators, fiscal quarters, and the nowcast made of them."""

__all__ = ["fiscal", "hindcast", "indicators", "levels", "nowcast"]
