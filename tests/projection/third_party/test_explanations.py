"""What single publishers print stands beside the same quantity of ours, and the assumptions between them exist."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.view import View
from projection.inputs.assumptions import Assumptions
from projection.third_party.conversion import AVERAGE_OVER_NAMEPLATE, CONSTANTS, LOAD_FACTOR
from projection.third_party.explanations import Pair, explanations
from projection.third_party.own_levels import OwnLevels
from projection.third_party.own_quantities import QUANTITIES, OwnQuantities

DRAWS = 400
READINGS = (DemandConcept.BOUGHT, DemandConcept.WANTED)
VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
YEAR = Period(date(2028, 1, 1), Frequency.YEAR)


@pytest.fixture
def edition(write_edition):
    rng = np.random.default_rng(3)
    spread = ((0.45, 0.66), (0.91, 0.97), (6.5, 15.0), (0.0, 0.18))
    by_name = {name: rng.uniform(*ends, DRAWS) for name, ends in zip(CONSTANTS, spread, strict=True)}
    return write_edition(constants=pl.DataFrame(by_name))


def test_every_figure_and_assumption_exists_and_no_text_holds_a_number() -> None:
    assumed = set(Assumptions.shipped().items)
    for item in explanations():
        assert set(item.assumptions) <= assumed
        numbers = [word for word in item.text.split() if any(sign.isdigit() for sign in word)]
        assert all(word.strip(".,;:").isdigit() and len(word.strip(".,;:")) == 4 for word in numbers), item.publisher
        assert all(np.isfinite(pair.printed(VIEW)) for pair in item.pair)
    assert {item.publisher for item in explanations()} >= {"Morgan Stanley", "LBNL", "NERC", "PJM", "SemiAnalysis"}


def test_every_quantity_is_read_off_the_edition(edition) -> None:
    quantities = OwnQuantities(edition)
    for item in explanations():
        for pair in item.pair:
            assert pair.ours(quantities).shape == (DRAWS,)
    assert {pair.beside for item in explanations() for pair in item.pair} == set(QUANTITIES)


def test_a_sum_less_one_part_is_the_other() -> None:
    need, short = "us.datacenter.power_demand_cumulative@ms2026", "us.power.shortfall@ms2026"
    pair = Pair(says="the rest", at=need, less=short, year=2028, beside="nameplate_built_since_base")
    assert pair.printed(VIEW) == pytest.approx(74.0 - 49.0)


def test_nameplate_is_power_over_what_halls_for_accelerators_draw(edition) -> None:
    quantities = OwnQuantities(edition)
    cell = edition.cell("US", Layer.POWER)
    demand, supply, additions = (edition.draws(cell, name, [YEAR])[:, 0] for name in ("demand", "supply", "additions"))
    constants = edition.constants()
    peak = (constants[AVERAGE_OVER_NAMEPLATE] / constants[LOAD_FACTOR]).to_numpy()
    np.testing.assert_allclose(quantities.short_nameplate("US", 2028), (demand - supply) / peak)
    np.testing.assert_allclose(quantities.built("US", 2028), additions / peak)
    assert not quantities.built("US", edition.base_year).any()
    bought, needed = (quantities.demand("US", Layer.ENERGY, 2028, concept) for concept in READINGS)
    grown = quantities.nameplate_wanted("US", 2028) - quantities.base_nameplate("US")
    levels = OwnLevels.of(edition, "US", scenario="base")
    np.testing.assert_allclose(
        grown * constants[AVERAGE_OVER_NAMEPLATE].to_numpy(),
        levels.at_end_of(YEAR) * needed / bought - levels.base_end,
        rtol=1e-9,
    )


def test_what_an_edition_or_a_day_does_not_know_is_said(write_edition, edition) -> None:
    with pytest.raises(NotFound, match="US compute demand of 2034"):
        OwnQuantities(edition).demand("US", Layer.COMPUTE, 2034, DemandConcept.WANTED)
    with pytest.raises(NotFound, match="constants"):
        OwnQuantities(write_edition(edition_id="e-bare")).built("US", 2028)
    pair = Pair(says="never", at="us.power.shortfall@ms2026", year=2019, beside="nameplate_short")
    with pytest.raises(NotFound, match="of 2019"):
        pair.printed(VIEW)
    with pytest.raises(ValidationError, match="moon is none of"):
        Pair(says="far", at="us.power.shortfall@ms2026", year=2028, beside="moon")
