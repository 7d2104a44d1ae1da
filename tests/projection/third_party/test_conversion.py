"""Kinds of figures meet through the engine's own constants, draw by draw."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base.layers import Layer
from projection.inputs.assumptions import Assumptions
from projection.third_party.conversion import CONSTANTS, NO_BASE, NO_START, NONE_KEPT, Exchange, base_average, base_used
from projection.third_party.projections import Family, Figure, Kind, Line

DRAWS = 500
RNG = np.random.default_rng(7)
KEPT = pl.DataFrame(
    {
        "fleet_capacity_factor": RNG.uniform(0.43, 0.57, DRAWS),
        "capacity_factor_of_additions": RNG.uniform(0.45, 0.68, DRAWS),
        "peak_over_nameplate": RNG.uniform(0.62, 0.8, DRAWS),
        "load_factor_own_peak": RNG.uniform(0.88, 0.97, DRAWS),
        "other_peak_growth": RNG.uniform(6.5, 15.0, DRAWS),
        "reserve_margin": RNG.uniform(0.0, 0.18, DRAWS),
        base_average("US"): RNG.uniform(23.0, 28.0, DRAWS),
        base_used("US"): RNG.uniform(45.0, 55.0, DRAWS),
    }
)
STEP = RNG.uniform(1.02, 1.15, DRAWS)
FIRST = RNG.uniform(30.0, 36.0, DRAWS)
NEED = RNG.uniform(40.0, 160.0, DRAWS)
US = Exchange.of(KEPT, "US", STEP, base_year=2025, first=FIRST)
SINCE = {Kind.GROWTH: 2025, Kind.LOAD: 2025}


def line(kind, **fields):
    figure = Figure(
        publisher="One", edition="new", family=Family.EQUIPMENT, region="US", kind=kind, at=("a@b",), basis="Said so.",
        since=fields.pop("since", SINCE.get(kind)),
    )  # fmt: skip
    return Line(figure, 2030, "a", "b", date(2026, 6, 1), "GW", 1.0, None, None, {}, **fields)


def worth(value, kind, layer, *, exchange=US, **options):
    return exchange.convert(value, line(kind, **options), layer, NEED)


FIGURES = st.floats(min_value=1.0, max_value=2000.0)


@given(FIGURES)
def test_an_energy_and_the_average_draw_behind_it_are_one_figure_in_every_layer(twh) -> None:
    for layer in (Layer.ENERGY, Layer.POWER):
        direct = worth(twh, Kind.ENERGY, layer)
        np.testing.assert_allclose(worth(twh / 8.76, Kind.AVERAGE, layer), direct, rtol=1e-12)


@given(FIGURES, st.floats(min_value=1.01, max_value=3.0))
def test_more_of_a_kind_is_more_in_every_layer_and_draw(value, times) -> None:
    for kind in (Kind.ENERGY, Kind.AVERAGE, Kind.PEAK, Kind.NAMEPLATE):
        for layer in (Layer.ENERGY, Layer.POWER):
            assert np.all(worth(value * times, kind, layer) > worth(value, kind, layer))


@given(FIGURES)
def test_nameplate_to_energy_and_back_is_the_peak_of_the_nameplate(gigawatts) -> None:
    energy = worth(gigawatts, Kind.NAMEPLATE, Layer.ENERGY)
    for draw in range(3):
        one = Exchange.of(KEPT[draw : draw + 1], "US", STEP[draw : draw + 1], base_year=2025)
        back = worth(float(energy[draw]), Kind.ENERGY, Layer.POWER, exchange=one)
        assert back[0] == pytest.approx(gigawatts * KEPT["peak_over_nameplate"][draw])


def test_the_base_years_average_needs_the_nameplate_in_use() -> None:
    level = Exchange.of(KEPT[:1], "US", np.ones(1), base_year=2025)
    amount = worth(KEPT[base_average("US")][0], Kind.AVERAGE, Layer.POWER, exchange=level)
    assert amount[0] == pytest.approx(KEPT[base_used("US")][0] * KEPT["peak_over_nameplate"][0])


def test_a_metered_peak_is_not_a_facility_peak() -> None:
    """EPRI prints 71 GW beside 596 TWh: both must come out as the same facility peak."""
    peak, energy = (worth(*printed, Layer.POWER) for printed in ((71.0, Kind.PEAK), (596.0, Kind.ENERGY)))
    assert np.median(peak) == pytest.approx(np.median(energy), rel=0.08)
    assert np.median(peak) > 1.15 * 71.0


def test_a_band_comes_from_draws_wherever_something_is_converted() -> None:
    spread = {
        (kind, layer): np.ptp(worth(100.0, kind, layer))
        for kind in (Kind.ENERGY, Kind.AVERAGE, Kind.PEAK, Kind.NAMEPLATE)
        for layer in (Layer.ENERGY, Layer.POWER)
    }
    plain = {(Kind.ENERGY, Layer.ENERGY), (Kind.AVERAGE, Layer.ENERGY)}
    assert {key for key, width in spread.items() if width == 0} == plain


def test_a_growth_stands_on_the_level_of_the_year_it_counts_from() -> None:
    ours, theirs = (
        worth(50.0, Kind.GROWTH, Layer.ENERGY),
        worth(50.0, Kind.GROWTH, Layer.ENERGY, base=192.0, since=2024),
    )
    added = 8.76 * 50.0 * KEPT["load_factor_own_peak"].to_numpy()
    np.testing.assert_allclose(ours, 8.76 * KEPT[base_average("US")].to_numpy() + added)
    np.testing.assert_allclose(theirs, 192.0 + added)


def test_growth_of_all_loads_counts_from_where_the_firm_balance_begins() -> None:
    reserve = 1 + KEPT["reserve_margin"].to_numpy()
    before = (FIRST - KEPT[base_average("US")].to_numpy()) / KEPT["load_factor_own_peak"].to_numpy()
    before += KEPT["other_peak_growth"].to_numpy()
    ours = (NEED / reserve + before).mean()
    amount = worth(ours, Kind.LOAD, Layer.FIRM)
    np.testing.assert_allclose(amount, ours * reserve * NEED / (NEED + before * reserve))
    # What grows as ours does, need for need, comes out as our need.
    exact = [
        Exchange.of(KEPT[draw : draw + 1], "US", STEP[:1], base_year=2025, first=FIRST[draw : draw + 1]).convert(
            float(NEED[draw] / reserve[draw] + before[draw]), line(Kind.LOAD), Layer.FIRM, NEED[draw : draw + 1]
        )[0]
        for draw in range(5)
    ]
    np.testing.assert_allclose(exact, NEED[:5])


def of(constants, region, step, **options):
    return Exchange.of(constants, region, step, base_year=2025, **options)


@pytest.mark.parametrize(
    ("exchange", "reason", "layer", "why"),
    [
        (of(None, "US", STEP), line(Kind.NAMEPLATE), Layer.POWER, NONE_KEPT),
        (of(None, "US", STEP), line(Kind.ENERGY), Layer.ENERGY, None),
        (of(KEPT, "IE", STEP), line(Kind.ENERGY), Layer.POWER, NO_BASE),
        (of(KEPT, "IE", STEP), line(Kind.PEAK), Layer.ENERGY, None),
        (of(KEPT, "US", None), line(Kind.NAMEPLATE), Layer.ENERGY, NO_BASE),
        (of(KEPT, "US", None), line(Kind.NAMEPLATE), Layer.POWER, None),
        (of(None, "US", None), line(Kind.COMPUTE), Layer.COMPUTE, None),
        (of(KEPT, "US", STEP), line(Kind.GROWTH, since=2024), Layer.POWER, NO_START),
        (of(KEPT, "US", STEP), line(Kind.GROWTH, since=2024, base=192.0), Layer.POWER, None),
        (of(KEPT, "US", STEP), line(Kind.LOAD), Layer.FIRM, NO_START),
        (of(KEPT, "US", STEP, first=FIRST), line(Kind.LOAD), Layer.FIRM, None),
        (of(KEPT, "US", STEP, first=FIRST), line(Kind.LOAD, since=2024), Layer.FIRM, NO_START),
    ],
)
def test_what_cannot_be_converted_says_why(exchange, reason, layer, why) -> None:
    assert exchange.missing(reason, layer) == why


def test_no_shipped_scenario_overrides_a_constant() -> None:
    """The edition keeps those of the base, for every scenario."""
    moved = {name for scenario in Assumptions.shipped().scenarios.values() for name in scenario.overrides}
    bases = {"us_energy_base", "world_energy_base", *(f"{key}_vacancy" for key in ("us", "cn", "eu", "rest"))}
    shares = {f"{key}_share_of_world" for key in ("cn", "eu", "rest")}
    assert moved.isdisjoint({*CONSTANTS, *bases, *shares})
