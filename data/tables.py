"""The shipped tables: where they are and how they are read. Carried by ``tools/carry_tables.py``."""

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from data.errors import TableCorrupt

FOLDER = Path(__file__).parent / "tables"
COMPILED = date(2026, 11, 23)
"""The day the tables were compiled. A blank ``published`` counts as this day."""
OBSERVATION_TABLES = ("capacity", "chips", "energy", "projections")

OBSERVATION_COLUMNS: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "region": pl.String,
    "metric": pl.String,
    "unit": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "kind": pl.String,
    "scenario": pl.String,
    "source_id": pl.String,
    "published": pl.Date,
    "confidence": pl.String,
    "note": pl.String,
}
"""One schema for every observation; see docs/data.md."""
KEY = ("series_id", "freq", "period", "source_id", "scenario", "published")

_TYPES: dict[str, dict[str, type[pl.DataType]]] = {
    "sites": {
        "lat": pl.Float64,
        "lon": pl.Float64,
        "period": pl.Date,
        "power_mw": pl.Float64,
        "h100e": pl.Float64,
        "published": pl.Date,
        "it_mw": pl.Float64,
        "buildings": pl.Float64,
    },
    # it_mw is empty in the first two vintages: without a type a reader would infer text.
    "site_vintages": {
        "vintage": pl.Date,
        "date": pl.Date,
        "buildings": pl.Float64,
        "it_mw": pl.Float64,
        "facility_mw": pl.Float64,
        "h100e": pl.Float64,
    },
    "accelerators": {
        "release_date": pl.Date,
        **dict.fromkeys(("bf16_tflops", "fp8_tflops", "memory_gb", "bandwidth_gb_s", "tdp_w", "price_usd"), pl.Float64),
    },
    "release_lags": {"release_lag_days": pl.Int64},
    "sources": {"published": pl.Date},
}


def read_text(name: str) -> pl.DataFrame:
    """A table as text, every column a string and blanks kept; raises :class:`TableCorrupt`."""
    path = FOLDER / f"{name}.csv"
    try:
        return pl.read_csv(path, infer_schema=False).fill_null("")
    except (OSError, PolarsError) as error:
        raise TableCorrupt(name, str(error).splitlines()[0]) from error


def typed(name: str, text: pl.DataFrame, types: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """The table with its columns cast, blanks of non-text columns as null; raises :class:`TableCorrupt`."""
    missing = set(types) - set(text.columns)
    if missing:
        raise TableCorrupt(name, f"lacks {', '.join(sorted(missing))}")
    blank = {column: pl.col(column).replace("", None) for column, kind in types.items() if kind is not pl.String}
    casts = [
        cell.str.to_date("%Y-%m-%d") if types[column] is pl.Date else cell.cast(types[column])
        for column, cell in blank.items()
    ]
    try:
        return text.with_columns(casts)
    except PolarsError as error:
        raise TableCorrupt(name, str(error).splitlines()[0]) from error


@cache
def observations() -> pl.DataFrame:
    """Every shipped observation in :data:`OBSERVATION_COLUMNS` plus ``table``."""
    parts = [
        typed(name, read_text(name), OBSERVATION_COLUMNS)
        .select(*OBSERVATION_COLUMNS)
        .with_columns(pl.lit(name).alias("table"))
        for name in OBSERVATION_TABLES
    ]
    return pl.concat(parts)


@cache
def _table(name: str) -> pl.DataFrame:
    return typed(name, read_text(name), _TYPES[name])


def sources() -> pl.DataFrame:
    """Who said it: source_id, title, publisher, url, licence, published, note, table."""
    return _table("sources")


def sites() -> pl.DataFrame:
    """The dated site pipeline; ``announced`` rows overlap tracker rows and are never added to them."""
    return _table("sites")


def site_vintages() -> pl.DataFrame:
    """Five editions of one tracker's dated steps per site, MW (Epoch AI, CC BY 4.0)."""
    return _table("site_vintages")


def accelerators() -> pl.DataFrame:
    """Chip specifications; blank where the vendor has not said."""
    return _table("accelerators")


def release_lags() -> pl.DataFrame:
    """Days from period end to release, for sources whose ``published`` is a retrieval day."""
    return _table("release_lags")
