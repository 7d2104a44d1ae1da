"""Draws weighed by what is measured: resampling, its calibration on known truth, and what an edition takes of it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.store.store import Rule, Store
from features.view import View
from projection.base.timeline import Timeline
from projection.inputs.observables import Declared, Observable, observables
from projection.simulate.conditioning import LEAST_SAMPLE, PRIOR, condition, effective_sample, resample, weights_of
from projection.simulate.scenario_run import draw

SEED, DRAWS = 5, 400


def observable(value, error, *, log=False):
    declared = Declared(
        name="x", quantity="vacant_share", region="US", series="s", scale=1.0, error=error, log=log, why="w", beside="b"
    )
    return Observable(declared, value, None, 1, date(2026, 6, 30))


def test_a_draw_is_taken_as_often_as_its_weight_says_to_within_one():
    rng = np.random.default_rng(1)
    weights = rng.exponential(size=500)
    weights /= weights.sum()
    for start in (0.001, 0.5, 0.999):
        positions = resample(weights, 800, start)
        counts = np.bincount(positions, minlength=500)
        assert len(positions) == 800
        assert (np.diff(positions) >= 0).all()
        assert (np.abs(counts - 800 * weights) <= 1).all()


def test_equal_weights_are_a_whole_sample_and_one_weight_is_one_draw():
    assert effective_sample(weights_of([], 300)) == pytest.approx(300)
    one = np.full(300, -1e6)
    one[7] = 0.0
    assert effective_sample(weights_of([one], 300)) == pytest.approx(1)


@pytest.mark.parametrize("log", [False, True])
def test_the_truth_ranks_evenly_among_the_draws_that_are_taken(log):
    """Simulation-based calibration (Talts et al. 2018): a truth of the prior, seen with the stated error."""
    rng = np.random.default_rng(2)
    trials, draws, error = 600, 2000, 0.3
    ranks = []
    for _ in range(trials):
        prior, truth = rng.standard_normal(draws), rng.standard_normal()
        scale = np.exp if log else np.asarray
        measured = float(scale(truth + error * rng.standard_normal()))
        weights = weights_of([observable(measured, error, log=log).log_likelihood(scale(prior))], draws)
        ranks.append(np.mean(prior[resample(weights, draws, rng.uniform(0.001, 0.999))] < truth))
    counts, _ = np.histogram(ranks, bins=10, range=(0, 1))
    # The 99.9 % point of chi-squared with nine degrees of freedom.
    assert ((counts - trials / 10) ** 2 / (trials / 10)).sum() < 27.9


def test_without_an_observable_the_prior_stands_as_it_is(model_inputs):
    without = replace(model_inputs, observables=())
    conditioning = condition(without, seed=SEED, draws=DRAWS)
    assert conditioning.positions is None
    prior = draw(without, scenario="base", seed=SEED, draws=DRAWS).table
    taken_as_it_is = draw(
        without, scenario="base", seed=SEED, draws=DRAWS, positions=np.arange(DRAWS, dtype=np.int64)
    ).table
    assert np.array_equal(prior.draws, taken_as_it_is.draws, equal_nan=True)


@pytest.mark.parametrize("scenario", ["base", "btm_slips"])
def test_draws_at_positions_are_those_draws_of_the_prior_to_the_last_bit(model_inputs, scenario):
    positions = condition(model_inputs, seed=SEED, draws=DRAWS).positions
    assert positions is not None
    assert len(positions) == DRAWS
    prior = draw(model_inputs, scenario=scenario, seed=SEED, draws=PRIOR * DRAWS).table
    posterior = draw(model_inputs, scenario=scenario, seed=SEED, draws=DRAWS, positions=positions).table
    assert np.array_equal(prior.draws[:, positions], posterior.draws, equal_nan=True)


def test_what_is_measured_moves_its_quantity_towards_the_figure(model_inputs):
    document = condition(model_inputs, seed=SEED, draws=2000).document
    assert document["effective_sample"] >= LEAST_SAMPLE * 2000
    rows = {row["name"]: row for row in document["observables"]}
    vacancy = rows["us_vacant_share"]
    assert vacancy["used"]
    assert abs(vacancy["posterior"]["0.5"] - vacancy["value"]) < abs(vacancy["prior"]["0.5"] - vacancy["value"])
    for year in document["p_short"].values():
        assert 0 <= year["prior"] <= 1
        assert year["with_nothing_unmet"] <= year["posterior"]
        assert set(year["by_evidence_of_unmet"]) == {"backlog", "orders", "queues", "publishers"}


def test_a_figure_the_prior_does_not_reach_is_reported_and_moves_nothing(model_inputs):
    far = replace(next(one for one in model_inputs.observables if one.declared.name == "us_vacant_share"), value=0.9)
    conditioning = condition(replace(model_inputs, observables=(far,)), seed=SEED, draws=DRAWS)
    (row,) = conditioning.document["observables"]
    assert not row["used"]
    assert row["effective_sample_alone"] < LEAST_SAMPLE * DRAWS
    assert conditioning.positions is None


def test_a_figure_counts_from_the_day_it_was_published():
    store = Store.shipped()
    early, later = (
        {one.declared.name: one for one in observables(View.of(store, as_of=day, rule=Rule.STRICT), Timeline(2025))}
        for day in (date(2026, 8, 30), date(2026, 8, 31))
    )
    assert "us_vacant_share" not in early
    assert later["us_vacant_share"].value == pytest.approx(0.014)
    assert later["us_vacant_share"].day == date(2026, 6, 30)


def test_an_edition_of_the_base_year_takes_no_figure_of_that_year(model_inputs):
    assert all(one.day > model_inputs.anchors.timeline.base for one in model_inputs.observables)
