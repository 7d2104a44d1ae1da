"""Demand from order books on the engine's own numbers: books stand on what draws, and on nothing else of the engine."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.base.layers import DemandConcept, Layer, Status
from data.store.store import Store
from features.view import View
from projection.cells.cells import ORDER_BOOK_VERDICTS
from projection.cells.paths import WORLD
from projection.model.concepts import OrderBooks, compute_standing
from projection.model.model_error import ModelError
from projection.simulate.model_inputs import RandomInputs

DRAWS, SEED = 1000, 5
CONTRACTED, REQUESTED = DemandConcept.CONTRACTED, DemandConcept.REQUESTED


@pytest.fixture(scope="module")
def model_pass(model_inputs):
    return model_inputs.pass_of(RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS), ModelError.none())


@pytest.fixture(scope="module")
def by_concept(model_inputs, model_pass):
    return model_inputs.concepts(model_pass)


def standing(model_pass, *regions):
    """Facility peak of what is bought at the base year's end, GW, (draw, 1)."""
    return sum(model_pass.outcome.regions[region].peak[DemandConcept.BOUGHT][:, :1] for region in regions)


def test_every_cell_with_a_verdict_has_draws(by_concept):
    assert set(by_concept) == {
        key for key, verdict in ORDER_BOOK_VERDICTS.items() if verdict.status is not Status.UNAVAILABLE
    }
    for (_, layer, concept), booked in by_concept.items():
        assert (booked.expected is None) == (concept is CONTRACTED)
        promised = ~np.isnan(booked.demand[0])
        assert np.isfinite(booked.demand[:, promised]).all()
        grown = np.diff(booked.demand[:, promised], axis=1)
        assert layer is Layer.COMPUTE or (grown >= -1e-6 * booked.demand[:, promised][:, 1:]).all()


def test_a_contract_says_nothing_after_the_last_due_date(by_concept):
    for (_, _, concept), booked in by_concept.items():
        silent = np.isnan(booked.demand).all(axis=0)
        assert np.array_equal(np.isnan(booked.demand).any(axis=0), silent)
        assert silent.any() == (concept is CONTRACTED)
        assert not silent[: np.flatnonzero(~silent)[-1]].any(), "it ends once"


def test_requests_are_at_least_what_is_expected_of_them_and_at_least_contracts(by_concept):
    requested = [key for key in by_concept if key[2] is REQUESTED]
    assert requested
    for region, layer, _ in requested:
        booked = by_concept[region, layer, REQUESTED]
        assert (booked.demand >= booked.expected * (1 - 1e-6)).all()
        assert np.median(booked.demand[:, -1]) > np.median(booked.expected[:, -1])
        contracts = by_concept[region, layer, CONTRACTED].demand
        due = ~np.isnan(contracts[0])
        assert (booked.expected[:, due] >= contracts[:, due] * (1 - 1e-6)).all()


def test_contracts_come_on_top_of_what_draws_at_the_base_years_end(model_pass, by_concept):
    us = by_concept["US", Layer.POWER, CONTRACTED].demand
    due = ~np.isnan(us[0])
    assert (us[:, due] >= standing(model_pass, "US") * (1 - 1e-6)).all()
    world = by_concept[WORLD, Layer.POWER, CONTRACTED].demand
    due = ~np.isnan(world[0])
    assert (world[:, due] >= standing(model_pass, "US", "CN", "EU", "REST") * (1 - 1e-6)).all()


def test_chips_counted_so_far_retire_and_none_is_added(model_inputs, model_pass):
    inputs = model_pass.inputs
    compute = compute_standing(model_inputs.anchors, inputs.values, inputs.errors)
    assert (compute[WORLD, Layer.COMPUTE] >= compute["US", Layer.COMPUTE]).all()
    later = np.median(compute["US", Layer.COMPUTE], axis=0)
    assert later[-1] < later[4]


def test_a_day_before_any_book_promises_nothing(model_inputs, model_pass):
    early = OrderBooks.of(View.of(Store.shipped(), as_of=date(2019, 12, 31)), model_inputs.anchors)
    booked = replace(model_inputs, books=early).concepts(model_pass)["US", Layer.POWER, CONTRACTED]
    assert np.isnan(booked.demand).all()
