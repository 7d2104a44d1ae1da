"""``/v1/sites``: the sites that trackers list, with what was planned of them, and when they are likely to run."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.quantiles import Quantile
from data.catalogue.registry import registry
from features.sites.funnel import FunnelStage, Tracker
from features.view import View
from projection.edition.edition import Edition
from service.api.sites.filters import SiteFilter, chosen_sites, order_key, planned_on
from service.api.sites.register import TRACKERS, Precision, Site, register
from service.base.paging import page
from service.base.response import Chance, EditionHead, Number, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, State, api_router, documented, get_table
from service.base.tables import ATTRIBUTION, SEPARATOR, TableQuery, beside, level_column, table
from service.evaluations.site_dates import LEVELS, SiteDates, read

YEARS = tuple(range(2026, 2036))
"""Years at whose end a chance is stated, where the edition reaches them."""
OPENSTREETMAP = "openstreetmap"
MISSING_DRAWS = (
    "No draws of single sites are kept of this edition: they are made by headroom assets, from the code and figures "
    "that the edition was made from."
)
NOT_DRAWN = "The model draws planned sites of the United States one by one, and no others."
NO_PLAN = "Nothing more is planned of it than runs."
NO_TRACKER_PLAN = "Its tracker publishes no steps of power with their days, and the model draws none."
router = api_router("sites")


class SitesQuery(SiteFilter, TableQuery):
    """Which sites, and in which form."""


class SiteItem(ResponseModel):
    """One site as its tracker's newest edition has it, and when it is likely to run."""

    id: str = Field(description="Part of the path of its own answer, /v1/sites/{site}.", examples=["amazon-ridgeland"])
    name: str = Field(description="As its tracker calls it.", examples=["Amazon Ridgeland"])
    tracker: Tracker = Field(description="Who it is read of.", examples=["epoch_sites"])
    operator: str | None = Field(description="Who runs it; null where nobody says.", examples=["Amazon"])
    region: str = Field(description="Code of its country or bloc.", examples=["US"])
    country: str = Field(description="The country it stands in.", examples=["United States"])
    state: str | None = Field(description="Postal code of the state, in the US.", examples=["MS"])
    county: str | None = Field(description="Its county, in the US, where one is known.", examples=["Madison"])
    latitude: float | None = Field(description="Degrees north, as published; null where nobody does.", examples=[32.44])
    longitude: float | None = Field(description="Degrees east, as published; null where nobody does.", examples=[-90.1])
    precision: Precision | None = Field(
        description="How closely its tracker means the coordinates; null where it does not say.", examples=["exact"]
    )
    stage: FunnelStage = Field(
        description="The furthest stage any part of it has reached.", examples=["under_construction"]
    )
    stopped: bool = Field(
        description="Remarks say that it is withdrawn, denied or halted, although it is listed on.", examples=[False]
    )
    running_mw: Number | None = Field(
        description="MW of facility power seen running; null where no size is printed.", examples=[427.0]
    )
    planned_mw: Number | None = Field(
        description="MW when all that is planned runs; null where no size is printed.", examples=[854.0]
    )
    halfway_mw: Number | None = Field(
        description="The level the days beside are of, MW: halfway between what was seen running and all that is "
        "planned; null where nothing more is planned, or no steps are published.",
        examples=[640.5],
    )
    planned_on: date | None = Field(
        description="When it reaches that level, by the newest edition of its tracker.", examples=["2028-09-29"]
    )
    first_edition: date | None = Field(
        description="Day of the first edition whose plan reaches that level.", examples=["2025-12-14"]
    )
    first_planned_on: date | None = Field(
        description="When it was to reach that level, or was said to have, by that first edition.",
        examples=["2027-09-21"],
    )
    slip_days: int | None = Field(
        description="Days from the first of the two to the newest; negative where the plan was brought forward.",
        examples=[374],
    )
    likely: dict[str, date | None] | None = Field(
        description="End of the month by which that share of simulated futures has reached the level; null where "
        "so many never do by the end of the projection. The first month is that of the tracker's newest edition.",
        examples=[{"0.1": "2028-03-31", "0.25": "2028-07-31", "0.5": "2028-12-31", "0.75": "2029-12-31", "0.9": None}],
    )
    chances: dict[str, Chance] | None = Field(
        description="Share of simulated futures in which the level is reached by the end of the year.",
        examples=[{"2026": 0.0, "2028": 0.55}],
    )
    also_listed_as: list[str] = Field(
        description="Ids of the other tracker's listings that mean it or a part of it.", examples=[["aws-ridgeland-ms"]]
    )


class SiteList(EditionHead):
    """A page of sites."""

    total: int = Field(description="Sites that fit the filters.", examples=[66])
    trackers: dict[str, date] = Field(
        description="Day of the newest edition of each tracker that was known.",
        examples=[{"epoch_sites": "2026-10-01"}],
    )
    draws: str | None = Field(
        description="Why no site has likely days; null where those with a plan in the US have them.", examples=[None]
    )
    items: list[SiteItem]
    next: str | None
    attribution: list[str] = Field(
        description="To be printed beside the figures.", examples=[["Source: Epoch AI, AI Data Centers, CC BY 4.0"]]
    )


def item(site: Site, dates: Mapping[str, SiteDates]) -> SiteItem:
    """One site as the API shows it; ``dates`` are those of the edition, by the tracker's name."""
    by_edition = [(day, on) for day, on in site.halfway_on.items() if on is not None]
    first_edition, first_on = by_edition[0] if by_edition else (None, None)
    newest = planned_on(site)
    mine = dates.get(site.name) if site.tracker is Tracker.EPOCH else None
    return SiteItem.of(
        site,
        latitude=site.position and site.position.latitude,
        longitude=site.position and site.position.longitude,
        precision=site.position and site.position.precision,
        planned_on=newest,
        first_edition=first_edition,
        first_planned_on=first_on,
        slip_days=None if newest is None or first_on is None else (newest - first_on).days,
        likely=mine and dict(mine.days),
        chances=mine and {str(year.year): year.chance for year in mine.years},
        also_listed_as=list(site.also),
    )


def why_not_drawn(site: Site, dates: Mapping[str, SiteDates]) -> str | None:
    """Why a site has no likely days; None where it has."""
    if site.name in dates and site.tracker is Tracker.EPOCH:
        return None
    if site.tracker is Tracker.ATLAS:
        return NO_TRACKER_PLAN
    if site.halfway_mw is None:
        return NO_PLAN
    return MISSING_DRAWS if site.region == "US" else NOT_DRAWN


def answer(edition: Edition, view: View, assets: Path, query: SiteFilter) -> SiteList:
    """A page of sites as known on the edition's day; raises :class:`data.base.errors.InvalidParameter`."""
    all_sites, dates = register(view), read(assets, edition)
    chosen = chosen_sites(all_sites.sites.values(), query)
    filters = query.model_dump_json(exclude={"limit", "cursor", "format", "fields", "edition", "issued_before"})
    items, following = page(
        chosen,
        key=lambda site: order_key(site, query),
        query=f"{edition.id}{filters}",
        cursor=query.cursor,
        limit=query.limit,
        descending=query.sort.startswith("-"),
    )
    return SiteList.of(
        edition,
        query,
        edition=edition.id,
        total=len(chosen),
        trackers={tracker.value: day for tracker, day in all_sites.days.items()},
        draws=None if dates else MISSING_DRAWS,
        items=[item(site, dates) for site in items],
        next=following,
        attribution=credited([site.tracker for site in items]),
    )


def credited(trackers: Sequence[Tracker]) -> list[str]:
    """What has to be printed beside sites of some trackers."""
    names = [tracker.value for tracker in TRACKERS if tracker in trackers]
    # Some of its coordinates are of OpenStreetMap, whose licence asks to be named with it.
    names += [OPENSTREETMAP] if Tracker.ATLAS in trackers else []
    return [registry()[name].attribution for name in names]


def rows_of_sites(sites: SiteList) -> pl.DataFrame:
    """A row a site."""
    frame = table(sites.items, SiteItem, keyed={"chances": [str(year) for year in YEARS]}).drop("likely")
    days = {
        level_column("likely", Quantile(level)): pl.Series(
            [(one.likely or {}).get(str(level)) for one in sites.items], dtype=pl.Date
        )
        for level in LEVELS
    }
    credit = [SEPARATOR.join(credited([one.tracker])) for one in sites.items]
    columns = [
        series.alias(name) for name, series in (days | {ATTRIBUTION: pl.Series(credit, dtype=pl.String)}).items()
    ]
    return beside(frame, edition=sites.edition).with_columns(columns)


@get_table(
    router,
    "/v1/sites",
    response_model=SiteList,
    operation_id="listSites",
    summary="Sites of data centers, planned against likely days",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_sites(query: Annotated[SitesQuery, Query()], respond: Respond, state: State) -> Response:
    """Sites with their stage, size, place, days as they were planned and as they are likely, each counted once."""
    edition = respond.edition(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    return respond.table(query, lambda question: answer(edition, view, state.inputs.assets, question), rows_of_sites)
