"""Rows for tests of stored figures, made in one line."""

from datetime import UTC, date, datetime

import polars as pl

from data.base.scopes import Scope
from data.connectors.contract import ROW_SCHEMA
from data.ingest.storing import Reading
from data.store.refreshes import Origin

SALES = "us.electricity.sales.commercial.eia"
SHARE = "ie.datacenter.share_of_electricity"
STOCK = "nvidia.ai_chips.cumulative_compute"
MOMENT = datetime(2026, 11, 24, 9, tzinfo=UTC)

_FACTS = {
    SALES: ("US", "electricity_retail_sales", "GWh", "M", "energy"),
    STOCK: ("WORLD", "ai_compute_cumulative_sold", "H100e", "Q", "chips"),
}


def row(period, value, *, series_id=SALES, published=date(2026, 11, 24), **fields):
    region, metric, unit, freq, table = _FACTS[series_id]
    return {
        "series_id": series_id, "region": region, "metric": metric, "unit": unit, "freq": freq, "period": period,
        "value": value, "low": None, "high": None, "kind": "actual", "scenario": "", "source_id": "test_source",
        "published": published, "confidence": "primary", "note": "", "table": table,
    } | fields  # fmt: skip


def rows(*many):
    return pl.DataFrame(list(many), schema=ROW_SCHEMA)


def months(values, *, start=2026, **fields):
    """Monthly sales from January on, one row a value; None leaves the month out."""
    return rows(
        *(
            row(date(start + place // 12, place % 12 + 1, 1), value, **fields)
            for place, value in enumerate(values)
            if value is not None
        )
    )


def reading(observations, *, retrieved=MOMENT, source="test_source", scope=Scope.PUBLIC, **options):
    return Reading(
        source=source,
        scope=scope,
        origin=Origin.SOURCE,
        started=retrieved,
        retrieved=retrieved,
        observations=observations,
        rows_read=observations.height,
        **options,
    )
