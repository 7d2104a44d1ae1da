"""Plan realisation, named for the lies it prevents: terms told by nothing, growth of a list sold as delivery."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from data.base.shipped_tables import SCHEMAS
from data.store.store import Store
from features.sites.pipeline import Builder, Plan, Stage, Step, current, editions
from features.view import View
from training.plans.jumps import Moves, log_likelihood
from training.plans.realisation import Band, Identified, Realisation, Scale
from training.plans.realisation_fit import fit
from training.plans.realisation_priors import PRIORS
from training.plans.revisions import coverage, revision, revisions

STORE = Store.shipped()
EDITIONS = sorted(set(STORE.site_vintages["vintage"].to_list()))
LAST = date(2026, 11, 23)
UNIDENTIFIED = {name for name in PRIORS if name.startswith(("ever_built", "slip_rate_far"))}


@pytest.fixture(scope="module")
def view():
    return View.of(STORE, as_of=LAST)


@pytest.fixture(scope="module")
def fitted(view):
    return fit(view)


@pytest.fixture(scope="module")
def all_editions(view):
    return editions(view)


def steps(vintage, site, levels):
    return [(vintage, site, day, None, None, float(mw), None) for day, mw in levels]


def seen_as(view, rows):
    frame = pl.DataFrame(rows, schema=SCHEMAS["site_vintages"], orient="row")
    return replace(view, site_vintages=frame)


# ------------------------------------------------------------------ what an edition has seen


def test_a_date_that_passed_unseen_is_not_running(all_editions):
    plan = all_editions[date(2026, 5, 23)]["Google Pryor (North)"]
    assert plan.level(plan.edition) == 454
    assert plan.verified == 65
    assert plan.counted_unseen() == 389
    later = all_editions[date(2026, 7, 6)]["Google Pryor (North)"]
    assert later.level(date(2026, 5, 23)) < 70
    assert later.counted_unseen() == 0


def test_every_mw_of_an_edition_is_either_seen_or_planned(all_editions):
    for edition, plans in all_editions.items():
        rows = STORE.site_vintages.filter(pl.col("vintage") == edition).drop_nulls("facility_mw").sort("site", "date")
        final = rows.group_by("site").last()["facility_mw"].sum()
        assert sum(plan.final for plan in plans.values()) == pytest.approx(final)
        running = rows.filter(pl.col("date") <= edition).group_by("site").last()["facility_mw"].sum()
        assert sum(plan.level(edition) for plan in plans.values()) == pytest.approx(running)
        assert all(step.day > plan.looked for plan in plans.values() for step in plan.pending)


def test_a_split_site_is_neither_cancelled_nor_new(all_editions):
    before, after = all_editions[date(2026, 5, 23)], all_editions[date(2026, 7, 6)]
    assert before["QTS Richmond"].final == after["QTS Richmond"].final == 921
    assert (
        all_editions[EDITIONS[0]]["OpenAI Stargate Abilene"].final
        == all_editions[EDITIONS[1]]["OpenAI Stargate Abilene"].final
    )
    for earlier, later in pairwise(EDITIONS):
        assert set(all_editions[earlier]) <= set(all_editions[later]), "no tracked site was ever cancelled"


def test_stages_follow_what_was_seen_and_how_near_a_date_is(view):
    plans = {plan.site: plan for plan in current(view, "US")}
    far = [step for plan in plans.values() for step in plan.pending if step.day > date(2028, 10, 1)]
    assert far
    assert {step.stage for step in far} == {Stage.PERMITTED}
    assert plans["Meta Hyperion"].builder is Builder.SELF_BUILD
    assert plans["OpenAI Stargate New Mexico"].builder is Builder.NEWCOMER


# ------------------------------------------------------------------ what a revision is


def plan(edition, looked, verified, pending, revised=None):
    return Plan(
        site="x", builder=Builder.NEWCOMER, edition=edition, revised=revised or edition, looked=looked,
        verified_steps=tuple(verified), pending=tuple(Step(day, mw, Stage.CONSTRUCTION, 0) for day, mw in pending),
    )  # fmt: skip


FIRST, SECOND = date(2026, 1, 1), date(2026, 5, 1)
LOOKED, AGAIN = date(2025, 12, 1), date(2026, 4, 20)


def test_size_slip_and_remeasurement_are_told_apart():
    old = plan(FIRST, LOOKED, [(date(2025, 1, 1), 100.0)], [(date(2026, 6, 1), 300.0)])
    new = plan(SECOND, AGAIN, [(date(2025, 1, 1), 60.0)], [(date(2026, 7, 1), 300.0)])
    change = revision(old, new)
    assert change.remeasured == pytest.approx(0.6)
    assert change.size == pytest.approx(0.9)
    assert change.slip == pytest.approx(30.0)
    assert change.age == 120


def test_an_expansion_is_not_slip_and_dropped_phases_are_not_haste():
    old = plan(FIRST, LOOKED, [], [(date(2026, 6, 1), 100.0), (date(2028, 6, 1), 100.0)])
    expanded = plan(
        SECOND, AGAIN, [], [(date(2026, 6, 1), 100.0), (date(2028, 6, 1), 100.0), (date(2030, 6, 1), 900.0)]
    )
    assert (revision(old, expanded).slip, revision(old, expanded).size) == (0.0, 1.0)
    halved = plan(SECOND, AGAIN, [], [(date(2026, 6, 1), 100.0)])
    assert (revision(old, halved).slip, revision(old, halved).size) == (0.0, 0.5)


def test_one_step_that_comes_in_parts_is_a_ramp():
    old = plan(FIRST, LOOKED, [], [(date(2027, 1, 1), 200.0)])
    parts = [(date(2026, 12, 1), 100.0), (date(2027, 2, 1), 100.0)]
    span, mw = revision(old, plan(SECOND, AGAIN, [], parts)).ramp
    assert span == pytest.approx(12**0.5 * 31)
    assert mw == 200


def test_growth_of_the_list_is_not_delivery(view, fitted):
    entering = steps(EDITIONS[-1], "Brand new site", [(date(2020, 1, 1), 500.0)])
    entered = pl.DataFrame(entering, schema=STORE.site_vintages.schema, orient="row")
    grown = pl.concat([STORE.site_vintages, entered])
    more = replace(view, site_vintages=grown)
    assert coverage(editions(more))[EDITIONS[-1]] == coverage(editions(view))[EDITIONS[-1]] + 500.0
    assert fit(more).terms == fitted.terms
    assert [item.site for item in revisions(editions(more))[0]] == [item.site for item in revisions(editions(view))[0]]


# ------------------------------------------------------------------ the jumps


def test_the_likelihood_of_jumps_is_a_distribution():
    grid = np.linspace(-600.0, 1500.0, 4201)
    tolerance, spacing = 15.0, grid[1] - grid[0]

    def density(change):
        one = np.zeros(1, dtype=np.int64)
        moves = Moves(np.array([change]), np.array([200.0]), one, one, tolerance)
        return np.exp(log_likelihood(moves, rates=np.array([0.006]), mean=60.0, sd=80.0, common_sd=0.5))

    moved = sum(density(change) for change in grid if abs(change) > tolerance) * spacing
    assert moved + density(0.0) == pytest.approx(1.0, abs=0.01)


TRUE = {
    "look_rate": 3.0, "remeasured_rate": 0.3, "nowcast_factor": 0.8, "slip_rate_newcomer": 0.4, "slip_days": 60.0,
    "resize_rate": 1.0, "size_factor": 0.9,
}  # fmt: skip


def simulated(view, *, sites=60, windows=7, days=60, seed=5):
    """Editions of made-up sites that follow the model: 100 MW seen, one step of 200 MW far ahead."""
    rng = np.random.default_rng(seed)
    start = date(2025, 1, 1)
    state = {
        f"made up {n}": {"seen": 100.0, "due": date(2029, 3, 15) + timedelta(days=n), "final": 300.0, "age": 0,
                         "rows": [date(2024, 1, 1)]}
        for n in range(sites)
    }  # fmt: skip
    rows = []
    for window in range(windows + 1):
        edition = start + timedelta(days=window * days)
        for site, now in state.items():
            now["age"] += days if window else 0
            if window and rng.random() < 1 - np.exp(-TRUE["look_rate"] * days / 365.25):
                count = rng.poisson(TRUE["slip_rate_newcomer"] / TRUE["slip_days"] * now["age"])
                now["due"] += timedelta(days=round(count * TRUE["slip_days"] + np.sqrt(count) * 30 * rng.normal()))
                count = rng.poisson(TRUE["remeasured_rate"])
                now["seen"] *= max(1 + count * (TRUE["nowcast_factor"] - 1) + np.sqrt(count) * 0.1 * rng.normal(), 0.1)
                count = rng.poisson(TRUE["resize_rate"] * now["age"] / 365.25)
                factor = 1 + count * (TRUE["size_factor"] - 1) + np.sqrt(count) * 0.1 * rng.normal()
                now["final"] = max(now["final"] * factor, now["seen"] + 20.0)
                now["rows"].append(edition - timedelta(days=2))
                now["age"] = 0
            looks = [(day, now["seen"]) for day in now["rows"]]
            rows += steps(edition, site, [*looks, (now["due"], now["final"])])
    return seen_as(view, rows)


@pytest.mark.slow
def test_known_parameters_are_recovered_from_simulated_editions(view):
    realisation = fit(simulated(view)).terms
    for name, truth in TRUE.items():
        term = realisation[name]
        mean, sd = term.posterior.normal(term.scale)
        assert abs(term.scale.forward(truth) - mean) < 2.5 * sd, name
        assert sd < 0.5 * term.prior.normal(term.scale)[1], name
        assert term.identified is Identified.YES, name
    # No self-builder is among them: the class keeps its prior and says so.
    unseen = realisation["slip_rate_self_build"]
    assert unseen.identified is Identified.NO
    assert unseen.posterior.low == pytest.approx(unseen.prior.low, rel=0.02)


# ------------------------------------------------------------------ what is told and what is not


def test_what_the_editions_cannot_tell_stays_its_named_prior(fitted):
    for name, term in fitted.terms.items():
        assert len(term.source) > 10
        assert term.posterior.low < term.posterior.high
        if name in UNIDENTIFIED:
            assert (term.posterior, term.count, term.identified) == (term.prior, 0, Identified.NO)
        else:
            assert term.count > 0
            assert term.posterior != term.prior


@pytest.mark.parametrize("day", [date(2025, 6, 1), EDITIONS[0], EDITIONS[1] - timedelta(days=1)])
def test_before_the_second_edition_there_are_priors_only_and_it_says_so(day):
    realisation = fit(View.of(STORE, as_of=day))
    assert "every term is its prior" in realisation.reason
    assert all(term.posterior == term.prior and term.identified is Identified.NO for term in realisation.terms.values())
    assert fit(View.of(STORE, as_of=EDITIONS[1])).reason is None


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(day, marks=[] if day in {EDITIONS[1], EDITIONS[-1] - timedelta(days=1)} else [pytest.mark.nightly])
        for day in [*EDITIONS[:-1], *(edition - timedelta(days=1) for edition in EDITIONS)]
    ],
)
def test_no_edition_after_the_day_is_read(day):
    late = pl.col("vintage") > day
    garbled = STORE.site_vintages.with_columns(
        pl.when(late).then(pl.col("facility_mw") * 7 + 1).otherwise(pl.col("facility_mw")).alias("facility_mw")
    )
    changed = replace(STORE, site_vintages=garbled)
    assert fit(View.of(changed, as_of=day)) == fit(View.of(STORE, as_of=day))


def test_what_is_published_reads_back_equal(fitted):
    assert Realisation.from_json(json.loads(json.dumps(fitted.to_json(), allow_nan=False))) == fitted


def test_a_band_and_its_normal_are_one_thing():
    for scale, low, high in ((Scale.LOG, 0.5, 6.0), (Scale.PLAIN, -1.0, 3.0), (Scale.LOGIT, 0.2, 0.9)):
        band = Band.of(*Band(low, high).normal(scale), scale)
        assert (band.low, band.high) == (pytest.approx(low), pytest.approx(high))
        assert low < band.middle(scale) < high
