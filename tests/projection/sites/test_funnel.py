"""Draws of the funnel: identities in every draw, one shock for all sites, and what is dormant is not built."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.engine_inputs import shipped_terms
from data.store.store import Store
from features.sites.funnel import FunnelStage, Tracker, site_funnel
from features.view import View
from projection.edition.funnel import ASSUMPTIONS, document
from projection.inputs.assumptions import Assumptions
from projection.inputs.distributions import Fixed
from projection.sites.funnel import SHARES, SITE_STAGES, draw
from projection.sites.realisation import SiteShocks

DRAWS = 2000
SHOCKS = SiteShocks(3, DRAWS)
VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
# The funnel reads no base of energy.
ENERGY = dict.fromkeys(("us_energy_base", "world_energy_base"), Fixed(distribution="fixed", value=1.0))
TERMS, _ = Assumptions.shipped().fitted(shipped_terms()).grounded(ENERGY)
LATENT = TERMS.latent(seed=3, draws=DRAWS, only=ASSUMPTIONS)
VALUES = TERMS.values({name: LATENT[name] for name in ASSUMPTIONS})
FUNNELS = {region: site_funnel(VIEW, region) for region in ("US", "US-PJM", "US-NYISO", "US-ISONE", "US-TX")}
PARTS = [region for region in FUNNELS if region != "US"]
US = draw(FUNNELS["US"], VALUES, SHOCKS)


@pytest.mark.parametrize("region", FUNNELS)
def test_what_is_energised_or_dormant_is_at_most_the_stage_in_every_draw(region):
    funnel_draws = draw(FUNNELS[region], VALUES, SHOCKS)
    for stage in SITE_STAGES:
        assert (funnel_draws.gw[stage] > 0).all() == (FUNNELS[region].printed(stage) > 0)
        assert (funnel_draws.energised[stage] >= 0).all()
        assert (
            funnel_draws.energised[stage] + funnel_draws.dormant[stage] <= funnel_draws.gw[stage] * (1 + 1e-9)
        ).all()
    assert np.array_equal(funnel_draws.energised[FunnelStage.ENERGISED], funnel_draws.gw[FunnelStage.ENERGISED])


def test_parts_of_the_country_add_up_to_at_most_the_country_in_every_draw():
    parts = [draw(FUNNELS[region], VALUES, SHOCKS) for region in PARTS]
    for stage in SITE_STAGES:
        for quantity in ("gw", "dormant", "energised"):
            together = np.sum([getattr(part, quantity)[stage] for part in parts], axis=0)
            assert (together <= getattr(US, quantity)[stage] + 1e-9).all()
    assert not set.intersection(*({one.name for one in FUNNELS[region].projects} for region in PARTS))


def test_epochs_megawatts_are_as_printed_and_the_others_are_resized():
    alone = replace(FUNNELS["US"], projects=tuple(p for p in FUNNELS["US"].projects if p.tracker is Tracker.EPOCH))
    funnel_draws = draw(alone, VALUES, SHOCKS)
    assert funnel_draws.gw[FunnelStage.CONSTRUCTION] == pytest.approx(alone.printed(FunnelStage.CONSTRUCTION) / 1000)
    assert US.gw[FunnelStage.PROPOSED].std() > 5


def test_a_share_of_one_builds_all_that_is_not_dormant():
    certain = VALUES | {name: np.full(DRAWS, 1.0) for name in SHARES.values()}
    all_built = draw(FUNNELS["US"], certain, SHOCKS)
    never = draw(FUNNELS["US"], VALUES | {name: np.zeros(DRAWS) for name in SHARES.values()}, SHOCKS)
    for stage in SHARES:
        assert all_built.energised[stage] == pytest.approx(all_built.gw[stage] - all_built.dormant[stage])
        assert (never.energised[stage] == 0).all()
    assert (all_built.dormant[FunnelStage.PROPOSED] > 0).mean() > 0.95


def test_shared_cancellation_widens_the_sum():
    alone = draw(FUNNELS["US"], VALUES | {"site_ever_built_correlation": np.zeros(DRAWS)}, SHOCKS)
    widths = [np.diff(np.quantile(d.energised[FunnelStage.PROPOSED], (0.1, 0.9)))[0] for d in (US, alone)]
    assert widths[0] > 1.2 * widths[1]
    # The stages of one draw fare alike.
    together = np.corrcoef(US.energised[FunnelStage.PROPOSED], US.energised[FunnelStage.PERMITTED])[0, 1]
    assert together > 0.4


def test_draws_do_not_depend_on_their_block():
    later = draw(
        FUNNELS["US-PJM"],
        {name: values[1000:] for name, values in VALUES.items()},
        SiteShocks(3, DRAWS - 1000, 1000),
    )
    whole = draw(FUNNELS["US-PJM"], VALUES, SHOCKS)
    assert np.array_equal(later.gw[FunnelStage.PROPOSED], whole.gw[FunnelStage.PROPOSED][1000:])


def test_a_document_tells_every_stage_or_why_there_is_none():
    funnels = document(VIEW, TERMS, base_year=2025, seed=3, draws=DRAWS)
    for region in ("US", "US-PJM"):
        funnel = funnels["regions"][region]
        by_stage = {entry["stage"]: entry for entry in funnel["stages"]}
        assert [FunnelStage(name) for name in by_stage] == list(FunnelStage)
        for entry in by_stage.values():
            for level, value in entry["energised"].items():
                assert value <= entry["gw"][level] * (1 + 1e-5)
            assert (entry["counted_by"] == "grids") == bool(entry["items"])
        assert by_stage["contracted"]["measured"]["share"] == 0.581
        assert by_stage["under_construction"]["measured"] is None
        printed = sum(entry["printed_gw"] for entry in by_stage.values() if entry["counted_by"] == "sites")
        assert printed == pytest.approx(funnel["total"]["printed_gw"], rel=1e-4)
    assert set(funnels["reasons"]) >= {"CN", "WORLD", "US-MISO"}
    for region in ("US-NYISO", "US-ISONE", "US-ERCOT"):
        assert funnels["regions"][region]["missing"] == ["requested", "contracted"]
        assert not any("partly" in note or "chart" in note for note in funnels["regions"][region]["notes"])
    assert by_stage["requested"]["printed_gw"] == 28
    assert by_stage["contracted"]["printed_gw"] == 32


def test_a_document_of_an_early_day_lacks_what_was_not_known():
    early = document(
        View.of(Store.shipped(), as_of=date(2026, 7, 1)), TERMS, base_year=2025, seed=3, draws=200, regions=("US-PJM",)
    )
    funnel = early["regions"]["US-PJM"]
    assert set(funnel["missing"]) == {"requested", "contracted"}
    assert all(entry["measured"] is None for entry in funnel["stages"])
    assert "compute_atlas" not in funnel["trackers"]
