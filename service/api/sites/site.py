"""``/v1/sites/{site}``: what editions of its tracker said of one site, its stages with evidence, and its chances."""

from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.shipped_tables import SCHEMAS, read_table
from data.catalogue.registry import registry
from data.catalogue.stages import FacilityType, Origin, SiteStage, stages
from features.sites.funnel import Tracker
from features.sites.pipeline import Plan
from features.view import View
from projection.edition.edition import Edition
from service.api.sites.register import Site, register
from service.api.sites.sites import SiteItem, credited, item, why_not_drawn
from service.base.query import EditionQuery
from service.base.response import Band, Chance, Cite, EditionHead, Number, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, State, api_router, documented, get_table
from service.base.tables import ATTRIBUTION, SEPARATOR, TableQuery, beside
from service.evaluations.site_dates import SiteYear, reached, read

BY_DATE = "The tracker counts a step as running once its planned day has passed, whether anyone looked or not."
PLACEHOLDERS = "Days on the edge of a month, a quarter or a year stand for that whole span."
SPLIT = "Parts that later editions list under names of their own are joined under the first name."
SLIP = (
    "The bands rest on a few editions of one tracker, less than a year apart; cancellations and permits are a prior's."
)
REGISTER = "The day of a stage is often the day somebody read of it, and the stage is a label of the whole campus."
OVERLAP = "Planned megawatts of this tracker overlap between sites and are not to be added up."
router = api_router("sites")


class SiteQuery(EditionQuery, TableQuery):
    """The edition whose day is shown, and the form."""


class SiteStep(ResponseModel):
    """A change of the power a plan has at a site."""

    day: date = Field(description="When it is planned, or was seen.", examples=["2027-09-21"])
    added_mw: Number = Field(description="MW added at the meter; negative where power is taken away.", examples=[427.0])
    mw: Number = Field(description="MW from that day on.", examples=[854.0])
    observed: bool = Field(description="Somebody looked and saw it running; else it is a plan.", examples=[False])
    within_days: int = Field(
        description="Days on either side that a date on the edge of a month, quarter or year stands for.", examples=[0]
    )


class SiteEdition(ResponseModel):
    """What one edition of a tracker said of the site."""

    tracker: Tracker = Field(description="Whose edition it is.", examples=["epoch_sites"])
    listing: str = Field(description="What the edition calls the site.", examples=["Amazon Ridgeland"])
    edition: date = Field(description="Day of the edition.", examples=["2026-10-01"])
    stage: SiteStage | None = Field(
        description="As published; null where the tracker publishes steps and no stage.", examples=[None]
    )
    running_mw: Number | None = Field(description="MW seen running; null where none is printed.", examples=[427.0])
    counted_mw: Number | None = Field(
        description="MW the edition counts as running on its day, those by their planned day alone included; null "
        "where it prints no steps.",
        examples=[427.0],
    )
    planned_mw: Number | None = Field(description="MW when all runs; null where none is printed.", examples=[854.0])
    halfway_on: date | None = Field(
        description="When it has the site reach the halfway level of the newest edition.", examples=["2028-09-29"]
    )
    target: date | None = Field(
        description="Last day of the span in which it aims to run, as Compute Atlas publishes it.", examples=[None]
    )
    target_precision: str | None = Field(description="How long that span is.", examples=[None])
    changed: bool = Field(description="Whether it says anything else than the edition before.", examples=[True])
    steps: list[SiteStep] = Field(description="Power by day, in order; empty where none is published.")


class SiteStageItem(ResponseModel):
    """A stage that Compute Atlas dates, with the page it cites."""

    listing: str = Field(description="Id of the listing it is recorded of.", examples=["aws-ridgeland-ms"])
    stage: SiteStage = Field(description="How far the site was.", examples=["under_construction"])
    day: str | None = Field(description="A year, a month or a day; null where none is given.", examples=["2024-11"])
    basis: str | None = Field(description="Whether the day is that of the event or of the reading.", examples=["event"])
    first_seen: date = Field(description="Day of the first edition that had it.", examples=["2026-07-06"])
    origin: Origin = Field(description="How it came into the record.", examples=["backfilled"])
    source: str | None = Field(description="Address of what is cited for it; null where nothing is.", examples=[None])
    note: str | None = Field(description="What is said of it.", examples=[None])


class SiteYearItem(ResponseModel):
    """The site at the end of a year, as planned and as drawn."""

    year: int = Field(description="At its end.", examples=[2028])
    printed_mw: Number = Field(description="MW by the newest edition's plan.", examples=[854.0])
    mw: Band = Field(
        description="MW that run, in the edition's simulated futures.",
        examples=[{"0.1": 427.0, "0.5": 850.0, "0.9": 900.0}],
    )
    chance: Chance = Field(description="Share of futures in which at least the halfway level runs.", examples=[0.55])


class SiteSource(ResponseModel):
    """A tracker the site is read of."""

    title: str = Field(description="What it is called.", examples=["AI data centers, site timelines"])
    publisher: str = Field(description="Who publishes it.", examples=["Epoch AI"])
    url: str = Field(description="Where it is.", examples=["https://epoch.ai/data/ai-data-centers"])
    licence: str = Field(description="Under what terms.", examples=["CC BY 4.0"])
    published: date = Field(description="Day of the newest edition that was known.", examples=["2026-10-01"])


class SiteAnswer(EditionHead):
    """One site, with all that is published of it and what the edition's draws say."""

    site: SiteItem = Field(description="As the list of sites has it.")
    editions: list[SiteEdition] = Field(description="What each edition said, by tracker and day.")
    stages: list[SiteStageItem] = Field(description="Dated stages, by listing, in the order of the record.")
    years: list[SiteYearItem] = Field(description="Ends of years; empty where the site is not drawn.")
    reason: str | None = Field(description="Why it is not drawn; null where it is.", examples=[None])
    caveats: list[str] = Field(description="How not to misread it.", examples=[[BY_DATE]])
    sources: list[SiteSource] = Field(description="Trackers that are read of it.")
    attribution: list[str] = Field(
        description="To be printed beside the figures.", examples=[["Source: Epoch AI, AI Data Centers, CC BY 4.0"]]
    )
    cite: Cite


def answer(edition: Edition, view: View, assets: Path, name: str, *, cite: Cite) -> SiteAnswer:
    """One site as known on the edition's day; raises :class:`data.base.errors.NotFound`."""
    all_sites, dates = register(view), read(assets, edition)
    site = all_sites.find(name)
    listings = {site.id, *site.also} if site.tracker is Tracker.ATLAS else set(site.also)
    dated = _stages(view, listings)
    trackers = [site.tracker, *([Tracker.ATLAS] if site.also and dated else [])]
    reason = why_not_drawn(site, dates)
    return SiteAnswer.of(
        edition,
        edition=edition.id,
        site=item(site, dates),
        editions=[*_plans(site), *_stage_editions(view, listings)],
        stages=dated,
        years=[_year(one) for one in (dates[site.name].years if reason is None else ())],
        reason=reason,
        caveats=_caveats(site, likely=reason is None, staged=bool(dated)),
        sources=[
            SiteSource.of(registry()[one.value], published=all_sites.days[one]) for one in dict.fromkeys(trackers)
        ],
        attribution=credited(trackers),
        cite=cite,
    )


def _caveats(site: Site, *, likely: bool, staged: bool) -> list[str]:
    sentences = [BY_DATE, PLACEHOLDERS, SPLIT] if site.plans else []
    return sentences + ([SLIP] if likely else []) + ([REGISTER, OVERLAP] if staged else [])


def _plans(site: Site) -> list[SiteEdition]:
    level = site.halfway_mw
    return [
        SiteEdition(
            tracker=site.tracker,
            listing=site.name,
            edition=day,
            stage=None,
            running_mw=plan.verified,
            counted_mw=plan.level(day),
            planned_mw=plan.final,
            halfway_on=None if level is None else reached(plan, level),
            target=None,
            target_precision=None,
            changed=plan.revised == day,
            steps=_steps(plan),
        )
        for day, plan in site.plans.items()
    ]


def _steps(plan: Plan) -> list[SiteStep]:
    observed = [(day, mw, True, 0) for day, mw in plan.verified_steps]
    pending = [(step.day, step.mw, False, step.halfwidth) for step in plan.pending]
    steps, level = [], 0.0
    for day, mw, looked_at, halfwidth in sorted([*observed, *pending]):
        level += mw
        steps.append(SiteStep(day=day, added_mw=mw, mw=level, observed=looked_at, within_days=halfwidth))
    return steps


def _stage_editions(view: View, listings: set[str]) -> list[SiteEdition]:
    """Editions of the second tracker that changed anything of the listings."""
    rows = read_table("site_editions", SCHEMAS["site_editions"]).filter(
        (pl.col("edition_date") <= view.as_of) & pl.col("site_id").is_in(sorted(listings))
    )
    return [
        SiteEdition(
            tracker=Tracker.ATLAS,
            listing=row["site_id"],
            edition=row["edition_date"],
            stage=SiteStage(row["stage"]),
            running_mw=row["mw_operational"],
            counted_mw=None,
            planned_mw=row["mw_planned"],
            halfway_on=None,
            target=row["target_date"],
            target_precision=row["target_precision"],
            changed=True,
            steps=[],
        )
        for row in rows.sort("site_id", "edition")
        .unique(["site_id", "edition_date"], keep="last", maintain_order=True)
        .iter_rows(named=True)
    ]


def _stages(view: View, listings: set[str]) -> list[SiteStageItem]:
    rows = stages(view.as_of, facility=FacilityType.DATA_CENTER).filter(pl.col("site_id").is_in(sorted(listings)))
    return [
        SiteStageItem(
            listing=row["site_id"],
            stage=SiteStage(row["stage"]),
            day=row["stage_date"],
            basis=row["date_basis"],
            first_seen=row["first_seen"],
            origin=Origin(row["origin"]),
            source=row["source_url"],
            note=row["note"],
        )
        for row in rows.sort("site_id", "event").iter_rows(named=True)
    ]


def _year(year: SiteYear) -> SiteYearItem:
    return SiteYearItem.of(year, mw=dict(year.mw))


def rows_of_site(whole: SiteAnswer) -> pl.DataFrame:
    """A row a step of an edition, and one an edition without steps."""
    rows = [_row(one, step) for one in whole.editions for step in (one.steps or (None,))]
    schema = {
        "tracker": pl.String(), "listing": pl.String(), "edition_of_tracker": pl.Date(), "stage": pl.String(),
        "running_mw": pl.Float64(), "planned_mw": pl.Float64(), "day": pl.Date(), "added_mw": pl.Float64(),
        "mw": pl.Float64(), "observed": pl.Boolean(), ATTRIBUTION: pl.String(),
    }  # fmt: skip
    frame = beside(pl.DataFrame(rows, schema=schema), site=whole.site.id, edition=whole.edition)
    return frame.select("site", pl.exclude("site"))


def _row(one: SiteEdition, step: SiteStep | None) -> dict[str, object]:
    about: dict[str, object] = {"tracker": one.tracker.value, "listing": one.listing, "edition_of_tracker": one.edition}
    about |= {"stage": one.stage and one.stage.value, ATTRIBUTION: SEPARATOR.join(credited([one.tracker]))}
    return {
        **about,
        "running_mw": one.running_mw,
        "planned_mw": one.planned_mw,
        **({} if step is None else step.model_dump(include={"day", "added_mw", "mw", "observed"})),
    }


@get_table(
    router,
    "/v1/sites/{site}",
    response_model=SiteAnswer,
    operation_id="getSite",
    summary="One site by edition of its tracker",
    responses=documented("not_found", *EDITION_PROBLEMS, tables=True),
)
def get_site(site: str, query: Annotated[SiteQuery, Query()], respond: Respond, state: State) -> Response:
    """What each edition of its tracker said, stages with what they cite, and what runs at the ends of years."""
    edition = respond.edition(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    cite = respond.cite(query, edition)
    return respond.table(query, lambda _: answer(edition, view, state.inputs.assets, site, cite=cite), rows_of_site)
