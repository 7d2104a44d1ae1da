"""The ensemble: weights, recent errors, calibrated bands, dependence of drivers, its assessment, and running totals."""

__all__ = ["accumulation", "assessment", "calibration", "dependence", "ensemble", "recent_errors"]
