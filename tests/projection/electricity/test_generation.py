"""US generation to come: each plan counted once, each technology realised in its own way, months summed to years."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.engine_inputs import AS_OF
from data.base.layers import Layer
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.electricity import MONTHLY, YEARLY
from features.generation.bases import Alternating
from features.generation.plans import PLANNED_IN_YEARS, GenerationPlans, Restart, Technology
from features.view import View
from projection.base.timeline import Timeline
from projection.electricity import us_generation
from projection.electricity.generation import accredited, added_energy, built_share, rates, restarted
from projection.electricity.us_firm import PLANS, PUBLISHED, accredited_additions, accredited_routes
from projection.inputs.drivers import DriverDraws
from projection.model.model_error import ModelError
from projection.simulate.model_inputs import ModelInputs, RandomInputs

TIMELINE = Timeline(2025)
DRAWS = 500
NO_PACE = ("us_additions_pace", "gas_turbine_growth", "us_retirements_pace", "us_queue_weight")
YEARS = np.array([1.0, 2.0, 4.0], dtype=np.float32)


@pytest.fixture(scope="module")
def values(model_inputs):
    return model_inputs.assumptions.values(RandomInputs.of(model_inputs, seed=5, draws=DRAWS).latent)


@pytest.fixture(scope="module")
def plans(model_inputs):
    return model_inputs.anchors.us_generation


def on_time(values):
    """Every plan built in its year, at a capacity factor and an accreditation of one half, at an even pace."""
    late = {name: np.zeros_like(draws) for name, draws in values.items() if name.startswith("generation_delay")}
    half = {name: np.full_like(draws, 0.5) for name, draws in values.items() if "factor_" in name or "elcc_" in name}
    even = {name: np.zeros(DRAWS, np.float32) for name in NO_PACE}
    ones = {name: np.ones(DRAWS, np.float32) for name in ("generation_ever_built", "us_new_over_fleet")}
    return values | late | half | even | ones


def test_a_plan_on_time_is_added_at_face_value(values, plans):
    terms = on_time(values)
    alone = replace(plans, restarts=())
    making = 43.4 + 11.8 + 6.3 - 11.0
    later = making - 6.3 + (11.3614 + 17.1133 + 14.5376 + 18.134) / 4
    before = 27.2 + 7.8 + 4.7 - 11.0
    energy = added_energy(alone, terms, TIMELINE)
    third = 8  # The third year's first quarter: its middle lies 2.125 years after the end of the base year.
    assert energy[0, third] == pytest.approx(8.766 * 0.5 * (0.5 * before + making + 1.125 * later), rel=1e-4)
    assert accredited(alone, terms, TIMELINE, YEARS)[0] == pytest.approx(0.5 * (later + 24.0) * YEARS, rel=1e-4)


def test_gas_ahead_is_late_once_for_all_its_years_and_as_planned_without_them(values, plans):
    terms = values | dict.fromkeys(("us_queue_weight", "gas_turbine_growth"), np.zeros(DRAWS, np.float32))
    ahead, first = (rates(some, terms, TIMELINE)[Technology.GAS] for some in (plans, replace(plans, gas_by_year={})))
    assert first.after == pytest.approx(first.first, rel=1e-5)
    share = ahead.after / 15.286575
    assert (built_share(Technology.GAS, values) < share).all()
    assert (share <= values["generation_ever_built"]).all()


def test_gas_grows_with_turbines_through_the_mean_of_known_years(values, plans):
    terms = values | {
        "us_queue_weight": np.zeros(DRAWS, np.float32),
        "gas_turbine_growth": np.full(DRAWS, 0.1, np.float32),
    }
    flat = terms | {"gas_turbine_growth": np.zeros(DRAWS, np.float32)}
    grown, even = (rates(plans, some, TIMELINE)[Technology.GAS] for some in (terms, flat))
    # Four years are known: after two of them the rate is their mean.
    assert grown.after * np.exp(0.2) == pytest.approx(even.after, rel=1e-5)
    others = rates(plans, terms, TIMELINE)[Technology.SOLAR]
    assert np.array_equal(others.pace, terms["us_additions_pace"])
    later = np.array([4.0, 8.0], np.float32)
    by_flat, by_growth = (accredited(plans, some, TIMELINE, later) for some in (flat, terms))
    assert (by_growth[:, 1] > by_flat[:, 1]).all()
    assert by_growth[:, 0] == pytest.approx(by_flat[:, 0], rel=0.05, abs=1.0)


def test_lateness_of_one_technology_touches_no_other(values, plans):
    later = rates(plans, values | {"generation_delay_solar": 3 * values["generation_delay_solar"]}, TIMELINE)
    now = rates(plans, values, TIMELINE)
    for kind in PLANNED_IN_YEARS:
        same = np.array_equal(later[kind].first, now[kind].first)
        assert same == (kind is not Technology.SOLAR)
    assert (later[Technology.SOLAR].first < now[Technology.SOLAR].first).all()


def test_technologies_of_a_year_are_late_together(values):
    solar, gas = built_share(Technology.SOLAR, values), built_share(Technology.GAS, values)
    calm = values | {"generation_year_shock": np.zeros(DRAWS, np.float32)}
    alone = [built_share(kind, calm) for kind in (Technology.SOLAR, Technology.GAS)]
    assert np.corrcoef(solar, gas)[0, 1] > np.corrcoef(*alone)[0, 1]


def test_batteries_are_accredited_and_make_nothing(values, plans):
    without = replace(plans, planned={**plans.planned, Technology.BATTERY: {}})
    assert np.array_equal(added_energy(plans, values, TIMELINE), added_energy(without, values, TIMELINE))
    assert (accredited(without, values, TIMELINE, YEARS) < accredited(plans, values, TIMELINE, YEARS)).all()


def test_a_reactor_is_not_running_before_it_is_due(values, plans):
    one = replace(plans, restarts=(Restart("x", 2028, Alternating(1.0)),))
    running = restarted(one, values, TIMELINE, np.array([2.0, 2.5, 4.0, 600.0], dtype=np.float32))
    assert (running[:, :2] == 0).all()
    assert (running[:, 2] > 0).all()
    assert running[:, 3] == pytest.approx(values["generation_ever_restarted"], rel=1e-3)


def test_two_routes_to_accredited_additions_are_weighed_in_every_draw(model_inputs, values):
    routes = accredited_routes(model_inputs.anchors, values, YEARS)
    assert set(routes) == {PLANS, PUBLISHED}
    both = accredited_additions(model_inputs.anchors, values, YEARS)
    assert (both <= np.maximum(routes[PLANS], routes[PUBLISHED]) * 1.0001).all()
    assert (both >= np.minimum(routes[PLANS], routes[PUBLISHED]) * 0.9999).all()
    alone = replace(model_inputs.anchors, elcc={})
    assert np.array_equal(accredited_additions(alone, values, YEARS), routes[PLANS])


def test_a_day_without_plans_carries_no_supply_of_energy(model_inputs):
    dark = replace(model_inputs, anchors=replace(model_inputs.anchors, us_generation=GenerationPlans.none()))
    assert not GenerationPlans.none().covers(TIMELINE.base_year + 1)
    cells = dark.pass_of(RandomInputs.of(dark, seed=1, draws=4), ModelError.none()).cells
    assert cells["US", Layer.ENERGY].supply is None
    assert cells["US", Layer.ENERGY].wanted is not None


def months(first, count):
    start = Period(first, Frequency.MONTH)
    return tuple(start.shift(step) for step in range(count))


def made_draws(*, first=date(2025, 10, 1), count=36):
    rng = np.random.default_rng(2)
    path = 350_000 * np.exp(0.05 * rng.standard_normal((DRAWS, count)))
    yearly = 4300 * np.exp(0.02 * np.arange(10) + 0.01 * rng.standard_normal((DRAWS, 10)))
    steps = tuple(Period(date(2025 + step, 1, 1), Frequency.YEAR) for step in range(10))
    return DriverDraws({MONTHLY: months(first, count), YEARLY: steps}, {MONTHLY: path, YEARLY: yearly})


PRINTED = dict.fromkeys(months(date(2025, 1, 1), 9), 360.0)


def test_a_year_is_its_printed_months_and_those_drawn():
    drivers = made_draws()
    by_year = us_generation.years(drivers, PRINTED, TIMELINE)
    path, yearly = drivers.values[MONTHLY] / 1000, drivers.values[YEARLY]
    assert by_year.base == pytest.approx(9 * 360.0 + path[:, :3].sum(axis=1))
    assert by_year.later[:, 0] == pytest.approx(path[:, 3:15].sum(axis=1))
    assert by_year.later[:, 2] == pytest.approx(path[:, 15:27].sum(axis=1) * yearly[:, 3] / yearly[:, 2])
    # The last year is the one the yearly series reaches.
    assert by_year.later.shape == (DRAWS, 9)


def test_a_missing_month_is_never_filled():
    gap = {month: value for month, value in PRINTED.items() if month.start != date(2025, 4, 1)}
    assert us_generation.years(made_draws(), gap, TIMELINE) is None
    assert us_generation.years(made_draws(count=6), PRINTED, TIMELINE) is None
    assert us_generation.years(DriverDraws({}, {}), PRINTED, TIMELINE) is None


def test_the_us_answers_what_share_of_growth_it_takes(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=1, draws=50)
    cells = model_inputs.pass_of(numbers, ModelError.none()).cells
    assert cells["US", Layer.ENERGY].growth.shape == (50, len(TIMELINE.quarters))


def test_growth_of_gross_generation_is_read_net_of_what_plants_use(model_inputs):
    random_inputs = RandomInputs.of(model_inputs, seed=1, draws=50)
    name = "plants_own_use"
    none = replace(random_inputs, latent={**random_inputs.latent, name: np.full(50, -12.0, np.float32)})
    used = model_inputs.assumptions.values(random_inputs.latent)[name][:, None]
    net, gross = (model_inputs.pass_of(numbers, ModelError.none()).cells for numbers in (random_inputs, none))
    for region in ("CN", "EU"):
        expected = gross[region, Layer.ENERGY].growth * (1 - used)
        assert net[region, Layer.ENERGY].growth == pytest.approx(expected, rel=5e-3, abs=1e-2)
    for region in ("US", "WORLD"):
        assert np.array_equal(net[region, Layer.ENERGY].growth, gross[region, Layer.ENERGY].growth)


def test_a_series_whose_errors_are_not_told_to_last_is_left_out_and_said_so(model_inputs, monkeypatch):
    version = model_inputs.published
    whole = version.correlation()
    less = replace(whole, persistence={name: rho for name, rho in whole.persistence.items() if name != MONTHLY})
    monkeypatch.setattr(type(version), "correlation", lambda _: less)
    inputs = ModelInputs.of(View.of(Store.shipped(), as_of=AS_OF), version)
    assert MONTHLY in model_inputs.drivers
    assert MONTHLY not in inputs.drivers
    assert any(MONTHLY in note for note in inputs.notes)
