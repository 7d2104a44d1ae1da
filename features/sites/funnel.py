"""The funnel of data-center projects: what each tracker counts by stage as of a day, every project counted once.

Three trackers overlap: Epoch AI's steps of sites, Compute Atlas's dated stages, and announcements in ``sites.csv``. A
crosswalk, matched by hand, joins the names that mean one project or parts of it. Of each group of joined names Epoch's
sites count where it has any, since it looks at them from above; else the largest of Compute Atlas; else the largest
announcement. The rest of the group are duplicates.

A project stands at the furthest stage it has reached, and a site of Epoch's with each part of its power at its own.
What the second tracker plans beyond what runs at a running site has no stage of its own and is announced. Megawatts are
as printed: where none is, the project is counted and nothing is made up for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.regions import Level, region
from data.base.shipped_tables import sites
from data.base.toml_tables import Entry, read_shipped
from data.catalogue.stages import FacilityType, SiteStage, edition, rates, stages
from features.sites.pipeline import Plan, Stage, current
from features.sites.places import Place, links, place_facts, places
from features.sites.sites import TRACKER
from features.view import View

COUNTRY = "US"
"""The country both trackers cover; a funnel is of it or of a part of it."""
STOPPED = (SiteStage.PAUSED, SiteStage.DENIED, SiteStage.CANCELLED)
"""Stages that remarks give to sites the tracker still lists as proposed or permitted."""


class FunnelStage(StrEnum):
    """How far a project is, in the order of the funnel; requests and contracts are counted by grids and utilities."""

    ANNOUNCED = "announced"
    PROPOSED = "proposed"
    """Proposed by a tracker: a named site, mostly with a filing, unlike a bare announcement."""
    REQUESTED = "requested"
    PERMITTED = "permitted"
    CONTRACTED = "contracted"
    CONSTRUCTION = "under_construction"
    ENERGISED = "energised"


class Tracker(StrEnum):
    """Who counts a project, in the order in which a project listed by several is taken."""

    EPOCH = "epoch_sites"
    ATLAS = "compute_atlas"
    ANNOUNCEMENTS = "announcements"


class GridRates(Entry):
    """The rates whose gigawatts are a grid's requests and contracts."""

    requested: str
    contracted: str


class FunnelFacts(Entry):
    """What a funnel needs beside the trackers' tables; see the file."""

    left_out: Mapping[str, str]
    grids: Mapping[str, GridRates]
    measured: Mapping[FunnelStage, str]


@cache
def funnel_facts() -> FunnelFacts:
    """The shipped facts; raises :class:`data.base.errors.TableCorrupt` for a slip in them."""
    return read_shipped(FunnelFacts, "features.sites", "funnel.toml")


@dataclass(frozen=True, slots=True)
class Project:
    """One listing of a project by one tracker.

    Attributes:
        mw: what is printed, MW, by stage; empty where nothing is.
        stage: the furthest stage that is not energised, or energised.
        stopped: remarks say it is withdrawn, denied or halted although it is listed on.
        cancelled: its tracker says so; it stands for its group of names and counts as nothing.
        place: state and county; None where no row places it.
        plan: Epoch's.
    """

    name: str
    tracker: Tracker
    stage: FunnelStage
    mw: Mapping[FunnelStage, float]
    stopped: bool = False
    cancelled: bool = False
    place: Place | None = None
    plan: Plan | None = None

    @property
    def total(self) -> float:
        """MW at all stages."""
        return sum(self.mw.values())


@dataclass(frozen=True)
class SiteFunnel:
    """Projects of a region as of a day.

    Attributes:
        editions: day of the edition each tracker was read in.
        projects: each counted once; duplicates: other listings of them.
        elsewhere: projects that no row places, or in a county that the grid shares or that is not listed; not counted.
        stopped: of the country's proposed projects by the second tracker, those that remarks say are dead; proposed:
            all of them.
        sizes: Epoch's full size over the second tracker's planned MW of the sites both print.
    """

    region: str
    as_of: date
    editions: Mapping[Tracker, date]
    projects: tuple[Project, ...]
    duplicates: tuple[Project, ...]
    elsewhere: tuple[Project, ...]
    stopped: int
    proposed: int
    sizes: NDArray[np.float64]

    def printed(self, stage: FunnelStage) -> float:
        """MW printed at a stage."""
        return sum(project.mw.get(stage, 0.0) for project in self.projects)


def has_funnel(code: str) -> bool:
    """Whether a region has one: the country, its states, and grids whose areas are listed."""
    if code in {COUNTRY, *place_facts().grids}:
        return True
    place = region(code)
    return place.level is Level.STATE and place.parent == COUNTRY


def site_funnel(view: View, code: str) -> SiteFunnel:
    """The funnel of sites as known on the view's day; raises :class:`NotFound` for a region or a day without one."""
    if not has_funnel(code):
        reason = "Outside the United States one tracker lists sites, and no second one has their stages."
        if region(code).parent == COUNTRY:
            reason = "Which sites stand in it is not told: no table lists its states or counties."
        raise NotFound("funnel", code, hint=reason)
    atlas_day, theirs = _atlas(view.as_of)
    plans = current(view, COUNTRY)
    if not plans and not theirs:
        raise NotFound("funnel", view.as_of.isoformat(), hint="No tracker of sites had an edition by that day.")
    ours = _epoch(plans)
    announcements, announced_day = _announcements(view.as_of)
    counted, duplicates = _once([*ours, *theirs, *announcements])
    counted = [project for project in counted if not project.cancelled]
    days = {Tracker.EPOCH: max((plan.edition for plan in plans), default=None)}
    days |= {Tracker.ATLAS: atlas_day, Tracker.ANNOUNCEMENTS: announced_day}
    proposed = [project for project in theirs if project.stage is FunnelStage.PROPOSED and not project.cancelled]
    return SiteFunnel(
        region=code,
        as_of=view.as_of,
        editions={tracker: day for tracker, day in days.items() if day is not None},
        projects=tuple(project for project in counted if _share(code, project) == 1),
        duplicates=tuple(project for project in duplicates if _share(code, project) == 1),
        elsewhere=tuple(project for project in counted if _share(code, project) not in {0, 1}),
        stopped=sum(project.stopped for project in proposed),
        proposed=len(proposed),
        sizes=_sizes(ours, theirs),
    )


def measured_rates(as_of: date) -> dict[FunnelStage, dict[str, object]]:
    """The row of ``realisation_rates.csv`` each stage is compared with, of those known on the day."""
    rows = {row["rate_id"]: row for row in rates().filter(pl.col("published") <= as_of).to_dicts()}
    return {stage: rows[name] for stage, name in funnel_facts().measured.items() if name in rows}


def _share(code: str, project: Project) -> float | None:
    """Share of a project in a region; None where it is not placed."""
    if code == COUNTRY:
        return 1.0
    if project.place is None:
        return None
    if code in place_facts().grids:
        return place_facts().grids[code].share(project.place)
    return float(project.place[0] == code.removeprefix(f"{COUNTRY}-"))


def _epoch(plans: Iterable[Plan]) -> list[Project]:
    stage_of = {
        Stage.ANNOUNCED: FunnelStage.ANNOUNCED,
        Stage.PERMITTED: FunnelStage.PERMITTED,
        Stage.CONSTRUCTION: FunnelStage.CONSTRUCTION,
    }
    projects = []
    for plan in plans:
        mw = {FunnelStage.ENERGISED: plan.verified} if plan.verified else {}
        for step in plan.pending:
            mw[stage_of[step.stage]] = mw.get(stage_of[step.stage], 0.0) + step.mw
        # Power taken away again leaves nothing to come.
        mw = {stage: max(power, 0.0) for stage, power in mw.items()}
        furthest = max(mw, key=list(FunnelStage).index, default=FunnelStage.ANNOUNCED)
        projects.append(Project(plan.site, Tracker.EPOCH, furthest, mw, place=places().get(plan.site), plan=plan))
    return projects


def _atlas(as_of: date) -> tuple[date | None, list[Project]]:
    rows = edition(as_of).filter(pl.col("facility_type") == FacilityType.DATA_CENTER)
    if rows.is_empty():
        return None, []
    stopped = set(stages(as_of).filter(pl.col("stage").is_in(STOPPED))["site_id"])
    stage_of = {
        SiteStage.PROPOSED: FunnelStage.PROPOSED,
        SiteStage.PERMITTED: FunnelStage.PERMITTED,
        SiteStage.CONSTRUCTION: FunnelStage.CONSTRUCTION,
        SiteStage.OPERATIONAL: FunnelStage.ENERGISED,
    }
    projects = []
    for row in rows.select("site_id", "stage", "mw_planned", "mw_operational").iter_rows(named=True):
        cancelled = row["stage"] == SiteStage.CANCELLED
        stage = FunnelStage.PROPOSED if cancelled else stage_of[SiteStage(row["stage"])]
        mw = {} if cancelled or row["site_id"] in funnel_facts().left_out else _powers(stage, row)
        early = stage in {FunnelStage.PROPOSED, FunnelStage.PERMITTED}
        halted = early and row["site_id"] in stopped
        place = places().get(row["site_id"])
        projects.append(Project(row["site_id"], Tracker.ATLAS, stage, mw, halted, cancelled, place))
    return max(rows["edition_date"].to_list()), projects


def _powers(stage: FunnelStage, row: Mapping[str, float | None]) -> dict[FunnelStage, float]:
    planned, running = row["mw_planned"], row["mw_operational"]
    mw = {} if running is None else {FunnelStage.ENERGISED: running}
    # Of a running site with a plan alone it is not told what runs.
    if planned is None or (stage is FunnelStage.ENERGISED and running is None):
        return mw
    to_come = max(planned - (running or 0.0), 0.0)
    return mw | {FunnelStage.ANNOUNCED if stage is FunnelStage.ENERGISED else stage: to_come}


def _announcements(as_of: date) -> tuple[list[Project], date | None]:
    """Announced rows of other sources; IT power where no facility power is printed."""
    rows = sites().filter(
        pl.col("source_id").str.starts_with(TRACKER).not_()
        & (pl.col("region") == COUNTRY)
        & (pl.col("status") == FunnelStage.ANNOUNCED)
        & (pl.col("published") <= as_of)
    )
    left_out = {name for name, site, _, _ in links() if site in funnel_facts().left_out}
    projects = [
        Project(
            row["site"],
            Tracker.ANNOUNCEMENTS,
            FunnelStage.ANNOUNCED,
            {} if power is None or row["site"] in left_out else {FunnelStage.ANNOUNCED: power},
            place=places().get(row["site"]),
        )
        for row in rows.sort("site", "published").unique("site", keep="last", maintain_order=True).to_dicts()
        for power in (row["it_mw"] if row["power_mw"] is None else row["power_mw"],)
    ]
    return projects, max(rows["published"].to_list(), default=None)


def _once(projects: list[Project]) -> tuple[list[Project], list[Project]]:
    """Projects that count, and other listings of them: one group of joined names is one project or one tracker's."""
    group = {project.name: project.name for project in projects}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    # A name that no tracker lists on the day joins those that mean it all the same.
    for ours, theirs, _, _ in links():
        for name in (ours, theirs):
            group.setdefault(name, name)
        group[root(theirs)] = root(ours)
    by_root: dict[str, list[Project]] = {}
    for project in projects:
        by_root.setdefault(root(project.name), []).append(project)
    counted: list[Project] = []
    for together in by_root.values():
        epoch = [project for project in together if project.tracker is Tracker.EPOCH]
        order = list(Tracker).index
        counted += epoch or [
            min(together, key=lambda one: (order(one.tracker), one.cancelled, one.stopped, -one.total, one.name)),
        ]
    names = {(project.tracker, project.name) for project in counted}
    return counted, [project for project in projects if (project.tracker, project.name) not in names]


def _sizes(ours: Iterable[Project], theirs: Iterable[Project]) -> NDArray[np.float64]:
    full = {project.name: project.total for project in ours}
    planned = {
        project.name: project.total
        for project in theirs
        if project.total > 0 and set(project.mw) != {FunnelStage.ENERGISED}
    }
    sure = {(name, site) for name, site, confidence, relation in links() if (confidence, relation) == ("high", "same")}
    return np.array([full[a] / planned[b] for a, b in sorted(sure) if full.get(a, 0.0) > 0 and b in planned])
