"""Series of a user: read, put on regular periods, and searched for jumps."""

__all__ = ["aggregation", "faults", "fiscal_style", "jumps", "periods", "user_series"]
