"""The ensemble: weights, recent errors, bands, dependence of drivers, its assessment, and running totals.

``known_ahead`` ties forecasts to guidance, to limits and to what has come of a year.
"""

__all__ = [
    "accumulation",
    "assessment",
    "calibration",
    "dependence",
    "ensemble",
    "guidance",
    "known_ahead",
    "limits",
    "paths",
    "recent_errors",
    "years_begun",
]
