"""Where the shipped tables are, and readers of those that are not observations, with typed columns."""

from pathlib import Path

import polars as pl

from data.base.errors import TableCorrupt

TABLES = Path(__file__).resolve().parents[1] / "tables"
"""Folder of the shipped CSV files; part of the installed package."""

_SITES = {
    "site": pl.String,
    "operator": pl.String,
    "country": pl.String,
    "region": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "status": pl.String,
    "period": pl.Date,
    "power_mw": pl.Float64,
    "h100e": pl.Float64,
    "source_id": pl.String,
    "published": pl.Date,
    "confidence": pl.String,
    "note": pl.String,
    "it_mw": pl.Float64,
    "buildings": pl.Float64,
}
_SITE_VINTAGES = {
    "vintage": pl.Date,
    "site": pl.String,
    "date": pl.Date,
    "buildings": pl.Float64,
    # Empty in the first two vintages, so a reader that infers types would make text of it.
    "it_mw": pl.Float64,
    "facility_mw": pl.Float64,
    "h100e": pl.Float64,
}
_ACCELERATORS = {
    "vendor": pl.String,
    "chip": pl.String,
    "release_date": pl.Date,
    "bf16_tflops": pl.Float64,
    "fp8_tflops": pl.Float64,
    "memory_gb": pl.Float64,
    "bandwidth_gb_s": pl.Float64,
    "tdp_w": pl.Float64,
    "price_usd": pl.Float64,
    "source_id": pl.String,
    "confidence": pl.String,
}
_RELEASE_LAGS = {
    "source_id": pl.String,
    "published_means": pl.String,
    "release_lag_days": pl.Int64,
    "why": pl.String,
}
_SOURCES = {
    "source_id": pl.String,
    "title": pl.String,
    "publisher": pl.String,
    "url": pl.String,
    "licence": pl.String,
    "published": pl.Date,
    "note": pl.String,
    "table": pl.String,
}

_SITE_STAGES = {
    "site_id": pl.String,
    "event": pl.Int64,
    "site": pl.String,
    "operator": pl.String,
    "builder": pl.String,
    "state": pl.String,
    "county": pl.String,
    "city": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "location_precision": pl.String,
    "cites_osm": pl.String,
    "facility_type": pl.String,
    "stage": pl.String,
    # A year, a month or a day as the tracker has it, never padded.
    "stage_date": pl.String,
    "date_precision": pl.String,
    "date_basis": pl.String,
    "first_seen": pl.Date,
    "site_first_seen": pl.Date,
    "origin": pl.String,
    "current_stage": pl.String,
    "mw": pl.Float64,
    "mw_planned": pl.Float64,
    "mw_operational": pl.Float64,
    "mw_kind": pl.String,
    "target_date": pl.Date,
    "target_precision": pl.String,
    "status_confidence": pl.String,
    "community": pl.String,
    "source_url": pl.String,
    "tracker": pl.String,
    "licence": pl.String,
    "note": pl.String,
}
_SITE_EDITIONS = {
    "edition_date": pl.Date,
    "edition_time": pl.String,
    "edition": pl.Int64,
    "site_id": pl.String,
    "change": pl.String,
    "stage": pl.String,
    "stage_since": pl.String,
    "mw_planned": pl.Float64,
    "mw_operational": pl.Float64,
    "target_date": pl.Date,
    "target_precision": pl.String,
    "operator": pl.String,
    "facility_type": pl.String,
    "confidence": pl.String,
    "community": pl.String,
    "events": pl.String,
}
_TRACKER_EDITIONS = {
    "edition": pl.Int64,
    "edition_time": pl.String,
    "edition_date": pl.Date,
    "commit": pl.String,
    "sites": pl.Int64,
    "entered": pl.Int64,
    "left": pl.Int64,
    "proposed": pl.Int64,
    "permitted": pl.Int64,
    "under_construction": pl.Int64,
    "operational": pl.Int64,
    "cancelled": pl.Int64,
}
_STAGE_CHANGES = {
    "site_id": pl.String,
    "site": pl.String,
    "operator": pl.String,
    "builder": pl.String,
    "state": pl.String,
    "facility_type": pl.String,
    "from": pl.String,
    "to": pl.String,
    "first_seen": pl.String,
    "last_edition_before": pl.String,
    "first_edition_after": pl.String,
    "tracker_date": pl.String,
    "source_read": pl.String,
    "event_date": pl.String,
    "event_precision": pl.String,
    "class": pl.String,
    "mw_planned": pl.Float64,
    "mw_operational": pl.Float64,
    "source_url": pl.String,
    "tracker": pl.String,
    "licence": pl.String,
    "note": pl.String,
}
_STAGE_ESTIMATES = {
    "quantity": pl.String,
    "variant": pl.String,
    "from": pl.String,
    "to": pl.String,
    "unit": pl.String,
    "events": pl.Float64,
    "exposure": pl.Float64,
    "median": pl.Float64,
    "p10": pl.Float64,
    "p90": pl.Float64,
    "p2_5": pl.Float64,
    "p97_5": pl.Float64,
    "note": pl.String,
}
_SITE_CROSSWALK = {
    "our_site": pl.String,
    "our_operator": pl.String,
    "country": pl.String,
    "in_sites": pl.String,
    "in_site_vintages": pl.String,
    "our_stage": pl.String,
    "our_stage_date": pl.Date,
    "our_source": pl.String,
    "our_mw_now": pl.Float64,
    "our_mw_full": pl.Float64,
    "site_id": pl.String,
    "site": pl.String,
    "operator": pl.String,
    "stage": pl.String,
    "mw_planned": pl.Float64,
    "mw_operational": pl.Float64,
    "confidence": pl.String,
    "relation": pl.String,
    "km": pl.Float64,
    "note": pl.String,
}
_REALISATION_RATES = {
    "rate_id": pl.String,
    "region": pl.String,
    "object": pl.String,
    "cohort": pl.String,
    "from_stage": pl.String,
    "to_stage": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "unit": pl.String,
    "numerator": pl.String,
    "denominator": pl.String,
    "basis": pl.String,
    "kind": pl.String,
    "primary_source": pl.String,
    "via": pl.String,
    "via_url": pl.String,
    "published": pl.Date,
    "licence": pl.String,
    "informs": pl.String,
    "note": pl.String,
}

Columns = dict[str, type[pl.DataType]]

SCHEMAS: dict[str, Columns] = {
    "sites": _SITES,
    "site_vintages": _SITE_VINTAGES,
    "accelerators": _ACCELERATORS,
    "release_lags": _RELEASE_LAGS,
    "sources": _SOURCES,
    "site_stages": _SITE_STAGES,
    "site_editions": _SITE_EDITIONS,
    "tracker_editions": _TRACKER_EDITIONS,
    "stage_changes": _STAGE_CHANGES,
    "stage_estimates": _STAGE_ESTIMATES,
    "site_crosswalk": _SITE_CROSSWALK,
    "realisation_rates": _REALISATION_RATES,
}
"""Column types of every shipped table that is not a table of observations."""


def read_table(name: str, columns: Columns, *, folder: Path = TABLES) -> pl.DataFrame:
    """Read ``name``.csv of a folder with exactly these columns.

    Raises :class:`TableCorrupt` when the file is missing, has other columns or a value of another type.
    """
    path = folder / f"{name}.csv"
    try:
        text = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TableCorrupt(name, str(error).splitlines()[0]) from None
    if text.columns != list(columns):
        raise TableCorrupt(name, f"columns are {', '.join(text.columns)}; expected {', '.join(columns)}")
    try:
        return text.select(
            pl.col(column).str.to_date("%Y-%m-%d") if kind is pl.Date else pl.col(column).cast(kind)
            for column, kind in columns.items()
        )
    except pl.exceptions.PolarsError as error:
        raise TableCorrupt(name, str(error).splitlines()[0]) from None


def sites() -> pl.DataFrame:
    """Dated site pipeline: MW (facility ``power_mw``, IT ``it_mw``) and H100e a site has from ``period`` (a day) on.

    ``announced`` rows come from other trackers and overlap the Epoch rows; they are never added to them.
    """
    return read_table("sites", _SITES)


def site_vintages() -> pl.DataFrame:
    """Editions of the same site pipeline (Epoch AI, CC BY 4.0): steps of MW and H100e by vintage, site and day."""
    return read_table("site_vintages", _SITE_VINTAGES)


def accelerators() -> pl.DataFrame:
    """Chip specifications: dense TFLOPS, memory GB, bandwidth GB/s, TDP W, approximate price USD."""
    return read_table("accelerators", _ACCELERATORS)


def release_lags() -> pl.DataFrame:
    """Days from the end of a period to its release, for sources whose ``published`` is not the first print."""
    return read_table("release_lags", _RELEASE_LAGS)


def sources() -> pl.DataFrame:
    """Every source; an id may stand once per table of observations, so the key is (source_id, table)."""
    return read_table("sources", _SOURCES)
