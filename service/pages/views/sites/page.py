"""Sites: projects of a region by stage, planned against likely days, and every site on a map and in a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.base.layers import Status
from features.view import View
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from service.api.gaps.funnel import FunnelAnswer, FunnelQuery, FunnelStageItem
from service.api.gaps.funnel import answer as funnel
from service.api.sites.filters import REGIONS_OF_SITES, SiteFilter
from service.api.sites.register import STAGES, TRACKERS, register
from service.api.sites.sites import SiteList, why_not_drawn
from service.api.sites.sites import answer as list_sites
from service.base.paging import Limit
from service.base.query import one_of
from service.base.response import Cite
from service.base.routes import Respond, State
from service.evaluations.site_dates import read
from service.pages.charts.site_days import height, shown
from service.pages.charts.style import HEADING, NARROW, WIDTH
from service.pages.frame.forms import FormFields
from service.pages.frame.navigation import SITES
from service.pages.frame.respond import Head, respond_page
from service.pages.views.choices import Choice, Row
from service.pages.views.sites.map import SHAPES, SiteMap, site_map
from service.pages.views.sites.rows import SiteRow, site_row
from service.pages.words import region_title
from service.wording import Scale, region_name

STAGE = {
    "announced": "Announced",
    "proposed": "Proposed",
    "requested": "Asked for a connection",
    "permitted": "Permitted",
    "contracted": "Contracted with a utility",
    "under_construction": "Under construction",
    "energised": "Switched on",
}
COUNTED = {"sites": "trackers of sites", "grids": "utilities and grids"}
TRACKER = {"epoch_sites": "Epoch AI, with steps by edition", "compute_atlas": "Compute Atlas, with dated stages"}
SORT = {
    "-planned_mw": "Size, largest first",
    "planned_on": "Planned day, earliest first",
    "name": "Name",
    "-running_mw": "Power running, most first",
    "-stage": "Stage, furthest first",
}
YEARS_AHEAD = 2
"""Years after that of the figures, at whose end chances are stated."""
LOW, MIDDLE, HIGH = "0.1", "0.5", "0.9"
NONE = "\N{EN DASH}"
router = APIRouter(include_in_schema=False)


class SitesPageQuery(FormFields, SiteFilter):
    """The region whose projects are shown, and which of its sites are listed."""

    region: Annotated[str, one_of("region", sorted({*REGIONS_ANSWERED, *REGIONS_OF_SITES}))] = "US"
    limit: Limit = 50


@dataclass(frozen=True, slots=True)
class Amount:
    """GW of the middle case, and the range of 8 of 10 futures, as text."""

    middle: str
    band: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as text; ``of_100`` is the length of its bar, of the longest."""

    name: str
    counted: str
    projects: str
    printed: str
    gw: Amount
    dormant: Amount
    energised: Amount
    measured: str
    of_100: int


@dataclass(frozen=True, slots=True)
class SiteTable:
    """The sites that are listed.

    Attributes:
        year: at whose end a chance is stated.
        following: parameters of the next page; None at the end.
        answer: the same as the API says it.
    """

    rows: list[SiteRow]
    map: SiteMap
    year: int
    following: Mapping[str, Any] | None
    answer: SiteList


@router.get("/sites")
def sites(query: Annotated[SitesPageQuery, Query()], respond: Respond, state: State) -> Response:
    """What is announced, asked for, permitted and built, and which sites those are."""
    edition = respond.edition(query)
    cite = respond.cite(query, edition)
    view_of_day = respond.snapshot.as_of(edition.data_as_of)
    assets = state.inputs.assets
    return respond_page(respond, query, SITES, edition, lambda: view(edition, view_of_day, assets, query, cite))


def view(
    edition: Edition, view_of_day: View, assets: Path, query: SitesPageQuery, cite: Cite
) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    answer = _funnel(edition, query.region)
    where = region_name(query.region)
    lead = answer.reason or "" if answer else ""
    if answer and answer.total:
        gw, ever = _amount(answer.total.gw), _amount(answer.total.energised)
        lead = (
            f"Trackers list {answer.total.projects:,} projects of about {gw.middle}. "
            f"In the middle case {ever.middle} of it are ever switched on, in 8 of 10 futures {ever.band}."
        )
    stages = answer.stages if answer else []
    longest = max((stage.gw[MIDDLE] for stage in stages), default=1.0)
    title = f"What of the data centers planned in {where} gets built?"
    if not stages:
        title = f"Data-center sites in {where}"
    listed = _table(edition, view_of_day, assets, query) if query.region in REGIONS_OF_SITES else None
    dates = read(assets, edition)
    timeline = shown(register(view_of_day).sites, query.region) if listed else []
    chosen = query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor", "limit"})
    parameters = {"region": query.region, "edition": query.edition}
    shown_here = {
        "title": title,
        "lead": lead,
        "answer": answer,
        "rows": [_regions(edition, query)],
        "stages": [_stage(stage, longest) for stage in stages],
        "missing": [STAGE[name].lower() for name in answer.missing] if answer else [],
        "cite": cite,
        "table": listed,
        "timeline": timeline,
        "drawn_here": any(site.name in dates for site in timeline),
        "why_not_drawn": next((reason for site in timeline if (reason := why_not_drawn(site, dates))), None),
        "chart": parameters,
        "chart_size": (WIDTH, NARROW, height(len(timeline)) + HEADING),
        "chosen": chosen | {"region": query.region},
        "stage_names": {stage.value: STAGE[stage] for stage in STAGES},
        "shapes": SHAPES,
        "trackers": {tracker.value: TRACKER[tracker] for tracker in TRACKERS},
        "sorts": SORT,
        "sort": query.sort,
        "edition_id": edition.id,
    }
    picture = f"v1/charts/sites.png?region={query.region}" if timeline else ""
    return Head(f"{title} · Headroom", (lead or title)[:300], picture), shown_here


def _funnel(edition: Edition, region: str) -> FunnelAnswer | None:
    """The funnel of a region; None of one that has sites alone."""
    return funnel(edition, FunnelQuery(region=region)) if region in REGIONS_ANSWERED else None


def _table(edition: Edition, view_of_day: View, assets: Path, query: SitesPageQuery) -> SiteTable:
    listed = list_sites(edition, view_of_day, assets, query)
    year = edition.data_as_of.year + YEARS_AHEAD
    chosen = query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor"}) | {"region": query.region}
    return SiteTable(
        rows=[site_row(item, STAGE, year=year) for item in listed.items],
        map=site_map(listed.items, inside_us=query.region.split("-")[0] == "US", stages=STAGE),
        year=year,
        following=None if listed.next is None else {**chosen, "cursor": listed.next},
        answer=listed,
    )


def _regions(edition: Edition, query: SitesPageQuery) -> Row:
    chosen = query.model_dump(mode="json", exclude_defaults=True, include={"edition", "issued_before"})
    choices = []
    for code in REGIONS_ANSWERED:
        reason = funnel(edition, FunnelQuery(region=code)).reason
        # A region without a funnel may still have sites.
        status = Status.UNAVAILABLE if reason and code not in REGIONS_OF_SITES else Status.AVAILABLE
        choices.append(
            Choice(region_title(code), {**chosen, "region": code}, code == query.region, status, reason or "")
        )
    return Row("Region", choices)


def _amount(band: Mapping[str, float]) -> Amount:
    scale = Scale.of((band[LOW], band[MIDDLE], band[HIGH]), "GW")
    return Amount(scale.text(band[MIDDLE]), scale.band(band[LOW], band[HIGH]))


def _stage(stage: FunnelStageItem, longest: float) -> Stage:
    projects = NONE if stage.projects is None else f"{stage.projects:,}"
    if stage.without_size:
        projects += f", {stage.without_size:,} without a size"
    printed = NONE if stage.printed_gw is None else Scale.of([stage.printed_gw], "GW").text(stage.printed_gw)
    measured = NONE
    if stage.measured is not None:
        amount = _amount(stage.measured.energised)
        measured = f"{amount.middle} at {100 * stage.measured.share:.0f} %"
    return Stage(
        STAGE[stage.stage],
        COUNTED[stage.counted_by],
        projects,
        printed,
        _amount(stage.gw),
        _amount(stage.dormant),
        _amount(stage.energised),
        measured,
        round(100 * stage.gw[MIDDLE] / longest) if longest else 0,
    )
