from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.census.census_owid import ADDRESS, CONNECTOR, HEADER
from data.connectors.contract import Access, Connector
from data.connectors.payload import Form

REAL = Path(__file__).resolve().parents[4] / "shared/raw/capacity/owid_census_datacenter_construction_real_monthly.csv"
TEXT = ",".join(HEADER) + "\nUnited States,USA,2014-01-01,149693689\nUnited States,USA,2014-02-01,158144139\n"


def test_dollars_become_millions(make_payload):
    parsed = CONNECTOR.parse(make_payload(TEXT, url=ADDRESS))
    assert parsed.observations.select(pl.col("period").cast(str), "value", "unit").rows() == [
        ("2014-01-01", 149.693689, "USD_million"),
        ("2014-02-01", 158.144139, "USD_million"),
    ]
    assert parsed.observations["published"].unique().to_list() == [date(2026, 11, 24)]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (2, 0, ())


def test_blanks_are_marked_and_faults_told(make_payload):
    more = TEXT + "United States,USA,2014-03-01,\nUnited States,USA,2014-04-02,1\nUnited States,USA,2014-05-01,x\n"
    parsed = CONNECTOR.parse(make_payload(more + "World,OWID_WRL,2014-06-01,7\n", url=ADDRESS))
    assert [(one.reason, one.where) for one in parsed.rejected] == [
        (Reason.PERIOD_INVALID, "line 5"),
        (Reason.NOT_A_NUMBER, "line 6"),
    ]
    assert (parsed.rows_read, parsed.marked, parsed.observations.height) == (6, 1, 2)


def test_another_file_is_an_error(make_payload):
    for text, words in (
        (TEXT.replace("Monthly spending", "Annual spending"), "the header is"),
        (TEXT.replace("United States,", "Canada,"), "no row of the United States"),
        ("", "is not a CSV file"),
    ):
        with pytest.raises(SourceChanged, match=words):
            CONNECTOR.parse(make_payload(text, url=ADDRESS))


@pytest.mark.skipif(not REAL.exists(), reason="the licensed original is not at hand beside the repository")
def test_the_real_file_gives_every_shipped_month(make_payload):
    parsed = CONNECTOR.parse(make_payload(REAL.read_bytes(), url=ADDRESS))
    shipped = read_observations("capacity").filter(pl.col("source_id") == "census_owid")
    keys = ["series_id", "region", "metric", "unit", "freq", "period", "source_id", "kind", "scenario", "table"]
    joined = parsed.observations.join(shipped, on=keys, suffix="_shipped", how="full")
    assert (parsed.observations.height, shipped.height, joined.height) == (140, 140, 140)
    # Shipped with three decimals.
    assert (joined["value"] - joined["value_shipped"]).abs().max() < 0.000501
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (140, 0, ())


def test_the_whole_chart_is_asked_for():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=None, today=date(2026, 11, 24))
    assert [(request.url, request.form) for request in requests] == [(ADDRESS, Form.CSV)]
