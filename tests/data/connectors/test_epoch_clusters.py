from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import H100eBasis, definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.epoch.epoch_clusters import ADDRESS, CONNECTOR

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "chips" / "epoch_data" / "gpu_clusters.csv"
real = pytest.mark.skipif(not RAW.is_file(), reason="the publisher's file is not here to compare with")

HEADER = "Name,Status,Certainty,H100 equivalents,Country,First Operational Date,Include in Standard Analysis\n"
BODY = HEADER + (
    "A,Existing,Confirmed,100,United States of America,6/1/2023,TRUE\n"
    "B,Existing,Likely,50,China,2/1/2024,TRUE\n"
    "C,Existing,Likely,25,France,2/1/2024,TRUE\n"
    "D,Existing,Likely,25,,2/1/2024,TRUE\n"
)
AFTER_2024 = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def parse(make_payload):
    return lambda lines="", body=BODY, retrieved=AFTER_2024: CONNECTOR.parse(
        make_payload(body + lines, retrieved=retrieved)
    )


def values(parsed, suffix):
    rows = parsed.observations.filter(pl.col("series_id").str.ends_with(suffix))
    return {(region, period.year): value for region, period, value in rows.select("region", "period", "value").rows()}


def test_it_is_a_connector_that_asks_one_table():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=None, today=date(2026, 10, 1))
    assert [request.key for request in requests] == [ADDRESS]


def test_clusters_count_from_the_year_they_began_in(parse):
    assert values(parse(), "tracked_compute") == {
        ("US", 2023): 100.0, ("US", 2024): 100.0, ("CN", 2024): 50.0, ("EU", 2024): 25.0,
    }  # fmt: skip


def test_shares_are_of_the_whole_sample_placed_or_not(parse):
    assert values(parse(), "tracked_share") == {
        ("US", 2023): 100.0, ("US", 2024): 50.0, ("CN", 2024): 25.0, ("EU", 2024): 12.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("E,Planned,Likely,9,China,2/1/2024,TRUE\n", id="planned"),
        pytest.param("E,Decommissioned,Likely,9,China,2/1/2024,TRUE\n", id="decommissioned"),
        pytest.param("E,Existing,Unlikely,9,China,2/1/2024,TRUE\n", id="unlikely"),
        pytest.param("E,Existing,Likely,9,China,2/1/2024,\n", id="outside the standard analysis"),
        pytest.param("E,Existing,Likely,9,China,,TRUE\n", id="without a first day"),
        pytest.param("E,Existing,Likely,,China,2/1/2024,TRUE\n", id="without a size"),
        pytest.param("E,Existing,Likely,9,China,2/1/2025,TRUE\n", id="in a year that is not over"),
    ],
)
def test_what_is_not_counted(parse, line):
    parsed = parse(line)
    assert values(parsed, "tracked_compute") == values(parse(), "tracked_compute")
    assert parsed.rejected == ()


def test_a_year_is_given_once_it_is_over(parse):
    years = {day: set(parse(retrieved=day).observations["period"].dt.year()) for day in (AFTER_2024,)}
    assert years[AFTER_2024] == {2023, 2024}
    assert 2024 not in set(parse(retrieved=datetime(2024, 12, 31, tzinfo=UTC)).observations["period"].dt.year())


def test_h100_equivalents_are_told_to_be_of_16_bits(parse):
    compute = parse().observations.filter(pl.col("unit") == "H100e")
    assert compute["note"].str.contains("16-bit").all()
    assert {definitions()[name].h100e_basis for name in compute["series_id"]} == {H100eBasis.BIT16}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("E,Existing,Likely,many,China,2/1/2024,TRUE\n", Reason.NOT_A_NUMBER, id="words"),
        pytest.param("E,Existing,Likely,9,China,early 2024,TRUE\n", Reason.PERIOD_INVALID, id="no day"),
        pytest.param("E,Existing\n", Reason.ROW_MALFORMED, id="cut row"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected(parse, line, reason):
    assert [fault.reason for fault in parse(line).rejected] == [reason]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY.replace("Include in Standard Analysis", "Standard"), id="another heading"),
        pytest.param(BODY.replace("Existing,Confirmed", "Running,Confirmed"), id="another status"),
        pytest.param(HEADER, id="no cluster"),
    ],
)
def test_another_format_is_told(parse, body):
    with pytest.raises(SourceChanged):
        parse(body=body)


@real
@pytest.mark.parametrize(("retrieved", "rows"), [("2025-12-14", 48), ("2026-01-05", 54)])
def test_sums_of_the_publishers_file_are_the_shipped_ones(make_payload, retrieved, rows):
    # The shipped rows hold 2025 as of 14 December; we give a year when it is over.
    day = datetime.fromisoformat(f"{retrieved}T12:00+00:00")
    parsed = CONNECTOR.parse(make_payload(RAW.read_bytes(), retrieved=day))
    shipped = read_observations("chips").filter(pl.col("series_id").str.contains("gpu_clusters"))
    same = ["series_id", "region", "metric", "unit", "freq", "period", "value", "kind", "confidence", "table"]
    shipped_rows = shipped.filter(pl.col("period").dt.year() < day.year).select(same).sort(same)
    assert (parsed.rows_read, parsed.rejected, shipped.height, shipped_rows.height) == (786, (), 54, rows)
    assert parsed.observations.select(same).sort(same).equals(shipped_rows)
