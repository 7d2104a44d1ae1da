"""Plans of generation, named for the lies they prevent: DC added to AC, a later plan taken for the first one."""

from datetime import date

import polars as pl
import pytest

from data.base.errors import InvalidParameter, UnitMismatch
from data.store.store import Store
from features.generation.bases import Alternating, Direct, Gross, Net, alternating, net
from features.generation.capacity_factors import FLEETS, capacity_factor
from features.generation.pairs import pairs, shortfalls
from features.generation.plans import PLANNED_IN_YEARS, SERIES, GenerationPlans, Technology, table
from features.view import View

STORE = Store.shipped()
NOW = date(2026, 11, 23)
VIEW = View.of(STORE, as_of=NOW)


@pytest.mark.parametrize(("one", "other"), [(Alternating(1.0), Direct(1.0)), (Net(1.0), Gross(1.0))])
def test_bases_do_not_add(one, other):
    with pytest.raises(TypeError):
        one + other
    with pytest.raises(TypeError):
        other - one
    assert (one + one).value == 2.0


def test_a_rating_of_panels_is_read_as_no_other_capacity():
    with pytest.raises(UnitMismatch):
        Alternating.of(43.0, "GWdc")
    with pytest.raises(UnitMismatch):
        Direct.of(43.0, "GW")
    assert Net.of(4200.0, "GWh") == Net(4.2)


def test_conversions_go_one_way_and_refuse_nonsense():
    assert alternating(Direct(13.0), panels_over_inverters=1.3).value == pytest.approx(10.0)
    assert net(Gross(100.0), own_use=0.05).value == pytest.approx(95.0)
    with pytest.raises(InvalidParameter):
        alternating(Direct(1.0), panels_over_inverters=0.9)
    with pytest.raises(InvalidParameter):
        net(Gross(1.0), own_use=1.0)


def test_every_series_of_the_table_is_there_and_nothing_of_another_basis():
    assert set(table(VIEW)["series_id"]) == set(SERIES)
    assert not any("solar_all" in series_id or "net_change" in series_id for series_id in SERIES)


def test_plans_are_those_of_the_day():
    plans = GenerationPlans.of(VIEW)
    assert plans.planned[Technology.SOLAR] == {2025: Alternating(33.3), 2026: Alternating(43.4)}
    before = GenerationPlans.of(View.of(STORE, as_of=date(2025, 7, 1)))
    assert before.planned[Technology.SOLAR] == {2025: Alternating(32.5)}
    assert before.built[Technology.SOLAR] == {2024: Alternating(30.0)}
    assert GenerationPlans.of(View.of(STORE, as_of=date(2019, 1, 1))) == GenerationPlans.none()


def test_gas_is_planned_as_far_ahead_as_turbines_take_to_come():
    # Five years from the inventory of September 2026 lie in 2031: of that year's 2.3 GW more may still be ordered.
    assert GenerationPlans.of(VIEW).gas_by_year.keys() == {2026, 2027, 2028, 2029, 2030}
    assert GenerationPlans.of(View.of(STORE, as_of=date(2026, 9, 19))).gas_by_year == {}


def test_reactors_of_a_sum_are_counted_once():
    restarts = GenerationPlans.of(VIEW).restarts
    assert sum(plant.capacity.value for plant in restarts) == pytest.approx(2.235)
    assert {plant.name for plant in restarts} == {"crane", "duane_arnold", "others"}


def test_a_pair_holds_the_plan_the_window_began_with():
    by_window = {(pair.name, pair.year, pair.years): pair for pair in pairs(VIEW)}
    assert by_window["solar", 2025, 1.0].planned == Alternating(32.5)
    assert by_window["solar", 2025, 1.0].built == Alternating(27.2)
    rest = by_window["wind and gas", 2025, 1.0]
    assert rest.planned.value == pytest.approx(63 - 32.5 - 18.2)
    assert rest.built.value == pytest.approx(53 - 27.2 - 15.0)
    assert rest.derived
    assert by_window["battery", 2025, 0.5].planned.value == pytest.approx(18.3 - 5.9)


def test_no_pair_is_known_before_what_was_built():
    for pair in pairs(VIEW):
        assert pair in pairs(View.of(STORE, as_of=pair.known_day))
    assert {pair.year for pair in pairs(View.of(STORE, as_of=date(2026, 2, 19)))} == {2023}
    assert pairs(View.of(STORE, as_of=date(2023, 8, 7))) == ()


def test_a_shortfall_is_the_one_in_the_note_of_its_row():
    for item in shortfalls():
        row = STORE.observations.filter((pl.col("series_id") == item.series) & (pl.col("period") == item.period))
        assert f"{item.gw} GW less than planned" in row["note"].item()


def test_capacity_factors_are_shares_and_those_of_their_kind():
    factors = {kind: capacity_factor(VIEW, kind) for kind in FLEETS}
    assert 0.2 < factors[Technology.SOLAR] < 0.3 < factors[Technology.WIND] < 0.4
    assert 0.85 < factors[Technology.NUCLEAR] < 0.97
    assert capacity_factor(View.of(STORE, as_of=date(2020, 1, 1)), Technology.SOLAR) is None


def test_panels_stand_apart_in_direct_current():
    assert GenerationPlans.of(VIEW).panels[2025] == Direct(43.0)
    assert GenerationPlans.of(View.of(STORE, as_of=date(2026, 3, 9))).panels.keys() == {2023, 2024}


def test_every_planned_technology_has_a_queue():
    assert set(GenerationPlans.of(VIEW).queue) == set(PLANNED_IN_YEARS)
