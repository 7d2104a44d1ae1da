"""What all packages use: errors, units, regions, layers, quantile levels, and the writer of published files."""

__all__ = [
    "access_errors",
    "artifacts",
    "code_hash",
    "csv_cells",
    "edition_errors",
    "errors",
    "layers",
    "processes",
    "quantiles",
    "redaction",
    "regions",
    "release",
    "scopes",
    "shipped_tables",
    "toml_tables",
    "units",
]
