from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.eia.eia_mer import FUELS, EiaMonthlyEnergyReview

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "energy" / "eia_mer_t07_02a_1949_2021-06.csv"
TODAY = date(2026, 11, 24)
HEADER = '"MSN","YYYYMM","Value","Column_Order","Description","Unit"\r\n'
needs_raw = pytest.mark.skipif(not RAW.is_file(), reason="the licensed original is not here to compare with")


def line(
    code,
    month,
    value,
    *,
    described="Electricity Net Generation From Something, All Sectors",
    unit="Million Kilowatthours",
):
    return f'"{code}","{month}","{value}","1","{described}","{unit}"\r\n'


def table(*lines):
    """A table with a row of every source, so that only what a test adds is new."""
    return HEADER + "".join(line(code, "199001", "1.5") for code in FUELS) + "".join(lines)


def test_it_is_a_connector_that_asks_for_the_table():
    connector = EiaMonthlyEnergyReview()
    assert isinstance(connector, Connector)
    (request,) = connector.requests(Access(), since=None, today=TODAY)
    assert request.key == "https://www.eia.gov/totalenergy/data/browser/csv.php?tbl=T07.02A"


def test_months_and_month_thirteen_are_two_frequencies(make_payload):
    text = table(line("CLETPUS", "202612", "60000.25"), line("CLETPUS", "202613", "700000.5"))
    observations = (
        EiaMonthlyEnergyReview().parse(make_payload(text)).observations.filter(pl.col("period") >= date(2026, 1, 1))
    )
    assert observations.select("series_id", "freq", "period", "value", "unit", "published").rows() == [
        ("us.electricity.netgen.coal.eia", "M", date(2026, 12, 1), 60000.25, "GWh", TODAY),
        ("us.electricity.netgen_annual.coal.eia", "A", date(2026, 1, 1), 700000.5, "GWh", TODAY),
    ]


def test_years_of_sources_without_a_yearly_series_are_left(make_payload):
    parsed = EiaMonthlyEnergyReview().parse(make_payload(table(line("GEETPUS", "202613", "16000"))))
    assert (parsed.observations.height, parsed.rows_read) == (len(FUELS), len(FUELS) + 1)


def test_marks_months_and_numbers(make_payload):
    text = table(
        line("WYETPUS", "197301", "Not Available"),
        line("NUETPUS", "202601", "n/k"),
        line("NUETPUS", "202614", "5"),
        line("WDETPUS", "202601", "not ours"),
    )
    parsed = EiaMonthlyEnergyReview().parse(make_payload(text))
    assert (parsed.observations.height, parsed.marked) == (len(FUELS), 1)
    place = len(FUELS) + 3
    assert {(fault.reason, fault.where) for fault in parsed.rejected} == {
        (Reason.NOT_A_NUMBER, f"line {place}"),
        (Reason.PERIOD_INVALID, f"line {place + 1}"),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER.replace("MSN", "Series"), "the header is"),
        (HEADER + line("CLETPUS", "199001", "1"), "has no rows of ELETPUS"),
        (table(line("CLETPUS", "202601", "1", unit="Billion Kilowatthours")), "'Billion Kilowatthours' where"),
        (
            table(
                line("CLETPUS", "202601", "1", described="Electricity Net Generation From Coal, Electric Power Sector")
            ),
            "described as",
        ),
        (table() + '"CLETPUS","202601","1","1","Electricity","Million Kilowatthours","more"\r\n', "not a CSV table"),
    ],
)
def test_a_changed_format_stores_nothing(make_payload, text, reason):
    with pytest.raises(SourceChanged, match=reason):
        EiaMonthlyEnergyReview().parse(make_payload(text))


@needs_raw
def test_the_original_gives_the_shipped_rows(make_payload):
    parsed = EiaMonthlyEnergyReview().parse(make_payload(RAW.read_bytes()))
    # 132 months of solar, 120 months and 34 years of wind are not available.
    assert (parsed.rejected, parsed.rows_read, parsed.marked) == ((), 8502, 286)
    shipped = read_observations("energy").filter(pl.col("source_id") == "eia_mer72a_2021")
    both = shipped.join(
        parsed.observations, on=["series_id", "freq", "period", "unit", "region", "metric", "kind"], suffix="_made"
    )
    # The tables round to whole GWh.
    apart = (both["value"] - both["value_made"]).abs().max()
    assert (shipped.height, both.height, apart <= 0.5) == (336, 336, True)


@needs_raw
def test_the_sources_are_those_of_the_browser(make_payload):
    observations = EiaMonthlyEnergyReview().parse(make_payload(RAW.read_bytes())).observations
    browser = read_observations("energy").filter(
        pl.col("source_id") == "eia_netgen_2025_10", pl.col("freq") == "M", pl.col("period") < date(2018, 1, 1)
    )
    both = browser.join(
        observations.filter(pl.col("freq") == "M"), on=["series_id", "period"], suffix="_made"
    ).with_columns(apart=(pl.col("value") - pl.col("value_made")).abs())
    count = dict(both.group_by("series_id").agg(equal=(pl.col("apart") <= 0.51).sum()).rows())
    worst = both.select((pl.col("apart") / pl.col("value").abs()).filter(pl.col("apart") > 0.51).max()).item()
    stem = "us.electricity.netgen."
    assert {name.removeprefix(stem).removesuffix(".eia"): equal for name, equal in count.items()} == {
        "coal": 204,
        "geothermal": 204,
        "hydro_conventional": 197,
        "natural_gas": 158,
        "nuclear": 204,
        "solar_utility": 204,
        "total": 147,
        "wind": 199,
    }
    assert worst < 0.01


def test_every_series_has_its_definition(make_payload):
    text = table(*(line(code, "202613", "9") for code in FUELS))
    definition_of = definitions()
    for row in EiaMonthlyEnergyReview().parse(make_payload(text)).observations.iter_rows(named=True):
        assert definition_of[row["series_id"]].units[row["freq"]] == row["unit"]
