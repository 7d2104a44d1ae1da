"""Kinds of figures meet through the engine's own constants, draw by draw."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base.layers import Layer
from data.periods.period import Frequency, Period
from projection.inputs.overrides import OverrideNormals
from projection.scenarios import library
from projection.third_party.conversion import (
    AVERAGE_OVER_NAMEPLATE,
    LOAD_FACTOR,
    NO_BASE,
    NO_START,
    NONE_KEPT,
    OTHER_GROWTH,
    RESERVE,
    Exchange,
)
from projection.third_party.own_levels import OwnLevels
from projection.third_party.projections import Family, Figure, Kind, Line

DRAWS = 500
RNG = np.random.default_rng(7)
KEPT = pl.DataFrame(
    {
        AVERAGE_OVER_NAMEPLATE: RNG.uniform(0.45, 0.66, DRAWS),
        LOAD_FACTOR: RNG.uniform(0.91, 0.97, DRAWS),
        OTHER_GROWTH: RNG.uniform(6.5, 15.0, DRAWS),
        RESERVE: RNG.uniform(0.0, 0.18, DRAWS),
    }
)
YEARS = [Period(date(year, 1, 1), Frequency.YEAR) for year in range(2026, 2032)]
BASE_AVERAGE, BASE_NAMEPLATE = RNG.uniform(23.0, 28.0, DRAWS), RNG.uniform(50.0, 65.0, DRAWS)
AVERAGE = BASE_AVERAGE[:, None] * RNG.uniform(1.05, 1.3, (DRAWS, 1)) ** np.arange(1, len(YEARS) + 1)
PEAK = AVERAGE * RNG.uniform(1.1, 1.25, (DRAWS, 1))
OWN = OwnLevels({year: place for place, year in enumerate(YEARS)}, AVERAGE, PEAK, BASE_AVERAGE, BASE_NAMEPLATE)
NEED = RNG.uniform(40.0, 160.0, DRAWS)
PLACE = 4
"""Of the year that is converted."""


def of(constants, levels):
    return Exchange.of(constants, levels, year=YEARS[PLACE], base_year=2025)


US = of(KEPT, OWN)
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
def test_what_we_say_of_energy_is_worth_what_we_say_of_power(times) -> None:
    energy = 8.76 * AVERAGE[:, PLACE] * times
    power = [worth(value, Kind.ENERGY, Layer.POWER)[place] for place, value in enumerate(energy)]
    np.testing.assert_allclose(power, PEAK[:, PLACE] * times)


def test_growth_since_the_base_draws_as_halls_for_accelerators_do() -> None:
    at_end = OWN.average[:, PLACE] * OWN.step(YEARS[PLACE])
    nameplate = US.nameplate(at_end)
    np.testing.assert_allclose(
        at_end - OWN.base_end, (nameplate - BASE_NAMEPLATE) * KEPT[AVERAGE_OVER_NAMEPLATE].to_numpy()
    )
    back = [worth(value, Kind.NAMEPLATE, Layer.ENERGY)[place] for place, value in enumerate(nameplate)]
    np.testing.assert_allclose(back, 8.76 * AVERAGE[:, PLACE])
    half = worth(BASE_NAMEPLATE[0] / 2, Kind.NAMEPLATE, Layer.ENERGY)[0] * OWN.step(YEARS[PLACE])[0]
    assert half == pytest.approx(8.76 * OWN.base_end[0] / 2)


def test_a_metered_peak_and_the_energy_printed_beside_it_are_one_facility_peak() -> None:
    """EPRI prints 71 GW beside 596 TWh."""
    peak, energy = (worth(*printed, Layer.POWER) for printed in ((71.0, Kind.PEAK), (596.0, Kind.ENERGY)))
    np.testing.assert_allclose(peak, 71.0 * OWN.step(YEARS[PLACE]))
    assert np.median(peak) == pytest.approx(np.median(energy), rel=0.08)


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
    added = 8.76 * 50.0 * KEPT[LOAD_FACTOR].to_numpy()
    np.testing.assert_allclose(ours, 8.76 * BASE_AVERAGE + added)
    np.testing.assert_allclose(theirs, 192.0 + added)


def test_growth_of_all_loads_counts_from_where_the_firm_balance_begins() -> None:
    reserve = 1 + KEPT[RESERVE].to_numpy()
    before = (OWN.at_end_of(YEARS[0]) - BASE_AVERAGE) / KEPT[LOAD_FACTOR].to_numpy()
    before += KEPT[OTHER_GROWTH].to_numpy()
    ours = (NEED / reserve + before).mean()
    amount = worth(ours, Kind.LOAD, Layer.FIRM)
    np.testing.assert_allclose(amount, ours * reserve * NEED / (NEED + before * reserve))
    # What grows as ours does, need for need, comes out as our need.
    exact = [worth(value, Kind.LOAD, Layer.FIRM)[place] for place, value in enumerate(NEED / reserve + before)]
    np.testing.assert_allclose(exact, NEED)


ENERGY_ALONE = replace(OWN, peak=None, base_average=None, base_nameplate=None)


@pytest.mark.parametrize(
    ("exchange", "reason", "layer", "why"),
    [
        (of(None, OWN), line(Kind.NAMEPLATE), Layer.POWER, NONE_KEPT),
        (of(None, OWN), line(Kind.ENERGY), Layer.POWER, None),
        (of(KEPT.rename({LOAD_FACTOR: "load_factor_own_peak"}), OWN), line(Kind.GROWTH), Layer.ENERGY, NONE_KEPT),
        (of(None, None), line(Kind.ENERGY), Layer.ENERGY, None),
        (of(None, None), line(Kind.COMPUTE), Layer.COMPUTE, None),
        (of(KEPT, None), line(Kind.ENERGY), Layer.POWER, NO_BASE),
        (of(KEPT, ENERGY_ALONE), line(Kind.PEAK), Layer.ENERGY, NO_BASE),
        (of(KEPT, replace(OWN, base_nameplate=None)), line(Kind.NAMEPLATE), Layer.ENERGY, NO_BASE),
        (of(KEPT, replace(OWN, base_nameplate=None)), line(Kind.PEAK), Layer.ENERGY, None),
        (of(KEPT, OWN), line(Kind.NAMEPLATE), Layer.ENERGY, None),
        (of(KEPT, OWN), line(Kind.GROWTH, since=2024), Layer.POWER, NO_START),
        (of(KEPT, OWN), line(Kind.GROWTH, since=2024, base=192.0), Layer.POWER, None),
        (of(KEPT, OWN), line(Kind.LOAD), Layer.FIRM, None),
        (of(KEPT, replace(OWN, base_average=None)), line(Kind.LOAD), Layer.FIRM, NO_START),
        (of(KEPT, OWN), line(Kind.LOAD, since=2024), Layer.FIRM, NO_START),
    ],
)
def test_what_cannot_be_converted_says_why(exchange, reason, layer, why) -> None:
    assert exchange.missing(reason, layer) == why


def test_no_shipped_scenario_moves_a_constant(model_inputs) -> None:
    """The edition keeps those of the base, for every scenario."""
    assumptions = model_inputs.assumptions
    latent = assumptions.latent(seed=1, draws=20)
    base = assumptions.values(latent)
    constants = ("other_peak_growth", "reserve_margin", "load_factor_ai", "filled_share_ai", "peak_over_filled_ai")
    for scenario in library.scenarios(assumptions):
        values = assumptions.values(latent, scenario, OverrideNormals(1, 20))
        assert all(np.array_equal(values[name], base[name]) for name in constants)
