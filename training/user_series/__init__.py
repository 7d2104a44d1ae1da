"""Forecasts of a user's series, by what public collections teach."""

__all__ = ["compounding", "prior", "suspects", "user_series"]
