"""Draws weighed by what is measured: resampling, its calibration on known truth, and what an edition takes of it."""

from dataclasses import replace

import numpy as np
import pytest

from data.base.layers import Layer
from projection.base.streams import BLOCK
from projection.inputs.observables import Form
from projection.model.passes import PassDetail
from projection.model.region import EVIDENCE_OF_UNMET
from projection.scenarios import library
from projection.simulate.conditioning import (
    LEAST_SAMPLE,
    PRIOR,
    QUANTITIES,
    REGIONS,
    condition,
    effective_sample,
    resample,
    weights_of,
)
from projection.simulate.model_inputs import RandomInputs
from projection.simulate.scenario_run import draw

SEED, DRAWS = 5, 400
CHI_SQUARED_9 = 27.9
"""The 99.9 % point of chi-squared with nine degrees of freedom."""


@pytest.fixture(scope="module")
def weighed(model_inputs):
    return condition(model_inputs, seed=SEED, draws=2000)


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


def measured(rng, truth, declared):
    """A figure of a true quantity with the error that is declared."""
    if declared.form is Form.LEVEL:
        return truth + declared.error * rng.standard_normal()
    if declared.form is Form.DIRECTION:
        return 1.0 if declared.error * rng.standard_normal() < truth else -1.0
    return truth * np.exp(declared.error * rng.standard_normal())


def test_the_truth_ranks_evenly_among_the_draws_that_are_taken(model_inputs):
    """Simulation-based calibration (Talts et al. 2018): truths are draws of ``base``, seen with the stated errors."""
    random_inputs = RandomInputs.of(model_inputs, seed=SEED, draws=BLOCK)
    model_pass = model_inputs.pass_of(random_inputs, model_inputs.model_error(SEED), detail=PassDetail.CELLS)
    quantities = {
        one.declared.name: QUANTITIES[one.declared.quantity](model_pass, one) for one in model_inputs.observables
    }
    power = model_pass.cells["US", Layer.POWER]
    ranked = {
        "gap of 2028": power.wanted[:, 11] - power.supply[:, 11],
        "demand of 2030": power.wanted[:, 19],
        "vacant share": quantities["us_vacant_share"],
    }
    assert {one.declared.form for one in model_inputs.observables} == set(Form)
    rng = np.random.default_rng(2)
    ranks = {name: [] for name in ranked}
    trials = 400
    for truth in rng.choice(BLOCK, size=trials, replace=False):
        likelihoods = []
        for one in model_inputs.observables:
            quantity = quantities[one.declared.name]
            figure = replace(one, value=float(measured(rng, quantity[truth], one.declared)))
            likelihoods.append(np.delete(figure.log_likelihood(quantity), truth))
        positions = resample(weights_of(likelihoods, BLOCK - 1), BLOCK, rng.uniform(0.001, 0.999))
        for name, values in ranked.items():
            ranks[name].append(np.mean(np.delete(values, truth)[positions] < values[truth]))
    for name, of_name in ranks.items():
        counts, _ = np.histogram(of_name, bins=10, range=(0, 1))
        assert ((counts - trials / 10) ** 2 / (trials / 10)).sum() < CHI_SQUARED_9, name


def test_without_an_observable_the_prior_stands_as_it_is_to_the_last_bit(model_inputs):
    without = replace(model_inputs, observables=())
    conditioning = condition(without, seed=SEED, draws=DRAWS)
    assert conditioning.positions is None
    assert (conditioning.document["prior_draws"], conditioning.document["effective_sample"]) == (DRAWS, DRAWS)
    for by_year in conditioning.document["p_short"].values():
        assert all(chance["prior"] == chance["posterior"] for chance in by_year.values())
    prior = draw(model_inputs, seed=SEED, draws=DRAWS).table
    as_it_is = draw(without, seed=SEED, draws=DRAWS, positions=conditioning.positions).table
    assert np.array_equal(prior.draws, as_it_is.draws, equal_nan=True)


@pytest.mark.parametrize("name", ["base", "on-site-power-late"])
def test_draws_at_positions_are_those_draws_of_the_prior_to_the_last_bit(model_inputs, name):
    positions = condition(model_inputs, seed=SEED, draws=DRAWS).positions
    assert positions is not None
    assert len(positions) == DRAWS
    scenario = library.scenario(name, model_inputs.assumptions)
    prior = draw(model_inputs, scenario=scenario, seed=SEED, draws=PRIOR * DRAWS).table
    posterior = draw(model_inputs, scenario=scenario, seed=SEED, draws=DRAWS, positions=positions).table
    assert np.array_equal(prior.draws[:, positions], posterior.draws, equal_nan=True)


def test_the_chance_that_is_told_is_that_of_the_draws_of_the_edition(model_inputs):
    conditioning = condition(model_inputs, seed=SEED, draws=DRAWS)
    table = draw(model_inputs, seed=SEED, draws=DRAWS, positions=conditioning.positions).table
    for region in REGIONS:
        wanted, supply = (table.rows(region, Layer.POWER, name) for name in ("wanted", "supply"))
        for year, chance in conditioning.document["p_short"][region].items():
            end = 4 * (int(year) - model_inputs.anchors.timeline.base_year) - 1
            assert chance["posterior"] == pytest.approx(float((wanted[end] > supply[end]).mean()), abs=1e-6)


def test_what_is_measured_moves_its_quantity_towards_the_figure(weighed):
    document = weighed.document
    assert document["effective_sample"] >= LEAST_SAMPLE * 2000
    for row in document["observables"]:
        assert row["used"], row["name"]
        if row["form"] != Form.DIRECTION:
            # The end of the 80 % band that is farther off: a prior that lies on the figure gets narrower.
            before, after = (
                max(abs(row[name][level] - row["value"]) for level in ("0.1", "0.9")) for name in ("prior", "posterior")
            )
            assert after < before, row["name"]


def test_a_chance_is_told_by_what_goes_unmet_and_with_nothing_unmet(weighed):
    by_region = weighed.document["p_short"]
    assert set(by_region) == set(REGIONS)
    for chance in (chance for by_year in by_region.values() for chance in by_year.values()):
        shares = [part["unmet_share"] for part in chance["by_unmet_share"]]
        assert shares == sorted(shares)
        third = np.mean([part["p_short"] for part in chance["by_unmet_share"]])
        assert third == pytest.approx(chance["posterior"], abs=0.001)
        assert chance["with_nothing_unmet"] <= chance["posterior"]
        assert set(chance["by_evidence_of_unmet"]) == set(EVIDENCE_OF_UNMET)


def test_a_figure_the_prior_does_not_reach_is_reported_and_moves_nothing(model_inputs):
    far = replace(next(one for one in model_inputs.observables if one.declared.name == "us_vacant_share"), value=0.9)
    conditioning = condition(replace(model_inputs, observables=(far,)), seed=SEED, draws=DRAWS)
    (row,) = conditioning.document["observables"]
    assert not row["used"]
    assert row["effective_sample_alone"] < LEAST_SAMPLE * DRAWS
    assert conditioning.positions is None
