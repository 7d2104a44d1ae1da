"""Periods such as years, quarters and months: how they are written, and the days they cover."""

__all__ = ["days", "fiscal_weeks", "period", "text", "timestamps"]
