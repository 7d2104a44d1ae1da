"""Pace of supply by technology: parts that add up to the supply they stand beside, and no year told twice."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.base.layers import Layer
from data.periods.period import Frequency, Period
from features.generation.bases import Alternating
from features.generation.plans import GenerationPlans, Technology
from projection.base.timeline import Timeline
from projection.edition.names import pace_column
from projection.electricity import china_pace, reactor_pace
from projection.electricity.generation import accredited, retiring
from projection.simulate.model_inputs import RandomInputs
from projection.simulate.supply_pace import bands, frame, paces

TIMELINE = Timeline(2025)
DRAWS = 400


@pytest.fixture(scope="module")
def values(model_inputs):
    return model_inputs.assumptions.values(RandomInputs.of(model_inputs, seed=6, draws=DRAWS).latent)


def by_name(pace_list):
    return {item.name: item.draws for item in pace_list}


def test_additions_of_the_years_are_those_accredited(model_inputs, values):
    paces_by_name = by_name(paces(model_inputs.anchors, values)["US", Layer.ENERGY])
    kinds = (Technology.SOLAR, Technology.BATTERY, Technology.WIND, Technology.GAS)
    coming = sum(values[f"elcc_{kind}"] * paces_by_name[f"{kind}_additions"][:, 1:5].sum(axis=1) for kind in kinds)
    gone = values["elcc_retired"] * paces_by_name["retirements"][:, 1:5].sum(axis=1)
    nuclear = values["elcc_nuclear"] * (
        paces_by_name["nuclear_restarts"][:, 4] - paces_by_name["nuclear_restarts"][:, 0]
    )
    whole = accredited(model_inputs.anchors.us_generation, values, TIMELINE, np.array([4.0], dtype=np.float32))[:, 0]
    assert coming - gone + nuclear == pytest.approx(whole, rel=1e-3)
    assert paces_by_name["retirements"][:, 0] == pytest.approx(
        retiring(model_inputs.anchors.us_generation, values, TIMELINE)
    )


def test_a_year_is_what_its_months_brought_and_a_rate_for_the_rest(model_inputs, values):
    build = model_inputs.anchors.cn_build
    running = build.running_solar
    solar = china_pace.solar_and_wind(build, values, TIMELINE)["solar"]
    assert (solar[:, 0] >= running.so_far * 0.9999).all()
    assert solar[:, 0] - running.so_far == pytest.approx(5 * np.exp(values["cn_solar_rest"]), rel=1e-3)
    november = replace(running, month=Period(date(2026, 11, 1), Frequency.MONTH), so_far=200.0)
    late = china_pace.solar_and_wind(replace(build, running_solar=november), values, TIMELINE)["solar"]
    assert np.ptp(np.log(late[:, 0])) < np.ptp(np.log(solar[:, 0])) / 2


def test_a_sum_of_a_year_past_says_nothing_of_this_one(model_inputs, values):
    build = model_inputs.anchors.cn_build
    stale = replace(build.running_solar, month=Period(date(2025, 7, 1), Frequency.MONTH), so_far=223.25)
    solar = china_pace.solar_and_wind(replace(build, running_solar=stale), values, TIMELINE)["solar"]
    assert solar[:, 0] == pytest.approx(315.07 * np.exp(values["cn_solar_change"]), rel=1e-4)


def test_reactors_that_run_are_those_that_ran_and_those_added(model_inputs, values):
    slip, built = values["cn_nuclear_slip"], values["cn_nuclear_approved_built"]
    for reactors in (model_inputs.anchors.cn_build.reactors, model_inputs.anchors.world_reactors):
        added, running = (part(reactors, slip, built, TIMELINE) for part in (reactor_pace.added, reactor_pace.running))
        assert np.diff(running, axis=1) == pytest.approx(added[:, 1:], rel=1e-3, abs=1e-3)
        assert (running[:, 0] > reactors.operating.value).all()
        assert (reactor_pace.added(reactors, 2 * slip, built, TIMELINE) < added).all()


def test_what_a_day_does_not_know_is_left_out(model_inputs, values):
    dark = replace(
        model_inputs.anchors,
        elcc={},
        world_reactors=None,
        us_generation=GenerationPlans.none(),
        cn_build=replace(model_inputs.anchors.cn_build, planned={}, reactors=None),
    )
    assert paces(dark, values) == {}


def test_bands_are_read_off_all_draws_and_by_year(model_inputs):
    by_cell = bands(model_inputs, seed=6, draws=1500)
    assert set(by_cell) == {("US", Layer.ENERGY), ("US", Layer.FIRM), ("CN", Layer.ENERGY), ("WORLD", Layer.ENERGY)}
    first = {item["name"]: item for item in by_cell["US", Layer.FIRM]}["accredited_plans"]
    assert min(first["bands"]) == "2027-01-01"
    for item in (item for cell_bands in by_cell.values() for item in cell_bands):
        for band in item["bands"].values():
            assert band["0.1"] <= band["0.5"] <= band["0.9"]
    values = model_inputs.assumptions.values(model_inputs.assumptions.latent(seed=6, draws=1500))
    solar = by_name(paces(model_inputs.anchors, values)["CN", Layer.ENERGY])["solar_additions"]
    band = by_cell["CN", Layer.ENERGY][0]["bands"]["2030-01-01"]
    assert [*band.values()] == pytest.approx(np.quantile(solar[:, 4], [0.1, 0.5, 0.9]), rel=1e-4)


def test_solar_of_all_segments_is_panels_at_the_grid(model_inputs, values):
    paces_by_name = by_name(paces(model_inputs.anchors, values)["US", Layer.ENERGY])
    small = paces_by_name["solar_additions_all"] - paces_by_name["solar_additions"]
    # 43 GWdc of all segments in 2025, 27.2 GW of the utility scale.
    expected = np.maximum(43.0 / values["solar_panels_over_inverters"] - 27.2, 0.0)
    assert small == pytest.approx(np.tile(expected[:, None], (1, 10)), abs=1e-3)
    dark = replace(model_inputs.anchors, us_generation=replace(model_inputs.anchors.us_generation, panels={}))
    assert "solar_additions_all" not in by_name(paces(dark, values)["US", Layer.ENERGY])


def test_a_year_that_is_told_whole_is_not_drawn(model_inputs, values):
    build = model_inputs.anchors.cn_build
    whole_build = replace(
        build, solar={**build.solar, 2026: Alternating(200.0)}, wind={**build.wind, 2026: Alternating(90.0)}
    )
    paces_by_name = china_pace.solar_and_wind(whole_build, values, TIMELINE)
    assert paces_by_name["solar"][:, 0] == pytest.approx(np.full(DRAWS, 200.0))
    assert paces_by_name["wind"][:, 0] == pytest.approx(np.full(DRAWS, 90.0))


def test_draws_that_are_kept_are_those_of_the_bands(model_inputs):
    whole = frame(model_inputs, seed=6, draws=DRAWS)
    pace_bands = bands(model_inputs, seed=6, draws=DRAWS)["CN", Layer.ENERGY]
    (solar,) = [item for item in pace_bands if item["name"] == "solar_additions"]
    for year in TIMELINE.years:
        median = whole[pace_column("CN", "solar_additions", year)].median()
        assert median == pytest.approx(solar["bands"][year.start.isoformat()]["0.5"], rel=1e-4)
