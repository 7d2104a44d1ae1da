"""Figures: every series by words, region and metric, and one series with what it counts and where it comes from."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.base.regions import REGIONS
from data.catalogue.registry import registry
from service.api.figures.observations import Observation, ObservationQuery, observations
from service.api.figures.series import SeriesItem, SeriesQuery, catalogue, find_series
from service.base.paging import Cursor
from service.base.query import QueryModel
from service.base.routes import Respond
from service.pages.frame.navigation import FIGURES, Page
from service.pages.frame.respond import POLICY, Head, respond_page
from service.pages.views.choices import Choice, Row
from service.pages.words import region_title
from service.state import ServedData, Snapshot

SERIES = Page("figure", "figures/", "One series")
# A search is a form that is sent to this service and to no other.
SEARCHABLE = POLICY.replace("form-action 'none'", "form-action 'self'")
SHOWN = 500
"""Figures on the page of a series."""
PARTS = {
    "crypto": "Mining of cryptocurrency",
    "enterprise": "Companies' own data centers and server rooms",
    "behind_the_meter": "Load fed by plants on the site",
}
COUNTED = {"yes": "counted", "no": "not counted", "unspecified": "the source does not say"}
router = APIRouter(include_in_schema=False)


class FigureQuery(QueryModel):
    """A page of the figures of a series."""

    cursor: Cursor = None


@router.get("/figures")
def figures(query: Annotated[SeriesQuery, Query()], respond: Respond) -> Response:
    """The search over all series."""
    snapshot = respond.snapshot
    return respond_page(
        respond, query, FIGURES, snapshot.edition, lambda: view(snapshot.data, query), policy=SEARCHABLE
    )


@router.get("/figures/{series_id}")
def figure(series_id: str, query: Annotated[FigureQuery, Query()], respond: Respond) -> Response:
    """One series."""
    snapshot, url = respond.snapshot, respond.public_url
    return respond_page(
        respond, query, SERIES, snapshot.edition, lambda: view_of(snapshot, series_id, query, url), up="../"
    )


def view(data: ServedData, query: SeriesQuery) -> tuple[Head, Mapping[str, Any]]:
    """What the search says of itself and what its template shows; raises :class:`InvalidParameter`."""
    series = list(data.series.values())
    listed = catalogue(series, query)
    chosen = query.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={"cursor"})
    lead = f"{len(series):,} series, each with what it counts, its source and its licence."
    shown = {
        "lead": lead,
        "items": listed.items,
        "next": listed.next,
        "chosen": chosen,
        "regions": _row("Region", "region", Counter(one.region for one in series), chosen),
        "metrics": _row("What", "metric", Counter(one.metric for one in series), chosen),
        "names": {one.region: _region(one.region) for one in listed.items},
    }
    return Head("Figures about data centers, with their sources · Headroom", lead), shown


def view_of(snapshot: Snapshot, series_id: str, query: FigureQuery, url: str) -> tuple[Head, Mapping[str, Any]]:
    """What the page of a series says of itself and what its template shows; raises :class:`NotFound`."""
    item = SeriesItem.of(find_series(snapshot.data, series_id))
    listed = observations(
        snapshot, find_series(snapshot.data, series_id), ObservationQuery(limit=SHOWN, cursor=query.cursor)
    )
    sources = [registry().get(name) for name in item.sources]
    shown = {
        "item": item,
        "region": _region(item.region),
        "unit": unit_text(item.unit),
        "counted": [
            (text, COUNTED[getattr(item, name)]) for name, text in PARTS.items() if getattr(item, name) in COUNTED
        ],
        "rows": listed.items,
        "reason": listed.reason,
        "next": listed.next,
        "amount": amount,
        "source_links": [source for source in sources if source is not None],
        "unnamed": [name for name, source in zip(item.sources, sources, strict=True) if source is None],
        "path": f"{url}/v1/series/{item.series_id}/observations",
        "today": snapshot.today,
    }
    return Head(f"{item.title} · Headroom", (item.definition or item.title)[:300]), shown


def unit_text(unit: str) -> str:
    """A unit as people write it.

    >>> unit_text("USD_billion")
    'USD billion'
    """
    return unit.replace("_", " ")


def amount(row: Observation) -> str:
    """A figure as text: its value, or its range where none is printed."""
    if row.value is not None:
        return f"{row.value:,.6g}"
    ends = [f"{end:,.6g}" for end in (row.low, row.high) if end is not None]
    return " to ".join(ends) or "\N{EN DASH}"


def _region(code: str) -> str:
    return region_title(code) if code in REGIONS else code


def _row(name: str, parameter: str, counts: Mapping[str, int], chosen: Mapping[str, Any]) -> Row:
    """Every value of a facet as a link with how many series have it; the one that is chosen leads back to all."""
    choices = []
    for value in sorted(counts):
        current = chosen.get(parameter) == value
        text = f"{_region(value) if parameter == 'region' else unit_text(value)} ({counts[value]})"
        choices.append(Choice(text, {**chosen, parameter: None if current else value}, current))
    return Row(name, choices)
