"""A map of sites: where each lies on an outline that was drawn once, how large it is, and at which stage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from features.sites.funnel import FunnelStage
from service.api.sites.sites import SiteItem
from service.pages.outlines import UNITED_STATES, WORLD, Outline
from service.wording import Scale

OF_A_GIGAWATT = 13.0
"""Radius of a mark of 1 GW, pixels; areas are in proportion to power."""
SMALLEST = 4.0
"""Radius below which no mark falls, pixels."""
SHAPES = {
    FunnelStage.ENERGISED: "",
    FunnelStage.CONSTRUCTION: "M-.9,-.9H.9V.9H-.9Z",
    FunnelStage.PERMITTED: "M0,-1.25L1.25,0L0,1.25L-1.25,0Z",
    FunnelStage.PROPOSED: "M0,-1.25L1.2,.9H-1.2Z",
    FunnelStage.ANNOUNCED: "M-1.2,-.9H1.2L0,1.25Z",
}
"""The outline of a mark of radius 1 by stage; blank for a circle."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One site on the map: ``shape`` is a path of radius 1 around the middle, blank for a circle."""

    id: str
    text: str
    stage: str
    shape: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Marks on an outline, the largest first; ``absent`` sites have no published place on it."""

    outline: Outline
    marks: Sequence[Mark]
    absent: int


def site_map(items: Iterable[SiteItem], *, inside_us: bool, stages: dict[str, str]) -> SiteMap:
    """A map of some sites.

    Args:
        items: sites.
        inside_us: whether the outline is that of the states; else of the world.
        stages: what a page calls each stage.
    """
    outline = UNITED_STATES if inside_us else WORLD
    marks, absent = [], 0
    for item in items:
        point = None
        if item.latitude is not None and item.longitude is not None:
            point = outline.place(item.latitude, item.longitude)
        if point is None:
            absent += 1
            continue
        text = f"{item.name}, {megawatts(item.planned_mw)}, {stages[item.stage].lower()}"
        radius = max(SMALLEST, OF_A_GIGAWATT * sqrt((item.planned_mw or 0.0) / 1000))
        x, y = (round(part, 1) for part in point)
        marks.append(Mark(item.id, text, item.stage, SHAPES[item.stage], x, y, round(radius, 1)))
    return SiteMap(outline, sorted(marks, key=lambda mark: -mark.radius), absent)


def megawatts(mw: float | None) -> str:
    """A size as text.

    >>> megawatts(1080.4), megawatts(None)
    ('1,080 MW', 'no size printed')
    """
    return "no size printed" if mw is None else f"{Scale(1.0, 'MW', 0).text(mw)}"
