"""The ensemble: weights, corrections by recent errors, calibrated bands, dependence of drivers, and its assessment."""

__all__ = ["assessment", "calibration", "dependence", "ensemble", "recent_errors"]
