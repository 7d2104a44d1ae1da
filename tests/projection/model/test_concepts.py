"""Demand concepts on the engine's own numbers: books stand on what is installed, and on nothing else of the engine."""

from datetime import date

import numpy as np
import pytest

from data.base.layers import DemandConcept, Layer, Status
from data.store.store import Store
from features.chips.shipments import DESIGNERS
from features.view import View
from projection.base.streams import normals
from projection.cells.cells import ORDER_BOOK_VERDICTS
from projection.cells.paths import Paths
from projection.model.concepts import OrderBooks, compute_standing, draw, power_standing

AS_OF = date(2026, 11, 23)
DRAWS = 1000
STORE = Store.shipped()


@pytest.fixture(scope="module")
def numbers(model_inputs):
    latent = model_inputs.assumptions.latent(seed=5, draws=DRAWS)
    errors = {name: normals(5, f"measurement/{name}", DRAWS) for name in DESIGNERS}
    return model_inputs.assumptions.values(latent, scenario="base"), errors


@pytest.fixture(scope="module")
def supply(anchors):
    size = (DRAWS, len(anchors.timeline.quarters))
    return {("US", Layer.POWER): Paths(demand=np.ones(size), supply=np.full(size, 60.0))}


def test_every_cell_with_a_verdict_has_draws_and_only_an_available_one_a_supply(anchors, numbers, supply):
    books = OrderBooks.of(View.of(STORE, as_of=AS_OF), anchors)
    by_concept = draw(books, anchors, *numbers, supply)
    assert set(by_concept) == {
        key for key, verdict in ORDER_BOOK_VERDICTS.items() if verdict.status is not Status.UNAVAILABLE
    }
    for key, paths in by_concept.items():
        assert (paths.supply is not None) == (ORDER_BOOK_VERDICTS[key].status is Status.AVAILABLE)
        assert np.isfinite(paths.demand).all()
        assert (np.diff(paths.demand, axis=1) >= -1e-6 * paths.demand[:, 1:]).all() or key[1] is Layer.COMPUTE


def test_requested_is_at_least_committed_and_committed_at_least_what_stands(anchors, numbers, supply):
    values, errors = numbers
    by_concept = draw(OrderBooks.of(View.of(STORE, as_of=AS_OF), anchors), anchors, values, errors, supply)
    standing = power_standing(values, quarters=len(anchors.timeline.quarters))["US", Layer.POWER]
    committed = by_concept["US", Layer.POWER, DemandConcept.COMMITTED].demand
    assert (committed >= standing - 1e-9).all()
    assert (by_concept["US", Layer.POWER, DemandConcept.REQUESTED].demand >= committed - 1e-9).all()


def test_the_world_stands_on_the_sum_of_its_regions(anchors, numbers):
    values, errors = numbers
    power = power_standing(values, quarters=4)
    parts = sum(power[region, Layer.POWER] for region in ("US", "CN", "EU", "REST"))
    assert np.allclose(power["WORLD", Layer.POWER], parts)
    compute = compute_standing(anchors, values, errors)
    assert (compute["WORLD", Layer.COMPUTE] >= compute["US", Layer.COMPUTE]).all()
    later = np.median(compute["US", Layer.COMPUTE], axis=0)
    assert later[-1] < later[4]


def test_a_day_before_any_book_adds_nothing(anchors, numbers, supply):
    early = View.of(STORE, as_of=date(2019, 12, 31))
    by_concept = draw(OrderBooks.of(early, anchors), anchors, *numbers, supply)
    standing = power_standing(numbers[0], quarters=len(anchors.timeline.quarters))["US", Layer.POWER]
    assert np.allclose(by_concept["US", Layer.POWER, DemandConcept.COMMITTED].demand, standing)
