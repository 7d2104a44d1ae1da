"""A user's series: read from a file, put on regular periods, and checked for jumps."""

__all__ = ["aggregation", "faults", "fiscal_style", "jumps", "periods", "user_series"]
