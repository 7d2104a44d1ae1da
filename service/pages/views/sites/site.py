"""One site: what each edition of its tracker said of it, with its evidence, and when it is likely to run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from features.view import View
from projection.edition.edition import Edition
from service.api.sites.site import SiteAnswer, SiteEdition
from service.api.sites.site import answer as answer_site
from service.base.query import EditionQuery
from service.base.response import Cite
from service.base.routes import Respond, State
from service.pages.charts.style import HEADING, NARROW, WIDTH
from service.pages.charts.vintages import HEIGHT
from service.pages.frame.navigation import Page
from service.pages.frame.respond import Head, respond_page
from service.pages.views.sites.map import megawatts
from service.pages.views.sites.page import STAGE, TRACKER, YEARS_AHEAD
from service.pages.views.sites.rows import NONE, SiteRow, month, site_row, slip
from service.pages.words import day_text, in_hundred

SITE = Page("site", "sites/", "One site")
STAGE_OF_TRACKER = STAGE | {
    "operational": "Switched on",
    "cancelled": "Cancelled",
    "paused": "Paused",
    "denied": "Denied",
}
BASIS = {"event": "day of the event", "none": "no day stated"}
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class EditionRow:
    """What one edition of a tracker said, as text."""

    day: str
    listing: str
    stage: str
    running: str
    counted: str
    planned: str
    halfway: str
    moved: str
    steps: list[str]
    changed: bool


@dataclass(frozen=True, slots=True)
class YearRow:
    """The end of a year, as text."""

    year: int
    printed: str
    middle: str
    band: str
    chance: str


@router.get("/sites/{site}")
def site_page(site: str, query: Annotated[EditionQuery, Query()], respond: Respond, state: State) -> Response:
    """One site."""
    edition = respond.edition(query)
    view_of_day = respond.snapshot.as_of(edition.data_as_of)
    cite, assets = respond.cite(query, edition), state.inputs.assets
    return respond_page(respond, query, SITE, edition, lambda: view(edition, view_of_day, assets, site, cite), up="../")


def view(edition: Edition, view_of_day: View, assets: Path, name: str, cite: Cite) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows; raises :class:`data.base.errors.NotFound`."""
    answer = answer_site(edition, view_of_day, assets, name, cite=cite)
    year = edition.data_as_of.year + YEARS_AHEAD
    row = site_row(answer.site, STAGE, year=year)
    lead = _lead(answer, row, year)
    shown = {
        "site": answer.site,
        "row": row,
        "lead": lead,
        "tracker": TRACKER[answer.site.tracker],
        "editions": _editions(answer),
        "stages": [
            (one, STAGE_OF_TRACKER[one.stage], BASIS.get(one.basis or "none", (one.basis or "").replace("_", " ")))
            for one in answer.stages
        ],
        "years": [
            YearRow(
                one.year,
                megawatts(one.printed_mw),
                megawatts(one.mw["0.5"]),
                f"{one.mw['0.1']:,.0f} to {one.mw['0.9']:,.0f} MW",
                in_hundred(one.chance),
            )
            for one in answer.years
        ],
        "answer": answer,
        "cite": cite,
        "chart": {"site": answer.site.id, "edition": edition.id},
        "chart_size": (WIDTH, NARROW, HEIGHT + HEADING),
        "has_chart": any(one.steps for one in answer.editions),
    }
    picture = f"v1/charts/site.png?site={answer.site.id}" if shown["has_chart"] else ""
    return Head(f"{answer.site.name}: planned and likely · Headroom", lead[:300], picture), shown


def _lead(answer: SiteAnswer, row: SiteRow, year: int) -> str:
    site = answer.site
    sentences = [f"{row.stage}, in {row.where}, by {row.operator}."]
    if site.planned_mw is None:
        sentences.append("Its tracker prints no size.")
    elif site.running_mw is None:
        sentences.append(f"{row.planned} are planned.")
    elif site.running_mw == site.planned_mw:
        sentences.append(f"{row.running} were seen running, and nothing more is planned.")
    else:
        sentences.append(f"{row.running} were seen running, {row.planned} are planned in all.")
    if site.planned_on is not None and site.first_planned_on is not None:
        moved = "" if site.slip_days == 0 else f", and was to in {row.first_plan} by the first edition that planned it"
        sentences.append(
            f"By the newest edition of its tracker half of what is to come ({row.halfway} in all) runs in "
            f"{row.newest_plan}{moved}."
        )
    if site.likely is not None and site.chances is not None:
        sentences.append(
            f"In the middle of our futures it runs by the end of {row.likely}; "
            f"it does so by the end of {year} in {row.chance} futures."
        )
    return " ".join(sentences)


def _editions(answer: SiteAnswer) -> list[EditionRow]:
    rows, first = [], None
    for one in answer.editions:
        first = first or one.halfway_on
        moved = slip((one.halfway_on - first).days) if one.halfway_on is not None and first is not None else ""
        rows.append(
            EditionRow(
                day=day_text(one.edition),
                listing=one.listing,
                stage=NONE if one.stage is None else STAGE_OF_TRACKER[one.stage],
                running=megawatts(one.running_mw),
                counted=NONE if one.counted_mw is None else megawatts(one.counted_mw),
                planned=megawatts(one.planned_mw),
                halfway=_halfway(one),
                moved="" if moved == "unmoved" else moved,
                steps=[
                    f"{month(step.day)}: {step.mw:,.0f} MW{' (seen)' if step.observed else ''}" for step in one.steps
                ],
                changed=one.changed,
            )
        )
    return rows


def _halfway(one: SiteEdition) -> str:
    if one.halfway_on is not None:
        return day_text(one.halfway_on)
    return f"aims at {day_text(one.target)}" if one.target is not None else NONE
