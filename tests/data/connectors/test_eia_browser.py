from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.eia.eia_browser import EiaBrowser

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "energy"
TODAY = date(2026, 11, 24)
NETGEN = "eia_net_generation_monthly_us_2018-01_2025-09"
STATES = "eia_net_generation_monthly_states_2001-01_2025-07"
ANNUAL = "eia_net_generation_annual_us_2001_2025"
SALES = "eia_retail_sales_monthly_states_2001-01_2025-05"
PRICE = "eia_retail_price_monthly_states_2001-01_2025-05"

needs_raw = pytest.mark.skipif(not RAW.is_dir(), reason="the licensed originals are not here to compare with")

PREAMBLE = """"Net generation for all sectors"
"https://www.eia.gov/electricity/data/browser/#/topic/0?agg=2,0,1&fuel=vtvv&geo=g&sec=g"
"Sun Dec 21 2025 16:29:54 GMT+0300 (East Africa Time)"
"Source: U.S. Energy Information Administration"
"""
HEADER = '"description","units","source key","Jan 2025","Feb 2025"\n'
GROUPS = '"Net generation for all sectors","thousand megawatthours",,,\n"United States",,"ELEC.GEN..M",,\n'
UNIT = "thousand megawatthours"


def line(key, *cells, unit=UNIT):
    return ",".join([f'"United States : {key}"', f'"{unit}"', f'"{key}"', *cells]) + "\n"


def test_it_is_a_connector_that_asks_nothing():
    connector = EiaBrowser()
    assert isinstance(connector, Connector)
    assert connector.requests(Access(), since=None, today=TODAY) == ()


def test_a_saved_table_becomes_rows_dated_by_its_stamp(make_payload):
    text = (
        PREAMBLE
        + HEADER
        + GROUPS
        + line("ELEC.GEN.COW-US-99.M", "119284", "82050")
        + line("ELEC.GEN.HPS-US-99.M", "-1", "-2")
    )
    parsed = EiaBrowser().parse(make_payload(text))
    observations = parsed.observations
    assert observations.select("series_id", "region", "period", "value", "unit", "freq", "published").rows() == [
        ("us.electricity.netgen.coal.eia", "US", date(2025, 1, 1), 119284.0, "GWh", "M", date(2025, 12, 21)),
        ("us.electricity.netgen.coal.eia", "US", date(2025, 2, 1), 82050.0, "GWh", "M", date(2025, 12, 21)),
    ]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (4, 0, ())


def test_a_table_without_a_stamp_is_dated_by_its_retrieval(make_payload):
    text = f"description,units,source key,01-Jan,25-Jul\nTexas : wind,{UNIT},ELEC.GEN.WND-TX-99.M,84,12000\r\n"
    observations = EiaBrowser().parse(make_payload(text)).observations
    assert observations["published"].unique().to_list() == [TODAY]
    assert observations.select("period", "value").rows() == [(date(2001, 1, 1), 84.0), (date(2025, 7, 1), 12000.0)]


def test_years_are_another_series_than_months(make_payload):
    header = '"description","units","source key","2024","2025"\n'
    text = PREAMBLE + header + line("ELEC.GEN.TSN-US-99.A", "303752", "388820") + line("ELEC.GEN.ALL-US-99.A", "1", "2")
    observations = EiaBrowser().parse(make_payload(text)).observations
    assert observations.select("series_id", "freq", "period", "value").rows() == [
        ("us.electricity.netgen_annual.solar_all.eia", "A", date(2024, 1, 1), 303752.0),
        ("us.electricity.netgen_annual.solar_all.eia", "A", date(2025, 1, 1), 388820.0),
    ]


def test_marks_are_counted_and_strange_cells_rejected(make_payload):
    cells = [
        line("ELEC.GEN.COW-US-99.M", '"--"', "NM"),
        line("ELEC.GEN.NG-US-99.M", "", "W"),
        line("ELEC.GEN.NUC-US-99.M", "7r", "5"),
    ]
    parsed = EiaBrowser().parse(make_payload(PREAMBLE + HEADER + "".join(cells)))
    assert parsed.observations["value"].to_list() == [5.0]
    assert parsed.marked == 4
    (fault,) = parsed.rejected
    assert (fault.reason, fault.where) == (Reason.NOT_A_NUMBER, "line 8")
    assert fault.row == {"key": "ELEC.GEN.NUC-US-99.M", "day": "2025-01-01", "cell": "7r"}


def test_a_row_of_another_length_is_rejected_with_its_line(make_payload):
    text = PREAMBLE + HEADER + line("ELEC.GEN.COW-US-99.M", "1", "2") + line("ELEC.GEN.NG-US-99.M", "3")
    parsed = EiaBrowser().parse(make_payload(text))
    assert parsed.observations.height == 2
    (fault,) = parsed.rejected
    assert (fault.reason, fault.where, fault.row["source key"]) == (
        Reason.ROW_MALFORMED,
        "line 7",
        "ELEC.GEN.NG-US-99.M",
    )


def test_a_repeated_row_counts_once_and_a_differing_one_is_kept_for_the_judge(make_payload):
    sun = line("ELEC.GEN.SUN-US-99.M", "3", "4")
    same = EiaBrowser().parse(make_payload(PREAMBLE + HEADER + sun + sun)).observations
    assert same["value"].to_list() == [3.0, 4.0]
    other = (
        EiaBrowser().parse(make_payload(PREAMBLE + HEADER + sun + line("ELEC.GEN.SUN-US-99.M", "3", "9"))).observations
    )
    assert sorted(other["value"].to_list()) == [3.0, 3.0, 4.0, 9.0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b,c\n1,2,3\n", "no header that starts with 'description'"),
        ('"description","unit","source key","Jan 2025"\n', "the header starts with"),
        ('"description","units","source key"\n', "neither months nor years"),
        ('"description","units","source key","Q1 2025"\n', "neither months nor years"),
        ('"description","units","source key","Jan 2025","2025"\n', "mix months with years"),
        ('"description","units","source key","Jan 2025","25-Jan"\n', "repeat a period"),
        (HEADER + line("ELEC.GEN.COW-US-99.M", "1", "2", unit="megawatthours"), "'megawatthours' where"),
        (HEADER + line("ELEC.SALES.US-COM.M", "1", "2", unit="cents per kilowatthour"), "cents per kilowatthour"),
        (HEADER + line("ELEC.STOCKS.COL-US.M", "1", "2"), "no row of net generation"),
        (HEADER, "no row of net generation"),
    ],
)
def test_a_changed_format_stores_nothing(make_payload, text, reason):
    with pytest.raises(SourceChanged, match=reason):
        EiaBrowser().parse(make_payload(text))


def parsed_raw(make_payload, name):
    return EiaBrowser().parse(make_payload((RAW / f"{name}.csv").read_bytes()))


@needs_raw
@pytest.mark.parametrize("name", [NETGEN, STATES, ANNUAL, SALES, PRICE])
def test_every_original_is_read_without_a_fault_and_defined(make_payload, name):
    parsed = parsed_raw(make_payload, name)
    assert parsed.rejected == ()
    definition_of = definitions()
    series = parsed.observations.select("series_id", "region", "metric", "unit", "freq", "table").unique()
    assert series.height > 0
    for row in series.iter_rows(named=True):
        definition = definition_of[row["series_id"]]
        assert (definition.region, definition.units[row["freq"]]) == (row["region"], row["unit"])
        assert (row["metric"] in definition.metrics, row["table"] in definition.tables) == (True, True)


def compared(observations, source_id):
    """Counts of rows equal, differing, only shipped and only in the original, over the series that are shipped."""
    shipped = read_observations("energy").filter(pl.col("source_id") == source_id)
    keys = ["series_id", "region", "metric", "unit", "freq", "kind", "confidence", "period"]
    ours = observations.filter(pl.col("series_id").is_in(shipped["series_id"].unique().to_list()))
    both = shipped.join(ours, on=keys, how="inner", suffix="_made")
    same = both.filter(pl.col("value") == pl.col("value_made")).height
    return same, both.height - same, shipped.height - both.height, ours.height - both.height


@needs_raw
@pytest.mark.parametrize(
    ("name", "source_id", "counts"),
    [
        # 930 = 10 fuels x 93 months.
        (NETGEN, "eia_netgen_2025_12", (930, 0, 0, 0)),
        # The tables take the country to December 2017 from this file and later months from the newer one above:
        # 10 fuels x 91 months of 2018 to July 2025 are ours only, less small-scale solar of January 2024, marked "--".
        (STATES, "eia_netgen_2025_10", (4340, 0, 0, 909)),
        (ANNUAL, "eia_netgen_2026_05", (112, 0, 0, 0)),
        (SALES, "eia_sales_2025_07", (4395, 0, 0, 0)),
        (PRICE, "eia_price_2025_07", (1172, 0, 0, 0)),
    ],
)
def test_the_originals_give_the_shipped_rows(make_payload, name, source_id, counts):
    assert compared(parsed_raw(make_payload, name).observations, source_id) == counts


@needs_raw
@pytest.mark.parametrize(("name", "day"), [(NETGEN, date(2025, 12, 21)), (SALES, date(2025, 7, 30)), (STATES, TODAY)])
def test_the_originals_are_dated_as_they_are_stamped(make_payload, name, day):
    assert parsed_raw(make_payload, name).observations["published"].unique().to_list() == [day]
