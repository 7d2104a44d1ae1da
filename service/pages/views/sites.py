"""Sites: projects of a region by stage, each counted once, and what of them is ever switched on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.base.layers import Status
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from service.api.gaps.funnel import FunnelQuery, FunnelStageItem
from service.api.gaps.funnel import answer as funnel
from service.base.query import one_of
from service.base.response import Cite
from service.base.routes import Respond
from service.pages.frame.navigation import SITES
from service.pages.frame.respond import Head, respond_page
from service.pages.views.choices import Choice, Row
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
LOW, MIDDLE, HIGH = "0.1", "0.5", "0.9"
NONE = "\N{EN DASH}"
router = APIRouter(include_in_schema=False)


class SitesQuery(FunnelQuery):
    """The region whose projects are shown."""

    region: Annotated[str, one_of("region", REGIONS_ANSWERED)] = "US"


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


@router.get("/sites")
def sites(query: Annotated[SitesQuery, Query()], respond: Respond) -> Response:
    """What is announced, asked for, permitted and built."""
    edition = respond.edition(query)
    cite = respond.cite(query, edition)
    return respond_page(respond, query, SITES, edition, lambda: view(edition, query, cite))


def view(edition: Edition, query: SitesQuery, cite: Cite) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    answer = funnel(edition, query)
    where = region_name(query.region)
    lead = answer.reason or ""
    if answer.total:
        gw, ever = _amount(answer.total.gw), _amount(answer.total.energised)
        lead = (
            f"Trackers list {answer.total.projects:,} projects of about {gw.middle}. "
            f"In the middle case {ever.middle} of it are ever switched on, in 8 of 10 futures {ever.band}."
        )
    longest = max((stage.gw[MIDDLE] for stage in answer.stages), default=1.0)
    title = f"What of the data centers planned in {where} gets built?"
    shown = {
        "title": title,
        "lead": lead,
        "answer": answer,
        "rows": [_regions(edition, query)],
        "stages": [_stage(stage, longest) for stage in answer.stages],
        "missing": [STAGE[name].lower() for name in answer.missing],
        "cite": cite,
    }
    return Head(f"{title} · Headroom", lead[:300]), shown


def _regions(edition: Edition, query: SitesQuery) -> Row:
    chosen = query.model_dump(mode="json", exclude_none=True)
    choices = []
    for code in REGIONS_ANSWERED:
        reason = funnel(edition, query.model_copy(update={"region": code})).reason
        status = Status.UNAVAILABLE if reason else Status.AVAILABLE
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
