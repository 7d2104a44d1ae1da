"""Kinds of figures meet through the engine's own constants, draw by draw."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.layers import Layer
from projection.assumptions import Assumptions
from projection.currency import CONSTANTS, NO_BASE, NONE_KEPT, Exchange, base_average, base_used
from projection.published import Kind

DRAWS = 500
RNG = np.random.default_rng(7)
KEPT = pl.DataFrame(
    {
        "fleet_capacity_factor": RNG.uniform(0.43, 0.57, DRAWS),
        "capacity_factor_of_additions": RNG.uniform(0.45, 0.68, DRAWS),
        "peak_over_nameplate": RNG.uniform(0.62, 0.8, DRAWS),
        "load_factor_own_peak": RNG.uniform(0.88, 0.97, DRAWS),
        base_average("US"): RNG.uniform(23.0, 28.0, DRAWS),
        base_used("US"): RNG.uniform(45.0, 55.0, DRAWS),
    }
)
STEP = RNG.uniform(1.02, 1.15, DRAWS)
US = Exchange.of(KEPT, "US", STEP)
FIGURES = st.floats(min_value=1.0, max_value=2000.0)


@given(FIGURES)
def test_an_energy_and_the_average_draw_behind_it_are_one_figure_in_every_layer(twh) -> None:
    for layer in (Layer.ENERGY, Layer.POWER):
        direct = US.convert(twh, Kind.ENERGY, layer)
        np.testing.assert_allclose(US.convert(twh / 8.76, Kind.AVERAGE, layer), direct, rtol=1e-12)


@given(FIGURES, st.floats(min_value=1.01, max_value=3.0))
def test_more_of_a_kind_is_more_in_every_layer_and_draw(value, times) -> None:
    for kind in (Kind.ENERGY, Kind.AVERAGE, Kind.PEAK, Kind.NAMEPLATE):
        for layer in (Layer.ENERGY, Layer.POWER):
            assert np.all(US.convert(value * times, kind, layer) > US.convert(value, kind, layer))


@given(FIGURES)
def test_nameplate_to_energy_and_back_is_the_peak_of_the_nameplate(gigawatts) -> None:
    energy = US.convert(gigawatts, Kind.NAMEPLATE, Layer.ENERGY)
    for draw in range(3):
        one = Exchange.of(KEPT[draw : draw + 1], "US", STEP[draw : draw + 1])
        back = one.convert(float(energy[draw]), Kind.ENERGY, Layer.POWER)
        assert back[0] == pytest.approx(gigawatts * KEPT["peak_over_nameplate"][draw])


def test_the_base_years_average_needs_the_nameplate_in_use() -> None:
    level = Exchange.of(KEPT[:1], "US", np.ones(1))
    found = level.convert(KEPT[base_average("US")][0], Kind.AVERAGE, Layer.POWER)
    assert found[0] == pytest.approx(KEPT[base_used("US")][0] * KEPT["peak_over_nameplate"][0])


def test_a_metered_peak_is_not_a_facility_peak() -> None:
    """EPRI prints 71 GW beside 596 TWh: both must come out as the same facility peak."""
    peak, energy = (US.convert(*printed, Layer.POWER) for printed in ((71.0, Kind.PEAK), (596.0, Kind.ENERGY)))
    assert np.median(peak) == pytest.approx(np.median(energy), rel=0.08)
    assert np.median(peak) > 1.15 * 71.0


def test_a_band_comes_from_draws_wherever_something_is_converted() -> None:
    spread = {
        (kind, layer): np.ptp(US.convert(100.0, kind, layer))
        for kind in (Kind.ENERGY, Kind.AVERAGE, Kind.PEAK, Kind.NAMEPLATE)
        for layer in (Layer.ENERGY, Layer.POWER)
    }
    plain = {(Kind.ENERGY, Layer.ENERGY), (Kind.AVERAGE, Layer.ENERGY)}
    assert {key for key, width in spread.items() if width == 0} == plain


@pytest.mark.parametrize(
    ("exchange", "kind", "layer", "why"),
    [
        (Exchange.of(None, "US", STEP), Kind.NAMEPLATE, Layer.POWER, NONE_KEPT),
        (Exchange.of(None, "US", STEP), Kind.ENERGY, Layer.ENERGY, None),
        (Exchange.of(KEPT, "IE", STEP), Kind.ENERGY, Layer.POWER, NO_BASE),
        (Exchange.of(KEPT, "IE", STEP), Kind.PEAK, Layer.ENERGY, None),
        (Exchange.of(KEPT, "US", None), Kind.NAMEPLATE, Layer.ENERGY, NO_BASE),
        (Exchange.of(KEPT, "US", None), Kind.NAMEPLATE, Layer.POWER, None),
        (Exchange.of(None, "US", None), Kind.COMPUTE, Layer.COMPUTE, None),
    ],
)
def test_what_cannot_be_converted_says_why(exchange, kind, layer, why) -> None:
    assert exchange.missing(kind, layer) == why


def test_no_shipped_scenario_overrides_a_constant() -> None:
    """The edition keeps those of the base, for every scenario."""
    moved = {name for scenario in Assumptions.shipped().scenarios.values() for name in scenario.overrides}
    bases = {"us_energy_base", "world_energy_base", *(f"{key}_vacancy" for key in ("us", "cn", "eu", "rest"))}
    shares = {f"{key}_share_of_world" for key in ("cn", "eu", "rest")}
    assert moved.isdisjoint({*CONSTANTS, *bases, *shares})
