"""Periods of a year, a quarter or a month: what they are, how they are written, and the days they cover."""

__all__ = ["days", "fiscal_weeks", "period", "text", "timestamps"]
