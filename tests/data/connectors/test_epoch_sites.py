from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.base.shipped_tables import site_vintages, sites
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.epoch.epoch_sites import ADDRESS, CONNECTOR, RENAMED, EpochSites

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "capacity"
real = pytest.mark.skipif(not RAW.is_dir(), reason="the publisher's files are not here to compare with")
VINTAGES = ("2025-12-14", "2026-04-03", "2026-05-23", "2026-07-06", "2026-08-03")

HEADER = "Data center,Date,Construction status,Buildings operational,IT power (MW),Power (MW),H100 equivalents\n"
BODY = (
    HEADER
    + """\
Alpha,2025-01-10,Land clearing,0,0,0,0
Alpha,2025-05-20,"First hall, on
two lines",1,80,100,5000
Alpha,2026-12-01,Second hall,2,160,200,
Beta,11/30/2025,Open,1,40,50.06,2500.26
"""
)
PLACES = {"Alpha": "US", "Beta": "CN"}
CUT = EpochSites(places=PLACES)


def at(day):
    return datetime(*map(int, day.split("-")), 12, tzinfo=UTC)


def values(parsed, series_id):
    rows = parsed.observations.filter(pl.col("series_id") == series_id).sort("period")
    return {f"{period:%Y-%m}": value for period, value in rows.select("period", "value").iter_rows()}


@pytest.fixture
def parsed(make_payload):
    return CUT.parse(make_payload(BODY, retrieved=at("2026-02-14")))


def test_it_is_a_connector_that_asks_one_file():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=date(2026, 1, 1), today=date(2026, 2, 14))
    assert [request.key for request in requests] == [ADDRESS]
    assert requests[0].secrets == {}


def test_steps_are_a_vintage_of_the_day_of_retrieval(parsed):
    steps = parsed.tables["site_vintages"]
    assert steps["vintage"].unique().to_list() == [date(2026, 2, 14)]
    assert steps.select("site", "date", "buildings", "it_mw", "facility_mw", "h100e").rows() == [
        ("Alpha", date(2025, 1, 10), 0.0, 0.0, 0.0, 0.0),
        ("Alpha", date(2025, 5, 20), 1.0, 80.0, 100.0, 5000.0),
        ("Alpha", date(2026, 12, 1), 2.0, 160.0, 200.0, None),
        ("Beta", date(2025, 11, 30), 1.0, 40.0, 50.06, 2500.26),
    ]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (4, 1, ())


def test_sums_hold_the_last_step_of_every_site_at_quarter_end(parsed):
    assert values(parsed, "world.ai_datacenter.tracked_facility_power") == {
        "2025-04": 100.0, "2025-07": 100.0, "2025-10": 150.1, "2026-01": 150.1, "2026-04": 150.1, "2026-07": 150.1,
        "2026-10": 250.1,
    }  # fmt: skip
    assert values(parsed, "cn.ai_datacenter.tracked_it_power")["2025-10"] == 40.0
    assert values(parsed, "us.ai_datacenter.tracked_it_power")["2025-10"] == 80.0


def test_a_step_without_a_figure_leaves_the_last_stated_one(parsed):
    assert values(parsed, "us.ai_datacenter.tracked_h100e")["2026-10"] == 5000.0


def test_quarters_that_end_after_retrieval_are_projections(parsed):
    kinds = dict(parsed.observations.select("period", "kind").iter_rows())
    assert kinds[date(2025, 10, 1)] == "estimate"
    assert kinds[date(2026, 1, 1)] == "projection"


def test_an_unplaced_site_counts_in_the_world_and_withholds_the_countries(make_payload):
    alone = EpochSites(places={"Alpha": "US"}).parse(make_payload(BODY, retrieved=at("2026-02-14")))
    assert set(alone.observations["region"]) == {"WORLD"}
    assert values(alone, "world.ai_datacenter.tracked_facility_power")["2025-10"] == 150.1
    assert [(fault.reason, fault.row["site"]) for fault in alone.rejected] == [(Reason.PLACE_UNKNOWN, "Beta")]
    assert alone.tables["site_vintages"].height == 4


def test_names_epoch_gave_up_lead_to_the_one_in_use(make_payload):
    body = BODY.replace("Alpha", "xAI Colossus 2 Memphis Tennessee").replace("Beta", "xAI Colossus 1")
    parsed = EpochSites().parse(make_payload(body)).tables["site_vintages"]["site"].unique().sort().to_list()
    assert parsed == ["Colossus 1", "Colossus 2"]


def test_every_harmonised_name_is_a_placed_site():
    assert set(RENAMED.values()) <= set(sites()["site"])


def test_a_file_without_it_power_gives_no_sum_of_it(make_payload):
    lines = [",".join(cells[:4] + cells[5:]) for cells in (line.split(",") for line in BODY.splitlines()) if cells[4:]]
    plain = "\n".join(line for line in lines if "First hall" not in line and "two lines" not in line)
    parsed = CUT.parse(make_payload(plain, retrieved=at("2026-02-14")))
    assert parsed.tables["site_vintages"]["it_mw"].null_count() == parsed.tables["site_vintages"].height > 0
    assert not parsed.observations["series_id"].str.contains("tracked_it_power").any()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("Gamma,2026-13-01,Open,1,1,1,1", Reason.PERIOD_INVALID, id="no such day"),
        pytest.param("Gamma,,Open,1,1,1,1", Reason.PERIOD_INVALID, id="no day"),
        pytest.param("Gamma,2026-01-01,Open,1,1,about 50,1", Reason.NOT_A_NUMBER, id="words for a number"),
        pytest.param("Gamma,2026-01-01,Open,1,1,inf,1", Reason.NOT_A_NUMBER, id="infinity"),
        pytest.param(",2026-01-01,Open,1,1,1,1", Reason.ROW_MALFORMED, id="no site"),
        pytest.param("Gamma,2026-01-01,Open,1,1", Reason.ROW_MALFORMED, id="cut row"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_and_the_others_stay(make_payload, line, reason):
    parsed = CUT.parse(make_payload(BODY + line + "\n", retrieved=at("2026-02-14")))
    assert [fault.reason for fault in parsed.rejected] == [reason]
    assert "line 7" in parsed.rejected[0].where
    assert parsed.tables["site_vintages"].height == 4


def test_two_rows_of_one_site_and_day_are_both_kept_out(make_payload):
    again = "Beta,2025-11-30,Open,1,40,60,2500\n"
    parsed = CUT.parse(make_payload(BODY + again, retrieved=at("2026-02-14")))
    assert [fault.reason for fault in parsed.rejected] == [Reason.DUPLICATE, Reason.DUPLICATE]
    assert set(parsed.tables["site_vintages"]["site"]) == {"Alpha"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY.replace("Power (MW)", "Power (GW)"), id="another unit"),
        pytest.param(BODY.replace("Date,", "When,", 1), id="another heading"),
        pytest.param(BODY.replace("IT power (MW)", "Power (MW)"), id="a heading twice"),
        pytest.param(BODY + 'Gamma,2026-01-01,"cut in the middle', id="cut in a cell"),
        pytest.param("<!doctype html><title>Gone</title>", id="a page"),
    ],
)
def test_another_format_is_told_and_nothing_is_read(make_payload, body):
    with pytest.raises(SourceChanged):
        CUT.parse(make_payload(body))


@real
@pytest.mark.parametrize("vintage", VINTAGES)
def test_every_shipped_step_is_in_the_publishers_file(make_payload, vintage):
    body = (RAW / f"epoch_data_center_timelines_{vintage}.csv").read_bytes()
    parsed = CONNECTOR.parse(make_payload(body, retrieved=at(vintage))).tables["site_vintages"]
    shipped = site_vintages().filter(pl.col("vintage") == date.fromisoformat(vintage))
    assert parsed.sort("site", "date").equals(shipped.sort("site", "date"))


@real
def test_an_unplaced_site_of_may_2026_is_told(make_payload):
    body = (RAW / "epoch_data_center_timelines_2026-05-23.csv").read_bytes()
    parsed = CONNECTOR.parse(make_payload(body, retrieved=at("2026-05-23")))
    assert [fault.row["site"] for fault in parsed.rejected] == ["QTS Richmond"]


@real
def test_sums_of_the_publishers_file_are_the_shipped_ones(make_payload):
    body = (RAW / "epoch_data_center_timelines_2026-08-03.csv").read_bytes()
    parsed = CONNECTOR.parse(make_payload(body, retrieved=at("2026-08-03"))).observations
    shipped = read_observations("capacity").filter(pl.col("series_id").str.contains("ai_datacenter.tracked_"))
    both = shipped.join(parsed, on=["series_id", "freq", "period"], suffix="_found")
    # Nine shipped rows carry the sums a quarter past the tracker's last step; 36 found ones begin in 2021.
    assert (shipped.height, parsed.height, both.height) == (255, 282, 246)
    for column in ("region", "metric", "unit", "kind", "note"):
        assert both[column].equals(both[f"{column}_found"], null_equal=True)
    apart = both.filter((pl.col("value") - pl.col("value_found")).abs() > 1e-6)
    # Colossus 1 has a step without H100e in March 2025: the shipped sums count it as nothing for two quarters.
    assert sorted(apart.select("series_id", "period").rows()) == [
        (f"{area}.ai_datacenter.tracked_h100e", period)
        for area in ("us", "world")
        for period in (date(2025, 1, 1), date(2025, 4, 1))
    ]
    assert (apart["value_found"] - apart["value"]).round(3).unique().to_list() == [200_000.0]


@real
def test_every_row_is_as_the_catalogue_defines_it(make_payload):
    body = (RAW / "epoch_data_center_timelines_2026-08-03.csv").read_bytes()
    for row in CONNECTOR.parse(make_payload(body, retrieved=at("2026-08-03"))).observations.iter_rows(named=True):
        definition = definitions()[row["series_id"]]
        assert (definition.region, definition.units[row["freq"]]) == (row["region"], row["unit"])
        assert row["metric"] in definition.metrics
        assert row["table"] in definition.tables
