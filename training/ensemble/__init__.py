"""The ensemble: weights, recent errors, bands, dependence of drivers, its assessment, guidance, and running totals."""

__all__ = ["accumulation", "assessment", "calibration", "dependence", "ensemble", "guidance", "paths", "recent_errors"]
