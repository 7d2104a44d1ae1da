"""When planned sites are likely to run, as an edition's own draws have it: what is kept of them, and where.

One level of power is followed at each site: halfway between what its tracker last saw running and what it plans in all.
The printed plan reaches it on one day, and each of the edition's simulated futures on a day of its own, or never. The
draws are made again before an edition is served (``headroom project``, ``headroom assets``), on its own random numbers:
they are no new simulation, and an edition whose code or figures are gone has none.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from data.base.artifacts import new_file
from features.sites.pipeline import Plan
from projection.edition.edition import Edition

FOLDER = "sites"
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Shares of futures that the days and the megawatts are read at."""


@dataclass(frozen=True, slots=True)
class SiteYear:
    """A site at the end of a year.

    Attributes:
        printed_mw: what the tracker's plan says; mw: what runs, by quantile level.
        chance: share of futures in which the halfway level runs.
    """

    year: int
    printed_mw: float
    mw: Mapping[str, float]
    chance: float


@dataclass(frozen=True, slots=True)
class SiteDates:
    """When a site is likely to reach the halfway level of its plan.

    Attributes:
        halfway_mw: the level, MW.
        days: end of the month by which that share of futures has reached it, by level; None where it never has.
        years: its ends, ascending.
    """

    halfway_mw: float
    days: Mapping[str, date | None]
    years: tuple[SiteYear, ...]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Read back what was kept of one."""
        days = {level: None if day is None else date.fromisoformat(day) for level, day in content["days"].items()}
        return cls(content["halfway_mw"], days, tuple(SiteYear(**year) for year in content["years"]))


def halfway(plan: Plan) -> float | None:
    """MW halfway between what was last seen running and the whole plan; None where nothing more is planned."""
    return None if plan.final <= plan.verified else (plan.verified + plan.final) / 2


def reached(plan: Plan, mw: float) -> date | None:
    """The day on which a plan, as printed, reaches so many MW for the first time; None where it never does."""
    level = 0.0
    for day, step in sorted([*plan.verified_steps, *((step.day, step.mw) for step in plan.pending)]):
        level += step
        if level >= mw:
            return day
    return None


def file_of(assets: Path, edition: Edition) -> Path:
    """Where the dates of an edition stand."""
    return assets / FOLDER / f"{edition.id}.json"


def read(assets: Path, edition: Edition) -> Mapping[str, SiteDates]:
    """Dates by the tracker's name of the site; empty where none were kept of exactly this edition."""
    try:
        content = json.loads(file_of(assets, edition).read_bytes())
    except (OSError, ValueError):
        return {}
    if content["manifest_sha256"] != edition.manifest_sha256:
        return {}
    return {name: SiteDates.of(dates) for name, dates in content["sites"].items()}


def keep(assets: Path, edition: Edition, dates: Mapping[str, SiteDates]) -> Path:
    """Write them for :func:`read`; returns the file."""
    target = file_of(assets, edition)
    target.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "manifest_sha256": edition.manifest_sha256,
        "sites": {name: asdict(one) for name, one in sorted(dates.items())},
    }
    with new_file(target) as new:
        new.write_text(json.dumps(content, default=date.isoformat))
    return target
