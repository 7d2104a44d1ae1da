"""The nowcast of the running year, from published levels and quarterly indicators; and fiscal quarters."""

__all__ = ["fiscal", "hindcast", "indicators", "internet_data", "levels", "nowcast"]
