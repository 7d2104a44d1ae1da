"""The funnel of sites: every project once, at its furthest stage, and as known on the day."""

from dataclasses import replace
from datetime import date

import pytest

from data.base.errors import NotFound
from data.catalogue.stages import crosswalk, edition
from data.store.store import Store
from features.sites.funnel import FunnelStage, Tracker, has_funnel, measured_rates, site_funnel
from features.sites.pipeline import current
from features.sites.places import place_facts
from features.view import View

STORE = Store.shipped()
LAST = date(2026, 11, 23)
VIEW = View.of(STORE, as_of=LAST)
US = site_funnel(VIEW, "US")


def names(projects, tracker):
    return {project.name for project in projects if project.tracker is tracker}


def test_nothing_the_crosswalk_joins_is_counted_by_two_trackers():
    epoch, atlas = names(US.projects, Tracker.EPOCH), names(US.projects, Tracker.ATLAS)
    other = names(US.projects, Tracker.ANNOUNCEMENTS)
    pairs = set(crosswalk().drop_nulls("site_id").select("our_site", "site_id").rows())
    pairs |= {(name, site) for name, sites in place_facts().matches.items() for site in sites}
    assert len([name for name, _ in pairs if name in epoch]) > 40
    assert not [pair for pair in pairs if pair[0] in epoch | other and pair[1] in atlas]
    # A name of one announcement that means several sites of the tracker leaves one of them.
    citadel = [name for name in atlas if "citadel" in name]
    assert len(citadel) == 1


def test_every_listing_is_counted_or_a_duplicate_and_epochs_are_all_counted():
    assert names(US.projects, Tracker.EPOCH) == {plan.site for plan in current(VIEW, "US")}
    centers = edition(LAST).filter(facility_type="data_center")
    alive = set(centers.filter(centers["stage"] != "cancelled")["site_id"])
    counted, again = names(US.projects, Tracker.ATLAS), names(US.duplicates, Tracker.ATLAS)
    assert counted < alive
    assert not counted & again
    assert alive <= counted | again
    assert sum(project.total for project in US.duplicates) > 30_000


def test_energy_of_plants_on_a_site_is_no_load():
    homer = next(project for project in US.projects if project.name == "homer-city-energy-campus-pa")
    assert homer.total == 0


def test_stopped_projects_are_those_of_the_remarks():
    assert (US.stopped, US.proposed) == (17, 210)
    assert {project.stage for project in US.projects if project.stopped} <= {
        FunnelStage.PROPOSED,
        FunnelStage.PERMITTED,
    }


def test_a_part_is_at_most_the_country_and_what_lies_partly_in_a_grid_is_told():
    pjm = site_funnel(VIEW, "US-PJM")
    for stage in FunnelStage:
        assert pjm.printed(stage) <= US.printed(stage)
    area = place_facts().grids["US-PJM"]
    states = {project.place[0] for project in pjm.projects}
    assert set(area.whole) < states <= {*area.whole, "IL", "IN", "KY", "MI"}
    # A county that is shared, and nothing that is not placed.
    assert {project.place for project in pjm.elsewhere} == {("NC", "Edgecombe")}
    assert not [project for project in US.projects if project.place is None]


def test_a_day_knows_no_later_edition():
    early = site_funnel(View.of(STORE, as_of=date(2026, 7, 1)), "US")
    assert Tracker.ATLAS not in early.editions
    assert early.printed(FunnelStage.PROPOSED) == 0
    assert early.sizes.size == 0
    assert early.editions[Tracker.EPOCH] == date(2026, 5, 23)
    august = site_funnel(View.of(STORE, as_of=date(2026, 8, 10)), "US")
    assert august.editions[Tracker.ATLAS] <= date(2026, 8, 10)
    assert august.proposed < US.proposed
    assert not measured_rates(date(2026, 8, 15))
    assert measured_rates(date(2026, 8, 16))[FunnelStage.REQUESTED]["value"] == 0.228


def test_rows_published_later_change_nothing_of_an_earlier_day():
    day = date(2026, 8, 10)
    cut = replace(STORE, site_vintages=STORE.site_vintages.filter(STORE.site_vintages["vintage"] <= day))
    assert site_funnel(View.of(cut, as_of=day), "US").projects == site_funnel(View.of(STORE, as_of=day), "US").projects


@pytest.mark.parametrize("region", ["CN", "US-MISO", "WORLD"])
def test_a_region_without_a_funnel_says_why(region):
    assert not has_funnel(region)
    with pytest.raises(NotFound) as error:
        site_funnel(VIEW, region)
    assert len(error.value.remedy) > 40


def test_before_the_first_edition_there_is_none():
    with pytest.raises(NotFound):
        site_funnel(View.of(STORE, as_of=date(2025, 1, 1)), "US")
