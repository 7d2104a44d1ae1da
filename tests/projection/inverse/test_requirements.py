"""What would have to be true: the number of others is named and compared, and an answer run forward gives it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer
from data.store.store import Store
from features.view import View
from projection.inputs.distributions import Fixed
from projection.inputs.overrides import BASE, Change, Override, Scenario
from projection.inverse.published import OwnNumber, PublishedNumber, published
from projection.inverse.requirements import MOST, RequirementSearch
from projection.inverse.run_draws import RunDraws
from projection.scenarios.evaluation import evaluate
from projection.third_party.conversion import CONSTANTS
from projection.third_party.own_quantities import OwnQuantities

ENERGY = ("US", Layer.ENERGY)
FEW = [("us_energy_base",), ("us_published_growth",), ("filled_share_ai",), ("us_tracker_coverage",)]
"""Assumptions that are searched where all would take long."""


@pytest.fixture(scope="module")
def edition(tmp_path_factory, build_edition):
    rng = np.random.default_rng(3)
    spread = ((0.45, 0.66), (0.91, 0.97), (6.5, 15.0), (0.0, 0.18))
    by_name = {name: rng.uniform(*ends, 400) for name, ends in zip(CONSTANTS, spread, strict=True)}
    return build_edition(tmp_path_factory.mktemp("editions"), constants=pl.DataFrame(by_name))


@pytest.fixture(scope="module")
def view(edition):
    return View.of(Store.shipped(), as_of=edition.data_as_of)


def ours(base, *, quantity=None, year=2028):
    timeline = base.model_inputs.anchors.timeline
    if quantity is not None:
        return OwnNumber(timeline, "US", year, quantity=quantity)
    return OwnNumber(timeline, *ENERGY[:1], year, layer=Layer.ENERGY, reading=DemandConcept.BOUGHT)


def number(base, value, **of):
    return PublishedNumber("a@one", "One", "2026", "a number", ours(base, **of), value, converted=False, position=0.5)


def median(base, scenario, year=2028):
    """Electricity of what is bought in a year, TWh, read off an evaluation."""
    paths = evaluate(base, scenario, [ENERGY]).scenario[ENERGY].paths
    first = 4 * (year - base.model_inputs.anchors.timeline.base_year - 1)
    return np.median(paths["bought"][:, first : first + 4].astype(float).sum(axis=1))


@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_an_answer_run_forward_gives_the_number(small_base, factor):
    base = small_base
    level = median(base, BASE)
    search = RequirementSearch(base, number(base, factor * level))
    assert set(FEW) < set(search.movable)
    search.movable = FEW
    answer = search.whole()
    assert answer.ours == pytest.approx(level, rel=1e-5)
    assert 1 <= len(answer.alone) <= MOST
    assert answer.draws == base.draws
    assert not answer.nearest
    assert [one.chance for one in answer.alone] == sorted((one.chance for one in answer.alone), reverse=True)
    for requirement in answer.alone:
        overrides = tuple(
            Override(one.assumption, Change.SET, Fixed(distribution="fixed", value=one.value), "test")
            for one in requirement.moved
        )
        reached = median(base, Scenario("test", overrides))
        assert reached == pytest.approx(requirement.median, rel=1e-5)
        assert (reached - factor * level) * (factor - 1) >= 0
        assert reached == pytest.approx(factor * level, rel=0.01)
        assert 0.01 <= requirement.percentile <= 0.99
        assert requirement.chance == pytest.approx(
            min(requirement.percentile, 1 - requirement.percentile), abs=2 / base.draws
        )


def test_a_preview_rests_on_the_first_draws(base):
    search = RequirementSearch(base, number(base, 1.03 * median(base, BASE)))
    search.movable = FEW[:2]
    preview, whole = search.preview(), search.whole()
    assert preview.draws < whole.draws
    assert {one.moved[0].assumption for one in preview.alone} & {one.moved[0].assumption for one in whole.alone}


def test_a_number_that_no_assumption_alone_gives_is_said_with_the_nearest(small_base):
    search = RequirementSearch(small_base, number(small_base, 5 * median(small_base, BASE)))
    search.movable = FEW
    answer = search.whole()
    assert not answer.alone
    assert len(answer.nearest) == 3
    assert all(answer.ours < one.median < 5 * median(small_base, BASE) for one in answer.nearest)
    assert answer.assumptions == len(FEW)


def test_assumptions_that_share_a_draw_are_moved_together(small_base):
    shared = {one for one, item in small_base.model_inputs.assumptions.items.items() if item.same_draw_as}
    search = RequirementSearch(small_base, number(small_base, 10.0, quantity="nameplate_short"))
    together = [names for names in search.movable if shared & set(names)]
    assert together
    assert all(len(names) > 1 for names in together)


def test_our_quantities_of_a_run_are_those_of_the_edition_made_of_it(small_base):
    """What is read off a run is what the same code reads off an edition: level, and what is derived from it."""
    part = small_base.part(0)
    quantities = OwnQuantities(RunDraws(part, small_base.model_inputs.anchors.timeline))
    power = evaluate(small_base, BASE, [("US", Layer.POWER)]).base["US", Layer.POWER].paths
    end = 4 * 3 - 1
    gap = power["wanted"][:, end].astype(float) - power["supply"][:, end]
    assert np.array_equal(-quantities.headroom("US", Layer.POWER, 2028), gap)
    values = part.stages.values
    per_nameplate = values["filled_share_ai"] * values["peak_over_filled_ai"]
    assert quantities.short_nameplate("US", 2028) == pytest.approx(gap / per_nameplate, rel=1e-4)
    assert np.median(quantities.built("US", 2028)) > 0
    assert np.median(quantities.nameplate_wanted("US", 2028)) > np.median(quantities.base_nameplate("US"))


def test_a_figure_is_laid_beside_what_comparisons_lay_it_beside(edition, view):
    lbnl = published(edition, view, address="us.datacenter.electricity@lbnl2026", year=2028)
    assert (lbnl.publisher, lbnl.ours.layer, lbnl.ours.reading) == ("LBNL", Layer.ENERGY, DemandConcept.BOUGHT)
    assert (lbnl.value, lbnl.converted) == (464.0, False)
    power = published(edition, view, address="us.datacenter.electricity@lbnl2026", year=2028, beside="power")
    assert (power.ours.layer, power.converted) == (Layer.POWER, True)
    assert 0 <= power.position <= 1


def test_a_figure_of_another_kind_is_laid_beside_our_own_quantity(edition, view):
    for address in ("us.power.shortfall@ms2026#before_time_to_power", "us.power.shortfall@ms2026"):
        short = published(edition, view, address=address, year=2028)
        assert (short.publisher, short.ours.quantity, short.ours.layer) == ("Morgan Stanley", "nameplate_short", None)
        assert short.ours.unit == "GW"
    wanted = published(edition, view, address="us.datacenter.electricity@lbnl2026", year=2028, beside="energy_wanted")
    assert wanted.ours.quantity == "energy_wanted"


@pytest.mark.parametrize(
    ("change", "parameter", "allowed"),
    [
        ({"address": "us.datacenter.electricity@lbnl2062"}, "projection", "us.datacenter.electricity@lbnl2026"),
        ({"year": 2049}, "period", "2028"),
        ({"beside": "firm"}, "beside", "energy"),
        ({"address": "us.datacenter.behind_the_meter_capacity@semi2026", "year": 2028}, "projection", None),
    ],
)
def test_what_cannot_be_compared_is_said_with_what_can(edition, view, change, parameter, allowed):
    question = {"address": "us.datacenter.electricity@lbnl2026", "year": 2028} | change
    with pytest.raises(InvalidParameter) as caught:
        published(edition, view, **question)
    assert caught.value.parameter == parameter
    assert allowed is None or allowed in caught.value.allowed


def test_a_number_of_ours_is_called_by_what_it_is(small_base):
    assert ours(small_base).title == "US energy bought"
    assert "nameplate" in replace(ours(small_base), layer=None, quantity="nameplate_short").title
