import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base.errors import NotFound, UnitMismatch
from data.base.regions import REGIONS, Level, region
from data.base.units import UNITS, convert
from data.catalogue.observations import read_all

PAIRS = [(a, b) for a in UNITS for b in UNITS if UNITS[a].dimension == UNITS[b].dimension]


@pytest.mark.parametrize(
    ("value", "unit", "target", "expected"),
    [
        (4200.0, "GWh", "TWh", 4.2),
        (1.5, "GW", "MW", 1500.0),
        (2.0, "ZB", "EB", 2000.0),
        (21.2, "billion_litres", "m3", 21_200_000.0),
        (104.0, "weeks", "days", 728.0),
        (3.0, "million", "thousand", 3000.0),
    ],
)
def test_units_of_one_dimension_convert(value, unit, target, expected):
    assert convert(value, unit, target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "target"),
    [
        ("GW", "GWh"),
        ("GW", "GWdc"),
        ("percent", "ratio"),
        ("USD_billion", "CNY_billion"),
        ("months", "days"),
        ("H100e", "chips_thousand"),
        ("trillion_tokens_per_month", "trillion_tokens_per_day"),
        ("count", "chips_thousand"),
    ],
)
def test_units_of_two_dimensions_never_do(unit, target):
    with pytest.raises(UnitMismatch):
        convert(1.0, unit, target)


@given(st.sampled_from(PAIRS), st.floats(1e-6, 1e9))
def test_there_and_back_is_the_same(pair, value):
    assert convert(convert(value, *pair), *reversed(pair)) == pytest.approx(value, rel=1e-12)


def test_an_unknown_unit_is_named():
    with pytest.raises(NotFound, match="kWh"):
        convert(1.0, "kWh", "GWh")


def test_every_unit_and_region_of_the_tables_is_known():
    rows = read_all()
    assert set(rows["unit"]) <= set(UNITS)
    assert set(rows["region"]) <= set(REGIONS)


def test_areas_with_like_names_are_not_one():
    assert region("EU").level is Level.BLOC
    assert region("EUROPE").level is Level.PUBLISHER_AREA
    assert region("NORTH_AMERICA").level is Level.PUBLISHER_AREA
    assert region("US").level is Level.COUNTRY
    assert (region("US-TX").level, region("US-ERCOT").level) == (Level.STATE, Level.GRID)


def test_every_parent_is_a_region():
    assert {one.parent for one in REGIONS.values()} - {None} <= set(REGIONS)
    with pytest.raises(NotFound):
        region("EUROP")
