"""What everything stands on: errors, units, regions, layers, quantile levels, and how files are published."""

__all__ = [
    "artifacts",
    "code_hash",
    "csv_cells",
    "errors",
    "layers",
    "processes",
    "quantiles",
    "redaction",
    "regions",
    "release",
    "scopes",
    "shipped_tables",
    "units",
]
