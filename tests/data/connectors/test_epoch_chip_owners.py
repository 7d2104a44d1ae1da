import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.epoch.epoch_chip_owners import ADDRESS, CONNECTOR

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "chips" / "epoch_ai_chip_counts" / "owners_csv_export"
real = pytest.mark.skipif(not RAW.is_dir(), reason="the publisher's files are not here to compare with")
APRIL = datetime(2026, 4, 22, 12, tzinfo=UTC)

HEADER = (
    "Name,Chip manufacturer,Owner,Start date,End date,Compute estimate in H100e (median),H100e (5th percentile),"
    "H100e (95th percentile),Number of Units (median),Number of Units (5th percentile),"
    "Number of Units (95th percentile),Incomplete,Notes\n"
)


def line(maker, owner, end, compute, *, incomplete=""):
    return f"x,{maker},{owner},2024-01-01,{end},{compute},{compute - 1},{compute + 1},2000,1000,3000,{incomplete},\n"


def figures(parsed):
    rows = parsed.observations.sort("series_id", "period")
    return rows.select("series_id", "freq", "period", "value", "low", "high").rows()


@pytest.fixture
def parse(make_payload):
    return lambda lines, header=HEADER: CONNECTOR.parse(make_payload(header + lines, url=ADDRESS))


def test_it_is_a_connector_that_asks_one_table():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=None, today=date(2026, 10, 1))
    assert [request.key for request in requests] == [ADDRESS]


def test_an_owner_holds_chips_of_a_designer_with_percentiles(parse):
    parsed = parse(line("Nvidia", "CoreWeave", "2025-09-30", 500) + line("Nvidia", "Other", "2025-09-30", 900))
    assert figures(parsed) == [
        ("owner.coreweave.nvidia.compute", "Q", date(2025, 7, 1), 500.0, 499.0, 501.0),
        ("owner.other.nvidia.compute", "Q", date(2025, 7, 1), 900.0, 899.0, 901.0),
    ]
    assert dict(parsed.observations.select("series_id", "region").iter_rows()) == {
        "owner.coreweave.nvidia.compute": "US",
        "owner.other.nvidia.compute": "WORLD",
    }


def test_year_ends_are_summed_over_designers(parse):
    parsed = parse(line("Nvidia", "Meta", "2025-12-31", 500) + line("AMD", "Meta", "2025-12-31", 40))
    assert ("owner.meta.all.compute", "A", date(2025, 1, 1), 540.0, None, None) in figures(parsed)


def test_a_year_end_that_lacks_a_designer_is_not_summed(parse):
    lines = line("Nvidia", "Meta", "2025-12-31", 500) + line("AMD", "Meta", "2025-09-30", 40)
    partial = line("AMD", "Meta", "2025-12-31", 50, incomplete="checked")
    assert not parse(lines).observations["series_id"].str.contains("all").any()
    assert not parse(lines + partial).observations["series_id"].str.contains("all").any()


def test_years_before_every_designer_was_counted_are_not_summed(parse):
    lines = [line("Nvidia", "Google", f"{year}-12-31", 500) for year in (2023, 2024)]
    lines += [line("Google", "Google", f"{year}-12-31", 70) for year in (2023, 2024)]
    sums = parse("".join(lines)).observations.filter(pl.col("freq") == "A")
    assert sums.select("period", "value").rows() == [(date(2024, 1, 1), 570.0)]


def test_what_china_bought_is_apart_from_what_was_smuggled(parse):
    lines = line("Nvidia", "China", "2025-12-31", 500) + line("AMD", "China", "2025-12-31", 40)
    by_series = figures(parse(lines + line("Nvidia", "China (smuggled)", "2025-12-31", 90)))
    assert ("cn.ai_compute.stock_imported_legal", "A", date(2025, 1, 1), 540.0, None, None) in by_series
    assert ("cn.ai_chips.smuggled_compute", "Q", date(2025, 10, 1), 90.0, 89.0, 91.0) in by_series
    assert ("cn.ai_chips.smuggled_units", "Q", date(2025, 10, 1), 2.0, 1.0, 3.0) in by_series


def test_chinese_makers_own_chips_are_not_given_twice(parse):
    parsed = parse(line("Huawei", "China", "2025-12-31", 500))
    assert (parsed.observations.height, parsed.rows_read, parsed.rejected) == (0, 1, ())


def test_an_owner_without_a_series_is_rejected(parse):
    parsed = parse(line("Nvidia", "Tesla", "2025-12-31", 500) + line("Nvidia", "xAI", "2025-12-31", 400))
    assert [fault.reason for fault in parsed.rejected] == [Reason.SERIES_UNKNOWN]
    assert parsed.observations["series_id"].to_list() == ["owner.xai.nvidia.compute"]


def test_a_table_without_owners_is_another_table(parse):
    with pytest.raises(SourceChanged):
        parse(line("Nvidia", "Meta", "2025-12-31", 1), header=HEADER.replace("Owner", "Buyer"))


def test_every_row_is_as_the_catalogue_defines_it(parse):
    lines = "".join(
        line(maker, owner, "2025-12-31", 500)
        for maker, owner in (
            ("Nvidia", "xAI"), ("Nvidia", "China"), ("AMD", "China"), ("Nvidia", "China (smuggled)"),
            ("Nvidia", "Meta"), ("AMD", "Meta"), ("Amazon", "Amazon"), ("Nvidia", "Other"),
        )
    )  # fmt: skip
    for row in parse(lines).observations.iter_rows(named=True):
        definition = definitions()[row["series_id"]]
        assert (definition.region, definition.units[row["freq"]]) == (row["region"], row["unit"])
        assert row["metric"] in definition.metrics
        assert row["table"] in definition.tables


@real
def test_the_publishers_totals_are_the_shipped_rows(make_payload):
    # The hub's table is these files one below the other.
    totals = []
    for path in sorted(RAW.rglob("*_cumulative_totals.csv")):
        with path.open(encoding="utf-8-sig", newline="") as handle:
            totals += list(csv.DictReader(handle))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in totals for name in row)))
    writer.writeheader()
    writer.writerows(totals)
    parsed = CONNECTOR.parse(make_payload(text.getvalue(), url=ADDRESS, retrieved=APRIL))
    shipped = read_observations("chips").filter(
        (pl.col("source_id") == "epoch_chip_counts_2026_04") & ~pl.col("series_id").str.starts_with("nvidia.")
    )
    incomplete = shipped.filter(pl.col("note").str.contains("quarter incomplete"))
    whole = shipped.filter(~pl.col("note").str.contains("quarter incomplete"))
    same = [name for name in shipped.columns if name != "source_id"]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (185, 8, ())
    assert (shipped.height, incomplete.height) == (197, 8)
    assert parsed.observations.select(same).sort(same).equals(whole.select(same).sort(same))
