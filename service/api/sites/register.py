"""Every site that two trackers list, each once: whose it is, where it stands, how far it is, and what was planned when.

Epoch AI's sites have plans by edition; of the rest Compute Atlas has a stage and mostly a size. A site that both list
is Epoch's, as in the funnel. Announcements of other sources are counted there and not listed here: their licence is
not stated.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import polars as pl

from data.base.errors import NotFound
from data.base.regions import REGIONS, Level
from data.base.regions import region as region_of
from data.catalogue.stages import FacilityType, edition, stages
from features.sites.funnel import COUNTRY, FunnelStage, Tracker, site_funnel
from features.sites.pipeline import Plan, Stage, editions
from features.sites.places import links, place_facts, places
from features.sites.sites import tracked, tracker_facts
from features.view import View
from service.evaluations.site_dates import halfway, reached

STAGES = (
    FunnelStage.ANNOUNCED,
    FunnelStage.PROPOSED,
    FunnelStage.PERMITTED,
    FunnelStage.CONSTRUCTION,
    FunnelStage.ENERGISED,
)
"""Stages that trackers of sites give, in the order of the funnel."""
TRACKERS = (Tracker.EPOCH, Tracker.ATLAS)
CLOSE = 5
"""Close matches an unknown id is answered with."""
Precision = Literal["exact", "approximate"]


@dataclass(frozen=True, slots=True)
class Position:
    """Published coordinates, degrees, and how closely they are meant; None where their tracker does not say."""

    latitude: float
    longitude: float
    precision: Precision | None


@dataclass(frozen=True, slots=True)
class Site:
    """One site, as its tracker's newest edition of a day has it.

    Attributes:
        id: part of its address.
        region: its country or bloc; state and county are of the US, without its prefix.
        stage: the furthest it has reached; stopped: remarks say it is withdrawn, denied or halted all the same.
        running_mw: seen running; planned_mw: when all of it is built; None where nothing is printed.
        also: ids of the other tracker's listings that mean it or a part of it.
        plans: Epoch's, by day of the edition, ascending; empty for a site of the other tracker.
    """

    id: str
    name: str
    tracker: Tracker
    operator: str | None
    region: str
    country: str
    state: str | None
    county: str | None
    position: Position | None
    stage: FunnelStage
    stopped: bool
    running_mw: float | None
    planned_mw: float | None
    also: tuple[str, ...] = ()
    plans: Mapping[date, Plan] = field(default_factory=dict, repr=False)

    @property
    def plan(self) -> Plan | None:
        """The newest of its plans."""
        return self.plans[max(self.plans)] if self.plans else None

    @property
    def halfway_mw(self) -> float | None:
        """The level that is followed from edition to edition; None where nothing more is planned."""
        return None if self.plan is None else halfway(self.plan)

    @property
    def halfway_on(self) -> Mapping[date, date | None]:
        """When each edition has it reach that level; None in one whose plan is smaller."""
        level = self.halfway_mw
        return {} if level is None else {day: reached(plan, level) for day, plan in self.plans.items()}

    def within(self, code: str) -> bool:
        """Whether it stands in a region: a country, a bloc, a state, or a grid whose counties are listed."""
        if code in {self.region, "WORLD"}:
            return True
        if self.state is None:
            return False
        if code in place_facts().grids:
            return place_facts().grids[code].share((self.state, self.county or "")) == 1
        return code == f"{COUNTRY}-{self.state}"


@dataclass(frozen=True, slots=True)
class Register:
    """All sites of a day.

    Attributes:
        sites: by id, ascending.
        days: of the newest edition of each tracker; without one that had none yet.
    """

    sites: Mapping[str, Site]
    days: Mapping[Tracker, date]

    def find(self, name: str) -> Site:
        """A site by its id, or by the id of another listing of it; raises :class:`NotFound`."""
        if name in self.sites:
            return self.sites[name]
        by_other_id = {other: site for site in self.sites.values() for other in site.also}
        if name in by_other_id:
            return by_other_id[name]
        close = [one for one in self.sites if name.lower() in one][:CLOSE]
        raise NotFound("site", name, allowed=close, hint="list the sites there are: /v1/sites")


def register(view: View) -> Register:
    """Sites as known on the view's day; empty before the first edition of a tracker."""
    by_edition = editions(view)
    newest = by_edition[max(by_edition)] if by_edition else {}
    try:
        counted = site_funnel(view, COUNTRY).projects
    except NotFound:
        counted = ()
    rows = _tracked_rows()
    listings = {row["site_id"]: row for row in _first_rows(view.as_of)}
    sites = []
    for name in newest:
        plans = {day: by_site[name] for day, by_site in sorted(by_edition.items()) if name in by_site}
        sites.append(_of_epoch(name, plans, rows.get(name, {}), listings))
    stage_rows = {row["site_id"]: row for row in edition(view.as_of).iter_rows(named=True)}
    for project in counted:
        if project.tracker is Tracker.ATLAS:
            row, stage_row = listings[project.name], stage_rows[project.name]
            sites.append(_of_atlas(row, stage_row, project.stage, project.mw, stopped=project.stopped))
    days = {Tracker.EPOCH: max(by_edition, default=None)}
    days[Tracker.ATLAS] = max((row["edition_date"] for row in stage_rows.values()), default=None)
    return Register(
        {site.id: site for site in sorted(sites, key=lambda site: site.id)},
        {tracker: day for tracker, day in days.items() if day is not None},
    )


def grids() -> tuple[str, ...]:
    """Grids that a site can be placed in."""
    return tuple(place_facts().grids)


def site_id(name: str) -> str:
    """A name as part of an address.

    >>> site_id("Google Cheyenne (Black Hills)")
    'google-cheyenne-black-hills'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def _of_epoch(name: str, plans: Mapping[date, Plan], row: Mapping[str, Any], listings: Mapping[str, Any]) -> Site:
    plan = plans[max(plans)]
    names = [name, *(part for part, whole in tracker_facts().part_of.items() if whole == name)]
    also = tuple(sorted({site for ours, site, _, _ in links() if ours in names and site in listings}))
    place = next((places()[one] for one in names if one in places()), None)
    position = _position(row.get("lat"), row.get("lon"), None)
    if position is None:
        position = next((_position_of(listings[one]) for one in also), None)
    country = row.get("country") or ("United States" if place else "")
    return Site(
        id=site_id(name),
        name=name,
        tracker=Tracker.EPOCH,
        operator=row.get("operator"),
        region=row.get("region") or COUNTRY,
        country=country,
        state=place[0] if place else None,
        county=place[1] or None if place else None,
        position=position,
        stage=_stage(plan),
        stopped=False,
        running_mw=plan.verified,
        planned_mw=plan.final,
        also=also,
        plans=plans,
    )


def _of_atlas(
    row: Mapping[str, Any],
    stage_row: Mapping[str, Any],
    stage: FunnelStage,
    mw: Mapping[FunnelStage, float],
    *,
    stopped: bool,
) -> Site:
    return Site(
        id=row["site_id"],
        name=row["site"],
        tracker=Tracker.ATLAS,
        operator=stage_row["operator"] or row["operator"],
        region=COUNTRY,
        country=region_of(COUNTRY).name,
        state=row["state"],
        county=row["county"],
        position=_position_of(row),
        stage=stage,
        stopped=stopped,
        running_mw=mw.get(FunnelStage.ENERGISED),
        planned_mw=sum(mw.values()) if mw else None,
    )


def _stage(plan: Plan) -> FunnelStage:
    """The furthest stage a plan has reached, as the funnel has it."""
    if plan.verified > 0:
        return FunnelStage.ENERGISED
    furthest = {
        Stage.CONSTRUCTION: FunnelStage.CONSTRUCTION,
        Stage.PERMITTED: FunnelStage.PERMITTED,
        Stage.ANNOUNCED: FunnelStage.ANNOUNCED,
    }
    reached_stages = [furthest[step.stage] for step in plan.pending]
    return max(reached_stages, key=STAGES.index, default=FunnelStage.ANNOUNCED)


def _tracked_rows() -> dict[str, Mapping[str, Any]]:
    """The newest row of Epoch's about each site, with coordinates where any of its rows has them.

    A site that was split later has the row of the part that kept its name, or else of its first part.
    """
    part_of = tracker_facts().part_of
    rows: dict[str, dict[str, Any]] = {}
    for row in tracked().iter_rows(named=True):
        newest = rows.setdefault(row["site"], dict(row))
        if newest["lat"] is None:
            newest |= {"lat": row["lat"], "lon": row["lon"]}
    for part, whole in part_of.items():
        rows.setdefault(whole, rows[part])
    return {**rows}


def _first_rows(as_of: date) -> Iterable[Mapping[str, Any]]:
    """One row of the second tracker's about each data center: what it is and where."""
    rows = stages(as_of, facility=FacilityType.DATA_CENTER).unique("site_id", keep="first", maintain_order=True)
    return rows.select(
        "site_id", "site", "operator", "state", "county", "lat", "lon", pl.col("location_precision")
    ).iter_rows(named=True)


def _position_of(row: Mapping[str, Any]) -> Position | None:
    return _position(row["lat"], row["lon"], "exact" if row["location_precision"] == "exact" else "approximate")


def _position(latitude: float | None, longitude: float | None, precision: Precision | None) -> Position | None:
    return None if latitude is None or longitude is None else Position(latitude, longitude, precision)


def states() -> tuple[str, ...]:
    """Codes of the states a site of the US may stand in."""
    return tuple(code for code, one in REGIONS.items() if one.level is Level.STATE and one.parent == COUNTRY)
