"""Draws of planned sites, named for the lies they prevent: a plan sold as delivery, a sum narrower than its parts."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.engine_inputs import shipped_terms
from data.store.store import Store
from features.sites.pipeline import Builder, Plan, Stage, Step, current
from features.view import View
from projection.base.streams import normals
from projection.base.timeline import Timeline
from projection.inputs.assumptions import Assumptions
from projection.inputs.distributions import Lognormal
from projection.scenarios import library
from projection.sites.buildout import us_additions, us_arrivals
from projection.sites.realisation import SiteShocks, arriving, common_chance, moves, printed

DRAWS = 3000
TIMELINE = Timeline(2025)
DAYS = [quarter.end for quarter in TIMELINE.quarters]
VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
REALISATION = shipped_terms()
PLANS = current(VIEW, "US")
ENERGY = Lognormal(distribution="lognormal", p10=100.0, p90=200.0)
ASSUMPTIONS, _ = (
    Assumptions.shipped().fitted(REALISATION).grounded({"us_energy_base": ENERGY, "world_energy_base": ENERGY})
)
LATENT = ASSUMPTIONS.latent(seed=7, draws=DRAWS)
BASE = ASSUMPTIONS.values(LATENT)
FACE = ASSUMPTIONS.values(LATENT, library.scenario("plans-on-time", ASSUMPTIONS))
EDITION = date(2026, 8, 3)


def realised(plans, values, *, days=DAYS, seed=7, draws=DRAWS, since=None, shocks=None):
    return arriving(
        plans, values, shocks or SiteShocks(seed, draws), region="US", days=days,
        evidence_days=REALISATION.evidence_days, since=since,
    )  # fmt: skip


def planned(site="one", *, verified=0.0, due=date(2027, 5, 17), mw=100.0, halfwidth=0, stage=Stage.CONSTRUCTION):
    return Plan(
        site=site, builder=Builder.NEWCOMER, edition=EDITION, revised=EDITION, looked=date(2026, 6, 1),
        verified_steps=((date(2024, 1, 1), verified),) if verified else (), pending=(Step(due, mw, stage, halfwidth),),
    )  # fmt: skip


def terms(**values):
    """Face value but for the given terms, the same in every draw."""
    return FACE | {f"site_{name}": np.full(DRAWS, value) for name, value in values.items()}


def test_zero_plans_give_zero_deliverable():
    assert (realised((), BASE) == 0).all()
    start = np.full(DRAWS, 50.0)
    arrivals = us_arrivals((), BASE, SiteShocks(7, DRAWS), TIMELINE, evidence_days=232)
    empty = us_additions(arrivals, start, BASE, TIMELINE).total
    assert (empty[:, 0] == 0).all()
    opened = BASE["us_colo_under_construction"] * BASE["us_colo_completion"] * BASE["us_colo_built"] * 50.0 / 4
    outside = opened * BASE["us_colo_outside_tracker"]
    assert np.allclose(empty[:, 1], outside), "what is added without a plan is the colocation term alone"


def test_plans_at_face_value_are_exactly_the_plan_in_every_draw():
    face = np.array([sum(plan.level(day) for plan in PLANS) for day in DAYS])
    assert np.allclose(realised(PLANS, FACE), face)
    since = date(2025, 12, 31)
    start = sum(plan.level(since) for plan in PLANS)
    assert np.allclose(realised(PLANS, FACE, since=since), face - start)


def test_a_plan_is_not_a_delivery():
    face = np.array([sum(plan.level(day) for plan in PLANS) for day in DAYS])
    year_end = realised(PLANS, BASE)[:, [3, 7, 11]]
    assert (np.quantile(year_end, 0.9, axis=0) < face[[3, 7, 11]]).all()
    assert (np.median(year_end, axis=0) > 0.4 * face[[3, 7, 11]]).all()


def test_a_step_on_a_boundary_is_spread_over_the_span_it_stands_for():
    due, half = date(2028, 12, 31), 182
    ends = [due + timedelta(days=offset) for offset in (-183, -91, 0, 91, 182)]
    shares = (realised([planned(due=due, halfwidth=half)], terms(placeholder_spread=1.0), days=ends) / 100).mean(axis=0)
    assert shares == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0], abs=0.03)
    exact = realised([planned(due=due)], terms(placeholder_spread=1.0), days=ends)
    assert (exact == [0, 0, 100, 100, 100]).all()


@pytest.mark.parametrize(("correlation", "relative_sd"), [(0.0, 0.10), (0.2, 0.46)])
def test_shocks_shared_by_a_region_widen_its_sum(correlation, relative_sd):
    sites = [planned(f"equal {number}", due=date(2027, 1, 15)) for number in range(100)]
    values = terms(ever_built_construction=0.5, ever_built_correlation=correlation)
    total = realised(sites, values, days=[date(2030, 12, 31)])[:, 0]
    assert total.mean() == pytest.approx(5000, rel=0.03)
    assert total.std() / total.mean() == pytest.approx(relative_sd, abs=0.015)


def test_shared_slip_makes_a_sum_wider_than_independent_slips():
    sites = [planned(f"equal {number}", due=date(2027, 1, 15)) for number in range(60)]
    slips = {"slip_rate_newcomer": 0.5, "slip_days": 50.0, "slip_spread": 80.0}
    widths = [
        realised(sites, terms(**slips, slip_common_sd=shared), days=[date(2027, 3, 31)])[:, 0].std()
        for shared in (0.0, 0.5)
    ]
    assert widths[1] > 1.5 * widths[0]


def test_a_regions_share_keeps_its_mean_and_has_the_stated_correlation():
    z = normals(1, "test", 100_000)
    for share, rho in ((0.5, 0.2), (0.9, 0.1), (0.1, 0.3)):
        chances = common_chance(np.full(z.size, share), np.full(z.size, rho), z)
        assert chances.mean() == pytest.approx(share, abs=0.005)
        assert chances.var() / (share * (1 - share)) == pytest.approx(rho, abs=0.01)
    assert (common_chance(np.ones(9), np.full(9, 0.2), z[:9]) == 1).all()


def test_same_seed_same_draws_to_the_last_bit_and_a_site_keeps_its_own():
    assert np.array_equal(realised(PLANS, BASE), realised(PLANS, BASE))
    assert not np.array_equal(realised(PLANS, BASE), realised(PLANS, BASE, seed=8))
    apart = sum(realised([plan], BASE) for plan in PLANS[:6])
    assert np.allclose(apart, realised(PLANS[:6], BASE))


def test_growth_of_the_list_is_not_delivery():
    entering = replace(planned("entering", verified=335.0), pending=())
    assert (realised([entering], BASE, since=date(2025, 12, 31)) == 0).all()


def test_what_was_counted_too_early_comes_with_the_rest():
    site = planned(verified=200.0, mw=100.0)
    values = terms(remeasured_rate=20.0, remeasured_common_sd=0.0, nowcast_factor=0.99, nowcast_spread=0.0)
    level = realised([site], values, days=[date(2026, 12, 31), date(2028, 12, 31)])
    assert (level[:, 0] < 200).all()
    assert level[:, 0].mean() == pytest.approx(160, abs=2)
    assert np.allclose(level[:, 1], 300), "a site re-measured still ends at its size"


def test_nothing_pending_arrives_before_the_last_look():
    values = terms(slip_rate_newcomer=1.0, slip_days=1.0, slip_spread=400.0)
    assert (realised([planned()], values, days=[date(2026, 6, 1)]) == 0).all()


def test_later_stages_are_built_no_more_often():
    totals = [
        realised([planned(stage=stage)], BASE, days=[date(2045, 12, 31)])
        for stage in (Stage.CONSTRUCTION, Stage.PERMITTED, Stage.ANNOUNCED)
    ]
    built = [(total > 0).mean() for total in totals]
    assert built[0] > built[1] > built[2]


def test_a_site_nobody_looks_at_prints_its_plan():
    target = date(2026, 12, 1)
    never = BASE | {"site_look_rate": np.zeros(DRAWS), "site_look_common_sd": np.full(DRAWS, 0.4)}
    levels = printed(PLANS, never, SiteShocks(7, DRAWS), region="US", edition=target)
    assert all((levels[plan.site] == plan.level(target)).all() for plan in PLANS)
    often = never | {"site_look_rate": np.full(DRAWS, 50.0)}
    visited = printed(PLANS, often, SiteShocks(7, DRAWS), region="US", edition=target)
    assert sum(visited.values()).mean() < sum(plan.level(target) for plan in PLANS)


def test_a_held_group_is_not_random():
    constant = {name: np.full_like(draws, np.median(draws)) for name, draws in BASE.items()}
    for remeasured, moving in ((False, False), (True, False), (False, True)):
        shocks = SiteShocks(7, DRAWS, remeasured=remeasured, moving=moving)
        width = realised(PLANS, constant, shocks=shocks)[:, 7].std()
        assert (width > 1.0) == (remeasured or moving)


def test_counts_are_poisson_and_never_fall_with_the_mean():
    uniform = np.random.default_rng(3).random(200_000)
    low, high = (moves(np.full(uniform.size, mean), uniform) for mean in (0.4, 2.5))
    assert (high >= low).all()
    for count, mean in ((low, 0.4), (high, 2.5)):
        assert count.mean() == pytest.approx(mean, rel=0.02)
        assert count.var() == pytest.approx(mean, rel=0.03)
