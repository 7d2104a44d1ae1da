"""Evaluations of scenarios for requests: processes that hold the base of an edition, and the queue in front of them."""

__all__ = ["attribution", "evaluation", "inverse", "pool", "question", "site_dates", "site_draws", "work", "worker"]
