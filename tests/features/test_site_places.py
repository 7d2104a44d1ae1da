"""Where sites stand: every site the trackers list is placed, and boundaries are told as such."""

from datetime import date

import pytest
from pydantic import ValidationError

from data.catalogue.stages import FacilityType, stages
from data.store.store import Store
from features.sites.pipeline import current
from features.sites.places import Counties, grid_share, place_facts, places
from features.view import View

VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
GRIDS = place_facts().grids


def test_every_tracked_site_is_placed_in_a_grid_or_outside():
    shares = {plan.site: [grid_share(grid, plan.site) for grid in GRIDS] for plan in current(VIEW, "US")}
    assert len(shares) > 60
    # One in New York, and none in New England.
    assert [sum(share > 0 for share in by_grid) for by_grid in zip(*shares.values(), strict=True)][2:] == [1, 0]
    assert not [site for site, by_grid in shares.items() if None in by_grid or sum(by_grid) > 1]


@pytest.mark.parametrize(
    ("site", "pjm", "ercot"),
    [
        ("Meta Prometheus", 1, 0),
        ("Anthropic-Amazon New Carlisle", 1, 0),
        ("Google Fort Wayne", 1, 0),
        ("OpenAI Stargate Abilene", 0, 1),
        ("Coreweave Helios", 0, 1),
        ("Goodnight", 0, 0.5),
        ("Meta Hyperion", 0, 0),
        ("Colossus 2", 0, 0),
        ("Meta Jeffersonville", 0, 0),
    ],
)
def test_a_site_counts_to_the_grid_it_stands_in(site, pjm, ercot):
    assert (grid_share("US-PJM", site), grid_share("US-ERCOT", site)) == (pjm, ercot)


def test_a_site_that_nothing_places_counts_to_no_grid():
    assert grid_share("US-PJM", "Nobody's site") is None
    assert GRIDS["US-ERCOT"].share(places()["Anthropic / Fluidstack - Texas"]) is None


@pytest.mark.parametrize("grid", GRIDS)
def test_every_county_of_a_shared_state_with_a_site_is_listed(grid):
    rows = stages(date.max, facility=FacilityType.DATA_CENTER).drop_nulls("county").select("state", "county").unique()
    missing = [place for place in rows.rows() if GRIDS[grid].share(place) is None]
    assert missing == []


def test_no_place_lies_in_two_grids_by_more_than_the_whole():
    rows = stages(date.max, facility=None).select("state", "county").unique().rows()
    for state, county in rows:
        assert sum(area.share((state, county or "")) or 0 for area in GRIDS.values()) <= 1


@pytest.mark.parametrize(
    "stated", [{"inside": ("Bell", "Bell")}, {"inside": ("Bell",), "shared": {"Bell": 0.5}}, {"shared": {"Bell": 1.0}}]
)
def test_a_county_stands_once_and_is_shared_by_a_part(stated):
    with pytest.raises(ValidationError, match="a county stands once"):
        Counties(**stated)
