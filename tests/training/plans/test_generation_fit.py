"""Realisation of generation plans: told by pairs, shared between technologies, a prior where nothing tells."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from data.store.store import Store
from features.generation.bases import Alternating
from features.generation.pairs import Pair, pairs
from features.generation.plans import PLANNED_IN_YEARS, Technology
from features.view import View
from projection.inputs.assumptions import Assumptions
from training.plans.generation_fit import lateness, log_lateness, share_built, terms
from training.plans.generation_priors import COMMON_SD, EVER_BUILT, PRIORS, delay
from training.plans.realisation import Identified, Scale

STORE = Store.shipped()
NOW = date(2026, 11, 23)
VIEW = View.of(STORE, as_of=NOW)
EVER = PRIORS[EVER_BUILT].band.middle(Scale.LOGIT)


def pair(kind, year, late, *, years=1.0):
    share = float(share_built(late, years, EVER))
    parts = ((kind, 1.0),)
    return Pair(parts, year, years, Alternating(10.0), Alternating(10.0 * share), date(year + 1, 1, 1), None)


@pytest.mark.parametrize("late", [0.05, 0.2, 0.9])
@pytest.mark.parametrize("years", [0.5, 1.0])
def test_lateness_and_the_share_built_are_one_thing(late, years):
    assert log_lateness(float(share_built(late, years, EVER)), years) == pytest.approx(np.log(late))


def test_lateness_is_that_of_a_simulated_pipeline():
    # Units fall due evenly, each is late by its own time: what is overdue is the rate times the mean lateness.
    rng = np.random.default_rng(4)
    due = np.sort(rng.uniform(0.0, 400.0, 400_000))
    late = rng.gamma(0.5, 0.6, due.size)
    for years in (0.5, 1.0):
        share = []
        for start in range(50, 380, 5):
            planned = (due < start + years) & (due + late >= start)
            built = planned & (due + late < start + years)
            share.append(built.sum() / planned.sum())
        assert np.exp(log_lateness(EVER * float(np.mean(share)), years)) == pytest.approx(0.3, rel=0.05)


def test_known_lateness_is_recovered_and_years_share_their_luck():
    rng = np.random.default_rng(1)
    truth, common = {kind: 0.15 + 0.1 * place for place, kind in enumerate(PLANNED_IN_YEARS)}, 0.5
    pairs = [
        pair(kind, year, late * np.exp(shock + 0.2 * rng.normal()))
        for year, shock in zip(range(2000, 2025), common * rng.normal(size=25), strict=True)
        for kind, late in truth.items()
    ]
    estimate = lateness(pairs)
    for place, late in enumerate(truth.values()):
        assert abs(estimate.mean[place] - np.log(late)) < 2.5 * np.sqrt(estimate.covariance[place, place])
    assert abs(estimate.common_mean - np.log(common)) < 2.5 * estimate.common_sd
    assert estimate.common_sd < 0.3


def test_one_technology_speaks_for_the_others_and_less_than_for_itself():
    own_terms, prior = lateness([pair(Technology.SOLAR, 2025, 0.05)]), lateness([])
    moved = prior.mean - own_terms.mean
    assert moved[0] > moved[1] > 0.5 * moved[0]
    sd = np.sqrt(np.diag(own_terms.covariance))
    assert sd[0] < sd[1] < np.sqrt(prior.covariance[1, 1])


def test_overlapping_windows_of_a_year_are_not_two_years():
    once = lateness([pair(Technology.SOLAR, 2025, 0.2)])
    twice = lateness([pair(Technology.SOLAR, 2025, 0.2), pair(Technology.SOLAR, 2025, 0.2, years=0.5)])
    other = lateness([pair(Technology.SOLAR, 2025, 0.2), pair(Technology.SOLAR, 2024, 0.2)])
    assert other.covariance[0, 0] < twice.covariance[0, 0] < once.covariance[0, 0]
    assert twice.covariance[0, 0] > 0.8 * once.covariance[0, 0]


def test_what_no_pair_tells_stays_its_named_prior():
    by_name = terms(VIEW)
    assert set(by_name) == set(PRIORS)
    for name in (EVER_BUILT, "generation_delay_nuclear", "generation_delay_retirement", "generation_ever_restarted"):
        assert (by_name[name].posterior, by_name[name].count, by_name[name].identified) == (
            by_name[name].prior, 0, Identified.NO,
        )  # fmt: skip
    for kind in PLANNED_IN_YEARS:
        assert by_name[delay(kind)].count > 0
        assert by_name[delay(kind)].identified is Identified.YES
    assert by_name[COMMON_SD].identified is not Identified.YES


def test_before_the_first_pair_everything_is_its_prior():
    by_name = terms(View.of(STORE, as_of=date(2020, 1, 1)))
    assert all(term.identified is Identified.NO for term in by_name.values())
    assert all(term.posterior.low == pytest.approx(term.prior.low, rel=1e-4) for term in by_name.values())


@pytest.mark.parametrize("day", [date(2023, 8, 8), date(2025, 12, 15), date(2026, 2, 20) - timedelta(days=1)])
def test_no_figure_after_the_day_is_read(day):
    late = pl.col("published").fill_null(NOW) > day
    garbled = STORE.observations.with_columns(
        pl.when(late).then(pl.col("value") * 7 + 1).otherwise(pl.col("value")).alias("value")
    )
    changed = replace(STORE, observations=garbled)
    assert terms(View.of(changed, as_of=day)) == terms(View.of(STORE, as_of=day))


def test_the_stated_correlation_is_about_that_of_the_fit():
    stated = {frozenset(pair): rho for *pair, rho in Assumptions.shipped().correlations}
    correlation = lateness(pairs(VIEW)).correlation
    for (i, one), (j, other) in combinations(enumerate(PLANNED_IN_YEARS), 2):
        assert stated[frozenset({delay(one), delay(other)})] == pytest.approx(correlation[i, j], abs=0.15)


def test_gas_completes_more_of_its_requests_than_batteries():
    by_name = terms(VIEW)
    assert by_name["generation_queue_gas"].median > 1.5 * by_name["generation_queue_battery"].median
