from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.owid import owid_chart, owid_energy
from data.connectors.owid.owid_energy import COLUMNS, ENTITIES

RAW = (
    Path(__file__).resolve().parents[4] / "shared" / "raw" / "energy" / "owid_electricity_prod_source_stacked_2023.csv"
)
real = pytest.mark.skipif(not RAW.is_file(), reason="the publisher's file is not here to compare with")

HEADER = ["country", "year", "iso_code", "population", *COLUMNS]
CHART = ["Entity", "Code", "Year", *(f"{start} (TWh)" for start in owid_chart.SOURCES)]


def wide(*rows, header=HEADER):
    return "\n".join(",".join(str(cell) for cell in row) for row in [header, *rows]) + "\n"


def energy_row(country, year, **cells):
    return [country, year, "XXX", 1, *(cells.get(column, "") for column in COLUMNS)]


def chart_row(entity, year, value=1.0, **cells):
    return [entity, "", year, *(cells.get(source, value) for source in owid_chart.SOURCES.values())]


EVERYWHERE = [energy_row(country, 2024, coal_electricity="10.50") for country in ENTITIES]
CHARTED = [chart_row(entity, 2022) for entity in ENTITIES]


@pytest.fixture
def energy(make_payload):
    return lambda body: owid_energy.CONNECTOR.parse(make_payload(body))


@pytest.fixture
def chart(make_payload):
    return lambda body: owid_chart.CONNECTOR.parse(make_payload(body))


def values(parsed, series_id):
    rows = parsed.observations.filter(pl.col("series_id") == series_id).sort("period")
    return {period.year: value for period, value in rows.select("period", "value").iter_rows()}


@pytest.mark.parametrize("module", [owid_energy, owid_chart])
def test_they_are_connectors_that_ask_one_file(module):
    assert isinstance(module.CONNECTOR, Connector)
    requests = module.CONNECTOR.requests(Access(), since=date(2026, 1, 1), today=date(2026, 10, 1))
    assert [request.key for request in requests] == [module.ADDRESS]


def test_columns_become_series_with_their_unit(energy):
    row = energy_row("China", 2025, net_elec_imports="-6.18", carbon_intensity_elec="560.1", electricity_demand=9)
    parsed = energy(wide(*EVERYWHERE, row))
    assert values(parsed, "cn.electricity.net_imports.owid") == {2025: -6.18}
    assert values(parsed, "cn.electricity.carbon_intensity.owid") == {2025: 560.1}
    assert values(parsed, "cn.electricity.generation.coal.owid") == {2024: 10.5}
    units = dict(parsed.observations.select("series_id", "unit").iter_rows())
    assert units["cn.electricity.carbon_intensity.owid"] == "gCO2e/kWh"
    assert units["cn.electricity.demand.owid"] == "TWh"


def test_the_union_is_the_one_of_27_and_other_areas_are_left(energy):
    others = [
        energy_row(name, 2024, coal_electricity=99) for name in ("European Union (28)", "Europe", "China (Ember)")
    ]
    parsed = energy(wide(*EVERYWHERE, *others))
    assert values(parsed, "eu.electricity.generation.coal.owid") == {2024: 10.5}
    assert set(parsed.observations["region"]) == {"CN", "EU", "IE", "US", "WORLD"}
    assert parsed.rows_read == len(EVERYWHERE) + len(others)


def test_a_blank_is_no_data_and_years_before_2000_are_left(energy):
    early = energy_row("China", 1999, coal_electricity=5)
    parsed = energy(wide(*EVERYWHERE, early))
    assert values(parsed, "cn.electricity.generation.coal.owid") == {2024: 10.5}
    assert parsed.marked == len(EVERYWHERE) * (len(COLUMNS) - 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(energy_row("China", "2024-25", coal_electricity=5), Reason.PERIOD_INVALID, id="no year"),
        pytest.param(energy_row("China", 2025, coal_electricity="n/a"), Reason.NOT_A_NUMBER, id="words"),
        pytest.param(energy_row("China", 2025, coal_electricity="nan"), Reason.NOT_A_NUMBER, id="not a number"),
        pytest.param(energy_row("China", 2025)[:-3], Reason.ROW_MALFORMED, id="a row too short"),
        pytest.param([*energy_row("China", 2025), 1], Reason.ROW_MALFORMED, id="a row too long"),
    ],
)
def test_a_cell_that_cannot_be_read_is_rejected(energy, row, reason):
    parsed = energy(wide(*EVERYWHERE, row))
    assert [fault.reason for fault in parsed.rejected] == [reason]
    assert parsed.rejected[0].where == f"line {len(EVERYWHERE) + 2}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(wide(*EVERYWHERE).replace("coal_electricity", "coal_elec"), id="another heading"),
        pytest.param(wide(*EVERYWHERE[1:]), id="an area is gone"),
        pytest.param(wide(*EVERYWHERE) + 'China,"2025', id="cut in a cell"),
        pytest.param("<html><title>Busy</title></html>", id="a page"),
    ],
)
def test_another_format_is_told(energy, body):
    with pytest.raises(SourceChanged):
        energy(body)


def test_a_file_of_many_megabytes_is_read_in_seconds(energy):
    rows = [energy_row(f"Area {n}", year) for n in range(2_000) for year in range(1950, 2026)]
    parsed = energy(wide(*EVERYWHERE, *rows))
    assert parsed.rows_read == 152_005
    assert values(parsed, "us.electricity.generation.coal.owid") == {2024: 10.5}


def test_every_row_is_as_the_catalogue_defines_it(energy, chart):
    full = [energy_row(country, 2024, **dict.fromkeys(COLUMNS, 1)) for country in ENTITIES if country != "World"]
    full.append(energy_row("World", 2024, **dict.fromkeys(set(COLUMNS) - {"net_elec_imports"}, 1)))
    observations = pl.concat([energy(wide(*full)).observations, chart(wide(*CHARTED, header=CHART)).observations])
    for row in observations.iter_rows(named=True):
        definition = definitions()[row["series_id"]]
        assert (definition.region, definition.units[row["freq"]]) == (row["region"], row["unit"])
        assert row["metric"] in definition.metrics
        assert row["table"] in definition.tables


def test_a_chart_year_is_summed_when_all_large_sources_are_stated(chart):
    rows = [
        chart_row("China", 2021, other_renewables=""),
        chart_row("China", 2020, coal=""),
    ]
    parsed = chart(wide(*CHARTED, *rows, header=CHART))
    assert values(parsed, "cn.electricity.generation.total.owid") == {2021: 8.0, 2022: 9.0}
    assert parsed.marked == 2


def test_the_chart_names_the_publisher_of_the_union(chart):
    rows = [*CHARTED, chart_row("European Union (27) (Ember)", 2022, 3.0)]
    parsed = chart(wide(*rows, header=CHART))
    assert values(parsed, "eu.electricity.generation.coal.owid") == {2022: 3.0}


def test_a_chart_in_another_unit_is_told(chart):
    with pytest.raises(SourceChanged, match="TWh"):
        chart(wide(*CHARTED, header=[name.replace("coal (TWh)", "coal (GWh)") for name in CHART]))


@real
def test_the_publishers_chart_holds_every_shipped_row(make_payload):
    day = datetime(2023, 9, 5, 12, tzinfo=UTC)
    parsed = owid_chart.CONNECTOR.parse(make_payload(RAW.read_bytes(), retrieved=day))
    shipped = read_observations("energy").filter(pl.col("source_id") == "owid_stack_2023")
    # The notes differ in "2023 vintage"; of the years both have, the tables ship the newer data set.
    same = [name for name in shipped.columns if name not in {"source_id", "note"}]
    assert (parsed.rows_read, parsed.rejected, parsed.observations.height, shipped.height) == (8_965, (), 1_127, 465)
    assert shipped.join(parsed.observations, on=same, how="anti", nulls_equal=True).is_empty()
