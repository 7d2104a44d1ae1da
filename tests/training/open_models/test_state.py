"""The log-ratio model of shares: against brute force, against itself reordered, and on worlds of its own making."""

import json
from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy_scores import scoringrules
from versions import version

from data.base.errors import ArtifactCorrupt, InvalidParameter, NotFound
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.open_models import ProxyName, compositions
from features.view import View
from training.core.scores import energy_score
from training.open_models.fit import LEAST_MONTHS, fit, model, scores
from training.open_models.log_ratios import PRIORS, grid, log_ratios, posterior, predicted, shares_of
from training.open_models.state import OpenModels, Posterior
from training.tracking.record import open_model_rows

FIRST = Period(date(2026, 1, 1), Frequency.MONTH)
VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))


@lru_cache(maxsize=1)
def router():
    return compositions(VIEW)[0][ProxyName.ROUTER_OPEN]


def months(count, *, gap=0):
    """Consecutive months, with some left out before the last."""
    return [FIRST.shift(step + (gap if step == count - 1 else 0)) for step in range(count)]


def brute(shares, when, point):
    """Log likelihood and filtered mean and variance of one point, by the joint normal of all ratios, one by one."""
    level_sd, passing_sd, drift_sd, damping = point
    ratios, steps = log_ratios(shares), [when[0].steps_to(month) for month in when]
    move = np.array([[1.0, 1.0], [0.0, damping]])
    noise = np.diag([level_sd**2, drift_sd**2 * (1 - damping**2)])
    powers = [np.linalg.matrix_power(move, step) for step in range(steps[-1] + 1)]
    begin = np.diag([passing_sd**2, drift_sd**2])
    states = {}
    for one in steps:
        for other in steps:
            shared = (
                sum(powers[one - k] @ noise @ powers[other - k].T for k in range(1, min(one, other) + 1))
                + powers[one] @ begin @ powers[other].T
            )
            states[one, other] = shared
    later = steps[1:]
    cov = np.array([[states[a, b][0, 0] + (passing_sd**2 if a == b else 0.0) for b in later] for a in later])
    width = ratios.shape[1]
    between = np.eye(width) + 1.0
    miss = (ratios[1:] - ratios[0]).T.reshape(-1)
    whole = np.kron(between, cov)
    _, size = np.linalg.slogdet(whole)
    likelihood = -0.5 * (size + miss @ np.linalg.solve(whole, miss))
    to_last = np.array([states[later[-1], b][0, 0] for b in later])
    mean = ratios[0] + (to_last @ np.linalg.solve(cov, (ratios[1:] - ratios[0])))
    return likelihood, mean, states[later[-1], later[-1]][0, 0] - to_last @ np.linalg.solve(cov, to_last)


@pytest.mark.parametrize("gap", [0, 4])
def test_the_filter_is_the_joint_normal_of_all_months(gap):
    shares, when = router().shares[:5], months(5, gap=gap)
    state, points = posterior(shares, when), grid()
    expected = [brute(shares, when, point) for point in points]
    likelihoods = np.array([one for one, _, _ in expected])
    weights = np.exp(likelihoods - likelihoods.max())
    assert state.weights == pytest.approx(weights / weights.sum(), rel=1e-6)
    assert state.level == pytest.approx(np.array([mean for _, mean, _ in expected]))
    assert state.cov[:, 0, 0] == pytest.approx(np.array([variance for _, _, variance in expected]))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.permutations(range(4)))
def test_no_choice_of_the_last_part_changes_a_forecast(order):
    shares, when = router().shares, router().months
    one, other = posterior(shares, when), posterior(shares[:, order], when)
    assert other.weights == pytest.approx(one.weights)
    assert other.cov == pytest.approx(one.cov)
    whole = np.pad(one.level, ((0, 0), (0, 1)))[:, order]
    assert other.level == pytest.approx(whole[:, :-1] - whole[:, -1:])


def test_one_month_leaves_the_prior_as_it_is():
    state = posterior(router().shares[:1], router().months[:1])
    assert state.weights == pytest.approx(1 / len(state.weights))
    assert shares_of(np.pad(state.level[0], (0, 1))) == pytest.approx(router().shares[0])
    assert (state.drift == 0).all()


def test_a_forecast_widens_with_every_month_ahead_and_sums_to_one():
    state = posterior(router().shares, router().months)
    widths = []
    for ahead in (1, 3, 6, 12):
        draws = predicted(state, ahead=ahead, draws=4000, rng=np.random.default_rng(1))
        assert draws.sum(axis=1) == pytest.approx(1.0)
        widths.append(np.subtract(*np.quantile(draws[:, 0], (0.9, 0.1))))
    assert widths == sorted(widths)


def test_bands_hold_in_worlds_drawn_from_the_prior():
    rng, points, inside = np.random.default_rng(5), grid(), []
    for _ in range(300):
        level_sd, passing_sd, drift_sd, damping = points[rng.integers(len(points))]
        level, drift = np.log([0.5, 0.2, 0.3]), drift_sd * rng.standard_normal(3)
        shares = []
        for _ in range(10):
            shares.append(shares_of(level + passing_sd * rng.standard_normal(3)))
            level = level + drift + level_sd * rng.standard_normal(3)
            drift = damping * drift + drift_sd * np.sqrt(1 - damping**2) * rng.standard_normal(3)
        state = posterior(np.array(shares[:7]), months(7))
        low, high = np.quantile(predicted(state, ahead=3, draws=400, rng=rng)[:, 0], (0.1, 0.9))
        inside.append(low <= shares[9][0] <= high)
    assert 0.74 < np.mean(inside) < 0.86


def test_eight_months_are_15_scores_of_five_origins_in_each_of_three_methods():
    rows = scores(router(), seed=1)
    assert [score.method for score in rows] == ["state_space", "random_walk", "last_value"]
    assert {(score.n, score.origins, score.furthest) for score in rows} == {(15, 5, 5)}
    assert rows[2].covered_80 is None
    assert all(score.energy > 0 and score.crps_cn > 0 for score in rows)


def test_a_single_figure_is_never_scored():
    one = compositions(VIEW)[0][ProxyName.DERIVATIVES]
    assert len(one.months) < LEAST_MONTHS
    assert model(one, seed=1).scores == ()


def test_what_is_published_reads_back_and_names_its_priors():
    open_models = fit(VIEW, seed=1)
    read_back = OpenModels.from_json(json.loads(json.dumps(open_models.to_json())))
    assert read_back.to_json() == open_models.to_json()
    assert set(read_back.proxies) == {name.value for name in ProxyName}
    assert all(prior["reason"] and prior["p10"] < prior["p90"] for prior in read_back.priors.values())
    assert read_back.proxies["router_open"].observed == 8


def test_a_posterior_of_other_shapes_is_refused():
    content = posterior(router().shares, router().months).to_json()
    with pytest.raises(ValueError, match="shapes"):
        Posterior.from_json(content | {"weights": [1.0]})


def test_the_energy_score_is_that_of_scoringrules():
    rng = np.random.default_rng(2)
    draws, truth = rng.dirichlet((2, 3, 4), size=50), np.array([0.2, 0.3, 0.5])
    assert energy_score(draws, observed=truth) == pytest.approx(float(scoringrules.es_ensemble(truth, draws)))
    assert energy_score(draws[:, :1], observed=truth[:1]) == pytest.approx(
        float(scoringrules.crps_ensemble(truth[0], draws[:, 0], estimator="nrg"))
    )
    with pytest.raises(InvalidParameter):
        energy_score(draws, observed=truth[:2])


def test_a_version_carries_the_layer_with_its_hash_an_older_says_what_to_do(tmp_path):
    open_models = fit(VIEW, seed=1)
    with_it = version(tmp_path, "m-1", None, shares=open_models.to_json())
    assert with_it.open_models().to_json() == open_models.to_json()
    rows = open_model_rows(with_it)
    assert [(row["proxy"], row["method"]) for row in rows[:3]] == [
        ("router_all", "state_space"), ("router_all", "random_walk"), ("router_all", "last_value"),
    ]  # fmt: skip
    without = version(tmp_path, "m-2", None)
    assert open_model_rows(without) == []
    with pytest.raises(NotFound, match="headroom train"):
        without.open_models()


def test_a_document_that_is_no_model_is_corrupt_and_not_a_crash(tmp_path):
    with pytest.raises(ArtifactCorrupt, match="not a model of shares"):
        version(tmp_path, "m-3", None, shares={"as_of": "2026-11-23"}).open_models()


@pytest.mark.parametrize(("name", "low", "high"), [("level_sd", 0.03, 0.25), ("half_life", 2.0, 12.0)])
def test_the_grid_stands_for_the_stated_band(name, low, high):
    fine = replace(PRIORS[name], points=1000).grid()
    assert np.quantile(fine, (0.1, 0.9)) == pytest.approx((low, high), rel=0.01)
    assert low < PRIORS[name].grid().min() + 0.5 * low
    assert PRIORS[name].grid().max() < 1.01 * high
