"""What others published: every figure once, as of its day, of a kind it says itself."""

from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

import polars as pl
import pytest

from data.base.errors import TableCorrupt
from data.base.layers import Layer
from data.store.store import Store
from features.view import View
from projection.cells.cells import REGIONS_ANSWERED
from projection.third_party.projections import FORWARD, Address, Family, Kind, Table, lines, shipped

TODAY = date(2026, 11, 23)
HEAD = "pool_months = 30\ndiffers = 1.25\nmetrics = []\nreason = []\nleft_out = []\n"
FIGURE = """
[[figure]]
publisher = "IEA"
edition = "2025"
family = "equipment"
region = "US"
kind = "energy"
at = ["a@b"]
"""


@pytest.fixture(scope="module")
def store() -> Store:
    return Store.shipped()


@pytest.fixture(scope="module")
def view(store) -> View:
    return View.of(store, as_of=TODAY)


def of(view, region, layer, year, **filters):
    return [
        line
        for line in lines(view, region, layer, table=shipped())
        if line.year == year and all(getattr(line.figure, name) == value for name, value in filters.items())
    ]


def test_every_projection_of_an_answered_region_is_a_figure_or_has_a_reason(view) -> None:
    table = shipped()
    rows = view.rows.filter(
        pl.col("kind").is_in(FORWARD)
        & pl.col("region").is_in([*REGIONS_ANSWERED, "IE"])
        & (pl.col("period").dt.year() >= 2026)
    )
    keys = rows.select("series_id", "source_id", "metric").unique().sort("series_id", "source_id").rows()
    mine = [row for row in keys if any(fnmatchcase(row[2], pattern) for pattern in table.metrics)]
    assert len(mine) > 150
    assert [row for row in mine if not table.covers(row[0], row[1])] == []


def test_every_address_of_the_table_is_in_the_store(store) -> None:
    series_ids = set(store.observations.select("series_id", "source_id").unique().rows())
    addresses = [Address.parse(text) for item in shipped().figures for text in (*item.at, *item.cases.values())]
    assert [item for item in addresses if (item.series_id, item.source_id) not in series_ids] == []


def test_a_figure_under_three_ids_is_one_line(view) -> None:
    (line,) = of(view, "US", Layer.ENERGY, 2030, publisher="IEA", edition="Energy and AI, 2025", kind=Kind.ENERGY)
    assert (line.value, line.series_id, line.cases) == (426.0, "us.datacenter.electricity.iea2025", {})


def test_cases_stand_beside_the_publishers_own_middle(view) -> None:
    (line,) = of(view, "WORLD", Layer.ENERGY, 2030, edition="Energy and AI, 2025", kind=Kind.ENERGY)
    assert line.value == 946.0
    assert dict(line.cases) == {"headwinds": 669.0, "high_efficiency": 792.0, "lift_off": 1264.0}


def test_two_ends_without_a_middle_are_read_at_their_geometric_middle(view) -> None:
    (line,) = of(view, "US", Layer.ENERGY, 2028, edition="2024", kind=Kind.ENERGY)
    assert (line.value, line.low, line.high) == (None, 325.0, 580.0)
    assert line.middle == pytest.approx((325.0 * 580.0) ** 0.5)


def test_a_day_sees_no_later_edition(store) -> None:
    then = View.of(store, as_of=date(2025, 12, 31))
    assert of(then, "US", Layer.ENERGY, 2030, publisher="LBNL") == []
    assert [line.value for line in of(then, "US", Layer.ENERGY, 2030, publisher="IEA", kind=Kind.ENERGY)] == [426.0]


def test_a_growth_knows_the_level_its_table_names(view, store) -> None:
    (doe,) = of(view, "US", Layer.POWER, 2030, publisher="DOE", kind=Kind.GROWTH)
    assert (doe.value, doe.figure.since, doe.base) == (50.0, 2024, 192.0)
    then = View.of(store, as_of=date(2025, 12, 31))
    assert [line.base for line in of(then, "US", Layer.POWER, 2030, publisher="DOE", kind=Kind.GROWTH)] == [None]


def test_a_quarters_figure_counts_for_the_year_it_ends(view) -> None:
    figures = of(view, "US", Layer.POWER, 2027, publisher="Epoch AI")
    rows = view.rows.filter(pl.col("series_id") == "us.ai_datacenter.tracked_facility_power")
    (last,) = rows.filter(pl.col("period") == date(2027, 10, 1))["value"].to_list()
    assert [line.value for line in figures] == [last]
    assert figures[0].amount(last) == pytest.approx(last / 1000)


def test_families_of_the_shipped_table_keep_counters_of_projects_from_models() -> None:
    family = {(item.publisher, item.region): item.family for item in shipped().figures if not item.apart}
    assert family["BNEF", "US"] is family["S&P Global (451 Research)", "US"] is Family.ANNOUNCED
    assert family["LBNL", "US"] is family["IEA", "WORLD"] is Family.EQUIPMENT


def test_what_has_no_positive_figure_has_no_middle(view) -> None:
    (line,) = of(view, "US", Layer.FIRM, 2027, publisher="SemiAnalysis", what="headroom of the grid")
    assert line.middle is None
    assert replace(line, value=-40.0).middle is None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("figure = ", "Invalid"),
        (FIGURE.replace('"energy"', '"nameplate"'), "what makes it the kind"),
        (FIGURE.replace('"energy"', '"requested"'), "layers"),
        (FIGURE.replace('"energy"', '"other"') + 'layers = ["power"]\n', "says why"),
        (FIGURE.replace('"energy"', '"growth"'), "since when"),
        (FIGURE + "since = 2024\n", "since when"),
        (FIGURE.replace("a@b", "a"), "series@source"),
        (FIGURE + FIGURE, "named twice"),
        (FIGURE + "colour = 1\n", "colour"),
    ],
)
def test_a_malformed_table_is_told(raw, message) -> None:
    with pytest.raises(TableCorrupt, match=message):
        Table.parse(HEAD + raw)


def test_two_reasons_for_one_side_are_refused() -> None:
    reason = """
[[reason]]
region = "US"
layers = ["power"]
family = "equipment"
sides = ["above"]
text = "Written at length so that a reader learns something from it."
"""
    with pytest.raises(TableCorrupt, match="two reasons"):
        Table.parse(HEAD.replace("reason = []\n", "") + FIGURE + reason + reason)
