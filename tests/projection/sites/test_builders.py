"""Builders answer what is wanted, a lead time later and within a pace, and stop where it is gone."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.base.layers import Layer
from projection.base.timeline import Timeline
from projection.model.engine import run
from projection.model.fill import fills
from projection.model.model_error import ModelError
from projection.simulate.model_inputs import RandomInputs
from projection.sites import buildout
from projection.sites.builders import build

TIMELINE = Timeline(2025)
ENDS = 1 + len(TIMELINE.quarters)
DRAWS, SEED = 1600, 4
PATHS = st.lists(st.floats(1.0, 500.0, width=32), min_size=ENDS, max_size=ENDS)


def built(planned, wanted, *, lead=6.0, extrapolated=0.7, spare=1.05, pace=3.0, pace_growth=0.03, start=10.0):
    """Nameplate of one draw."""
    numbers = [np.array([value], np.float32) for value in (lead, extrapolated, spare, pace, pace_growth, start)]
    paths = [np.asarray(path, np.float32)[:, None] for path in (planned, wanted)]
    nameplate = np.empty_like(paths[0])
    build(*paths, *numbers, nameplate)
    return nameplate[:, 0]


@given(steps=PATHS, wanted=PATHS, extra=PATHS, lead=st.floats(2.0, 20.0), pace=st.floats(0.1, 50.0))
@settings(max_examples=settings.default.max_examples // 2, deadline=None)
def test_halls_stand_and_more_plans_never_leave_fewer(steps, wanted, extra, lead, pace):
    planned = 50 + np.cumsum(steps) / 50
    more = planned + np.cumsum(extra) / 50
    few, many = (built(path, wanted, lead=lead, pace=pace, start=3 + lead) for path in (planned, more))
    assert (np.diff(few) >= 0).all()
    assert (few >= planned.astype(np.float32)).all()
    assert (many >= few * (1 - 1e-6)).all()


@given(wanted=PATHS, lead=st.floats(2.0, 12.0), pace=st.floats(0.1, 50.0))
@settings(max_examples=settings.default.max_examples // 2, deadline=None)
def test_no_more_is_added_than_the_pace_allows_and_nothing_before_a_lead_time(wanted, lead, pace):
    start = 4.0 + lead
    halls = built(np.full(ENDS, 50.0), wanted, lead=lead, pace=pace, start=start)
    quarters = np.arange(1, ENDS)
    most = np.where(quarters >= start, pace * np.exp(0.03 * (quarters - start)), 0)
    # Halls of hundreds of gigawatts carry their rounding into the difference.
    assert (np.diff(halls) <= most * (1 + 1e-5) + 1e-3).all()


def test_a_demand_that_is_gone_is_not_built_for():
    wanted = np.where(np.arange(ENDS) < 12, 100.0, 40.0)
    halls = built(np.full(ENDS, 60.0), wanted)
    # Decided before it went, it still arrives a lead time later; nothing after that.
    assert halls[18] > 60.0
    assert (np.diff(halls[19:]) == 0).all()


def test_a_demand_that_stays_is_answered_with_halls_to_spare_and_no_more():
    wanted = np.full(ENDS, 90.0)
    halls = built(np.full(ENDS, 60.0), wanted)
    assert halls[-1] == pytest.approx(1.05 * 90.0, rel=1e-5)
    assert halls.max() <= 1.05 * 90.0 * (1 + 1e-5)


def test_a_growth_that_goes_on_is_expected_only_in_part():
    wanted = 60 * np.exp(0.05 * np.arange(ENDS))
    follow, stay = (built(np.full(ENDS, 60.0), wanted, extrapolated=share, pace=100.0) for share in (1.0, 0.0))
    quarters = slice(18, None)
    assert follow[quarters] == pytest.approx(1.05 * wanted[quarters], rel=1e-4)
    assert stay[quarters] == pytest.approx(1.05 * wanted[quarters] * np.exp(-0.05 * 6), rel=1e-4)


def test_what_is_decided_and_not_dated_goes_on_at_the_pace_of_the_plans(model_inputs):
    values = model_inputs.assumptions.values(model_inputs.assumptions.latent(seed=SEED, draws=200))
    base = np.full(200, 50.0, np.float32)
    planned = buildout.steady_additions(base, np.full(200, 0.1, np.float32), TIMELINE).total
    nothing = np.full((200, ENDS), 1e-3, np.float32, order="F")
    halls = buildout.built(base, planned, nothing, values, TIMELINE, as_of=date(2026, 11, 23))
    assert halls[:, 12] == pytest.approx(np.full(200, 65.0), rel=1e-5)
    first = values["site_lead_years"] + (date(2026, 11, 23) - TIMELINE.base).days / 365.25
    decided = 50 + 5 * np.clip(first, 3, 10)
    assert halls[:, -1] == pytest.approx(decided, rel=1e-4), "nobody starts a hall that nobody wants"


@pytest.fixture(scope="module")
def base(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    return model_inputs.pass_of(numbers, model_inputs.model_error(SEED))


def power(base, **changed):
    """US power with some assumptions changed by a factor."""
    values = base.inputs.values | {
        name: base.inputs.values[name] * np.float32(factor) for name, factor in changed.items()
    }
    return run(replace(base.inputs, values=values)).cells["US", Layer.POWER]


def p_short(cell):
    return (cell.wanted > cell.supply).mean(axis=0)


def test_a_faster_pace_of_building_moves_2030_and_leaves_2026_and_2027_alone(base):
    # Connections to the grid are let grow, or they would hold what is built back.
    slow, fast = (power(base, us_grid_connections=10.0, build_pace_reserve=factor) for factor in (1.0, 2.0))
    at_once = base.inputs.values["site_lead_years"] < 1.2
    assert at_once.mean() < 0.02
    assert np.array_equal(slow.supply[~at_once, :8], fast.supply[~at_once, :8])
    assert p_short(slow)[:8] == pytest.approx(p_short(fast)[:8], abs=0.005)
    assert (fast.supply >= slow.supply * (1 - 1e-6)).all()
    assert fast.supply[:, 19].mean() > 1.02 * slow.supply[:, 19].mean()
    assert p_short(fast)[19] < p_short(slow)[19] - 0.02


def test_more_plans_that_are_realised_never_raise_the_chance_to_be_short(base):
    few, many = base.cells["US", Layer.POWER], power(base, us_tracker_coverage=0.8)
    assert np.array_equal(few.wanted, many.wanted)
    assert (many.supply >= few.supply * (1 - 1e-6)).all()
    assert (p_short(many) <= p_short(few)).all()
    assert many.supply[:, 11].mean() > few.supply[:, 11].mean()


def without_demand(inputs, region, **numbers):
    """Inputs whose model error takes the region's demand away, with values set to numbers."""
    shocks = dict.fromkeys(inputs.shocks, np.full(DRAWS, -1, np.float32))
    ends = np.arange(ENDS, dtype=np.float32)
    gone = ModelError({region: np.minimum(ends / 4, 3)}, {region: 0 * ends}, {})
    return replace(with_values(inputs, **numbers), shocks=shocks, model_error=gone)


def with_values(inputs, **numbers):
    """Inputs with values set to a number in every draw."""
    values = {name: np.full(DRAWS, number, np.float32) for name, number in numbers.items()}
    return replace(inputs, values=inputs.values | values)


REGIONS = pytest.mark.parametrize("region", ["US", "CN", "EU", "REST"])


@REGIONS
def test_no_draw_keeps_building_when_demand_is_gone(base, region):
    # Nothing of what stands stays in use, or its growth would be built for.
    inputs = without_demand(base.inputs, region, least_utilisation=0)
    still = with_values(inputs, build_pace_reserve=0)
    halls, planned = (run(each).regions[region].shell for each in (inputs, still))
    # What was decided on what was wanted before is delivered a lead time later.
    decided = np.ceil(4 * inputs.values["site_lead_years"]).astype(int) + 1
    assert (decided < 30).mean() > 0.95
    for draw in range(0, DRAWS, 10):
        after = slice(decided[draw], None)
        assert (np.diff(halls[draw, after]) <= np.diff(planned[draw, after]) + 1e-4).all()


@REGIONS
def test_standing_load_that_stays_in_use_is_built_for_and_no_more(base, region):
    inputs = without_demand(base.inputs, region, builders_extrapolation=0)
    values, ends = inputs.values, np.arange(ENDS, dtype=np.float32)
    paths, planned = (run(each).regions[region] for each in (inputs, with_values(inputs, build_pace_reserve=0)))
    legacy, ai = (fill.average_over_nameplate[:, None] for fill in fills(values))
    accelerators = (paths.routed - paths.other) * paths.error * paths.unmet
    wanted = paths.other_wanted / legacy + accelerators / ai
    decided = np.maximum(ends[None, 1:] - 4 * values["site_lead_years"][:, None], 0)
    before = np.floor(decided).astype(int)
    earlier, later = (np.take_along_axis(wanted, before + step, axis=1) for step in (0, 1))
    aimed_at = (earlier + (later - earlier) * (decided - before)) / (1 - values["vacancy_aimed_at"][:, None])
    answered = np.diff(paths.shell, axis=1) > np.diff(planned.shell, axis=1) + 1e-3
    assert answered.any()
    assert (paths.shell[:, 1:][answered] <= aimed_at[answered] * (1 + 1e-4)).all()


@REGIONS
def test_no_draw_ignores_a_demand_that_stays(base, region):
    inputs = replace(with_values(base.inputs, build_pace_reserve=100), model_error=ModelError.none())
    values, paths = inputs.values, run(inputs).regions[region]
    legacy, ai = (fill.average_over_nameplate[:, None] for fill in fills(values))
    wanted = paths.other / legacy + (paths.routed - paths.other) / ai * paths.unmet
    growing = (np.diff(wanted, axis=1) >= 0).all(axis=1)
    assert growing.mean() > 0.3
    lead = np.ceil(4 * values["site_lead_years"]).astype(int)
    for draw in np.flatnonzero(growing)[::10]:
        ends = np.arange(min(5 + lead[draw], ENDS), ENDS)
        assert (paths.shell[draw, ends] >= wanted[draw, ends - lead[draw]]).all()
