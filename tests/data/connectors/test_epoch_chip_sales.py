from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.epoch.epoch_chip_sales import BY_CHIP, BY_DESIGNER, CONNECTOR

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "chips" / "epoch_ai_chip_counts" / "csv_export"
real = pytest.mark.skipif(not RAW.is_dir(), reason="the publisher's files are not here to compare with")
APRIL = datetime(2026, 4, 22, 12, tzinfo=UTC)

HEADER = (
    "Name,Designer,Series start date,End date,"
    "Number of units (5th percentile),Number of units (median),Number of units (95th percentile),"
    "H100e (5th percentile),H100e (median),H100e (95th percentile),"
    "Power (MW) (5th percentile),Power (MW) (median),Power (MW) (95th percentile),"
    "Cost (USD) (5th percentile),Cost (USD) (median),Cost (USD) (95th percentile),Incomplete,Source,Notes\n"
)
OLD = (
    "Name,Chip manufacturer,Start date,End date,"
    "Number of units (5th percentile),Number of units (median),Number of units (95th percentile),"
    "Compute estimate in H100e (5th percentile),Compute estimate in H100e (median),"
    "Compute estimate in H100e (95th percentile),"
    "Power in MW (5th percentile),Power in MW (median),Power in MW (95th percentile),Incomplete,Notes\n"
)
CHIPS = (
    "Name,Chip manufacturer,Start date,End date,Number of Units,Number of Units (5th percentile),"
    "Number of Units (95th percentile),Chip type,Incomplete,Notes\n"
)


def line(designer, start, end, units, compute, *, incomplete=""):
    three = f"{units - 100},{units},{units + 100},{compute - 10},{compute},{compute + 10}"
    return f"{designer} through {end},{designer},{start},{end},{three},1.5,2,2.5,1e9,2e9,3e9,{incomplete},,made\n"


SIX = "".join(
    line(designer, "2024-01-01", end, units, compute)
    for designer in ("AMD", "Amazon", "Cambricon", "Google", "Huawei", "Nvidia")
    for end, units, compute in (("2024-09-30", 1000, 500), ("2024-12-31", 3000, 1700))
)


def rows(parsed, series_id):
    rows = parsed.observations.filter(pl.col("series_id") == series_id).sort("period")
    return rows.select("period", "value", "low", "high").rows()


def by_designer(make_payload, lines, header=HEADER):
    return CONNECTOR.parse(make_payload(header + lines, url=BY_DESIGNER))


def by_chip(make_payload, lines):
    return CONNECTOR.parse(make_payload(CHIPS + lines, url=BY_CHIP))


def test_it_is_a_connector_that_asks_two_tables():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=None, today=date(2026, 10, 1))
    assert [request.key for request in requests] == [BY_DESIGNER, BY_CHIP]


def test_medians_come_with_their_percentiles_in_our_units(make_payload):
    parsed = by_designer(make_payload, line("AMD", "2024-01-01", "2024-03-31", 69135, 55200))
    quarter = date(2024, 1, 1)
    assert rows(parsed, "amd.ai_chips.cumulative_units") == [(quarter, 69.135, 69.035, 69.235)]
    assert rows(parsed, "amd.ai_chips.cumulative_compute") == [(quarter, 55200.0, 55190.0, 55210.0)]
    assert rows(parsed, "amd.ai_chips.cumulative_power") == [(quarter, 2.0, 1.5, 2.5)]
    assert rows(parsed, "amd.ai_chips.cumulative_cost") == [(quarter, 2.0, 1.0, 3.0)]
    assert set(parsed.observations["kind"]) == {"estimate"}
    assert set(parsed.observations["published"]) == {date(2026, 11, 24)}


def test_flows_are_differences_without_percentiles(make_payload):
    both = line("AMD", "2024-01-01", "2024-03-31", 1000, 500) + line("AMD", "2024-01-01", "2024-06-30", 3000, 1700)
    parsed = by_designer(make_payload, both)
    assert rows(parsed, "amd.ai_chips.quarterly_compute") == [
        (date(2024, 1, 1), 500.0, 490.0, 510.0),
        (date(2024, 4, 1), 1200.0, None, None),
    ]
    assert rows(parsed, "amd.ai_chips.quarterly_units") == [(date(2024, 4, 1), 2.0, None, None)]


def test_a_flow_is_never_taken_over_a_gap(make_payload):
    gap = line("AMD", "2024-01-01", "2024-03-31", 1000, 500) + line("AMD", "2024-01-01", "2024-09-30", 3000, 1700)
    parsed = by_designer(make_payload, gap)
    assert [period for period, *_ in rows(parsed, "amd.ai_chips.quarterly_compute")] == [date(2024, 1, 1)]


def test_the_first_quarter_of_tpus_is_a_part_of_one_and_no_flow(make_payload):
    parsed = by_designer(make_payload, line("Google", "2022-10-01", "2022-12-31", 1000, 500))
    assert rows(parsed, "google_tpu.ai_chips.cumulative_compute") != []
    assert rows(parsed, "google_tpu.ai_chips.quarterly_compute") == []


@pytest.mark.parametrize("mark", ["true", "checked"])
def test_a_quarter_marked_incomplete_is_counted_and_not_given(make_payload, mark):
    whole = line("AMD", "2024-01-01", "2024-03-31", 1000, 500)
    part = line("AMD", "2024-01-01", "2024-06-30", 1100, 510, incomplete=mark)
    parsed = by_designer(make_payload, whole + part)
    assert [period for period, *_ in rows(parsed, "amd.ai_chips.cumulative_compute")] == [date(2024, 1, 1)]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (2, 1, ())


def test_the_world_is_summed_only_where_all_six_designers_are_known(make_payload):
    early = line("Nvidia", "2022-01-01", "2024-06-30", 100, 50)
    parsed = by_designer(make_payload, early + SIX)
    assert rows(parsed, "world.ai_compute.cumulative_stock") == [
        (date(2024, 7, 1), 3000.0, None, None),
        (date(2024, 10, 1), 10200.0, None, None),
    ]
    assert rows(parsed, "world.ai_chips.cumulative_units")[0][:2] == (date(2024, 7, 1), 6.0)
    assert rows(parsed, "world.ai_chips.cumulative_power")[0][:2] == (date(2024, 7, 1), 12.0)


def test_chinese_make_is_summed_at_year_end(make_payload):
    parsed = by_designer(make_payload, SIX)
    assert rows(parsed, "cn.ai_compute.stock_domestic") == [(date(2024, 1, 1), 3400.0, None, None)]


def test_the_older_spelling_of_the_headings_is_read(make_payload):
    body = "x,Nvidia,1/1/2022,3/31/2022,163481,212120,276445,51547,66883,87166,65,84,110,,made\n"
    parsed = by_designer(make_payload, body, header=OLD)
    assert rows(parsed, "nvidia.ai_chips.cumulative_compute") == [(date(2022, 1, 1), 66883.0, 51547.0, 87166.0)]
    assert rows(parsed, "nvidia.ai_chips.cumulative_units") == [(date(2022, 1, 1), 212.12, 163.481, 276.445)]


def test_point_estimates_keep_blank_percentiles(make_payload):
    body = "x,Huawei,2024-01-01,2024-03-31,,112500,,,45028,,,49.0,,1437500000,1750000000,2375000000,,,\n"
    parsed = by_designer(make_payload, body)
    assert rows(parsed, "huawei_ascend.ai_chips.cumulative_compute") == [(date(2024, 1, 1), 45028.0, None, None)]
    assert set(parsed.observations["region"]) == {"CN"}


def test_chips_made_for_china_are_exports_to_it(make_payload):
    body = (
        "a,Nvidia,1/1/2024,3/31/2024,138719,106730,180461,H20,,\n"
        "b,Nvidia,1/1/2024,3/31/2024,500000,400000,600000,H100/H200,,\n"
        "c,AMD,1/1/2024,3/31/2024,500,400,600,Instinct MI300X,,\n"
    )
    parsed = by_chip(make_payload, body)
    assert parsed.observations.sort("series_id").select("series_id", "region", "value").rows() == [
        ("nvidia.exports_cn.h20_units", "CN", 138.719),
        ("nvidia.h100.units", "WORLD", 500.0),
    ]
    assert parsed.rows_read == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("a,Nvidia,1/1/2024,3/31/2024,5,4,6,Rubin,,\n", Reason.SERIES_UNKNOWN, id="new chip"),
        pytest.param("a,Intel,1/1/2024,3/31/2024,5,4,6,Gaudi3,,\n", Reason.SERIES_UNKNOWN, id="new designer"),
        pytest.param("a,Nvidia,2021-11-01,2022-01-30,5,4,6,A100,,\n", Reason.FISCAL_UNMAPPED, id="fiscal quarter"),
        pytest.param("a,Nvidia,1/1/2024,2/29/2024,5,4,6,A100,,\n", Reason.FISCAL_UNMAPPED, id="no quarter's end"),
        pytest.param("a,Nvidia,1/1/2023,3/31/2024,5,4,6,A100,,\n", Reason.FISCAL_UNMAPPED, id="several quarters"),
        pytest.param("a,Nvidia,1/1/2024,Q1,5,4,6,A100,,\n", Reason.PERIOD_INVALID, id="no day"),
        pytest.param("a,Nvidia,1/1/2024,3/31/2024,five,4,6,A100,,\n", Reason.NOT_A_NUMBER, id="words"),
        pytest.param("a,Nvidia,1/1/2024,3/31/2024,5,4,6,,,\n", Reason.ROW_MALFORMED, id="no chip"),
        pytest.param("a,Nvidia,1/1/2024\n", Reason.ROW_MALFORMED, id="cut row"),
    ],
)
def test_a_row_that_cannot_be_placed_is_rejected(make_payload, body, reason):
    good = "a,Nvidia,1/1/2024,3/31/2024,5,4,6,B200,,\n"
    parsed = by_chip(make_payload, body + good)
    assert [fault.reason for fault in parsed.rejected] == [reason]
    assert parsed.observations["series_id"].to_list() == ["nvidia.b200.units"]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(HEADER.replace("H100e (5th percentile)", "H100e (10th percentile)"), id="another percentile"),
        pytest.param(HEADER.replace("Number of units", "Units"), id="another heading"),
        pytest.param(HEADER.replace("Designer", "Maker"), id="no designer"),
        pytest.param(HEADER.replace("End date", "Quarter"), id="no end"),
    ],
)
def test_another_header_is_told(make_payload, header):
    with pytest.raises(SourceChanged):
        by_designer(make_payload, SIX, header=header)


def test_every_row_is_as_the_catalogue_defines_it(make_payload):
    chips = by_chip(make_payload, "a,Nvidia,1/1/2024,3/31/2024,5,4,6,H20,,\nb,Nvidia,1/1/2024,3/31/2024,5,4,6,A100,,\n")
    for row in pl.concat([by_designer(make_payload, SIX).observations, chips.observations]).iter_rows(named=True):
        definition = definitions()[row["series_id"]]
        assert (definition.region, definition.units[row["freq"]]) == (row["region"], row["unit"])
        assert row["metric"] in definition.metrics
        assert row["table"] in definition.tables


@real
def test_quarters_of_nvidia_chips_are_the_shipped_ones(make_payload):
    body = (RAW / "nvidia_calendar_quarter_chip_timelines.csv").read_bytes()
    parsed = CONNECTOR.parse(make_payload(body, url=BY_CHIP, retrieved=APRIL))
    shipped = read_observations("chips").filter(
        (pl.col("source_id") == "epoch_chip_counts_2026_04") & pl.col("series_id").str.starts_with("nvidia.")
    )
    same = [name for name in shipped.columns if name != "source_id"]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (48, 2, ())
    assert shipped.height == 46
    assert parsed.observations.select(same).sort(same).equals(shipped.select(same).sort(same))


@real
@pytest.mark.parametrize(
    ("designer", "name", "quarters", "equal"),
    [
        ("nvidia", "nvidia", 16, 16),
        ("amd", "amd", 8, 7),
        ("trainium", "amazon_trainium", 8, 8),
        ("tpu", "google_tpu", 12, 0),
    ],
)
def test_totals_of_april_differ_from_september_only_where_epoch_revised(make_payload, designer, name, quarters, equal):
    # Compute and units of NVIDIA and Trainium stand, AMD's last quarter moved by 0.02 %, TPUs by up to 4 %.
    body = (RAW / f"{designer}_cumulative_totals.csv").read_bytes()
    parsed = CONNECTOR.parse(make_payload(body, url=BY_DESIGNER, retrieved=APRIL))
    assert parsed.rejected == ()
    for suffix in ("cumulative_compute", "cumulative_units"):
        series = f"{name}.ai_chips.{suffix}"
        shipped = read_observations("chips").filter(pl.col("series_id") == series)
        both = shipped.join(parsed.observations, on=["series_id", "period"], suffix="_found")
        off = (both["value_found"] / both["value"] - 1).abs()
        # April's file cuts figures where September's rounds them, so the last digit may differ.
        assert (both.height, (off < 1e-4).sum()) == (quarters, equal)
        assert off.max() < 0.041


@real
def test_fiscal_quarters_are_not_taken_for_calendar_ones(make_payload):
    body = (RAW / "nvidia_fiscal_quarter_chip_timelines.csv").read_bytes()
    parsed = CONNECTOR.parse(make_payload(body, url=BY_CHIP, retrieved=APRIL))
    assert {fault.reason for fault in parsed.rejected} == {Reason.FISCAL_UNMAPPED}
    assert (len(parsed.rejected), parsed.observations.height) == (42, 0)
