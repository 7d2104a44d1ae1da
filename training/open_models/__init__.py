"""Use of open models by country: shares as log ratios, their fit, and the state that is published."""

__all__ = ["fit", "log_ratios", "state"]
