"""The ensemble: weights, calibrated bands, how drivers depend on one another, and its assessment."""

__all__ = ["assessment", "calibration", "dependence", "ensemble"]
