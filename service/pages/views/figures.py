"""Figures: every series by words, region and metric, and one series with what it counts and where it comes from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.base.regions import REGIONS
from data.base.shipped_tables import sources
from data.catalogue.catalogue import SeriesInfo
from data.catalogue.citations import citation
from data.catalogue.registry import registry
from service.api.figures.observations import Observation, ObservationQuery, observations
from service.api.figures.series import SeriesItem, SeriesQuery, catalogue, find_series
from service.base.paging import Cursor
from service.base.query import QueryModel
from service.base.routes import Respond
from service.base.tables import ROWS_MAXIMUM
from service.pages.charts.series import HEIGHT, AsOf
from service.pages.charts.style import HEADING, NARROW, WIDTH
from service.pages.frame.forms import FormFields
from service.pages.frame.navigation import FIGURES, Page
from service.pages.frame.respond import POLICY, Head, respond_page
from service.pages.views.choices import Choice, Row
from service.pages.words import region_title
from service.state import ServedData, Snapshot
from service.wording import MINUS

SERIES = Page("figure", "figures/", "One series")
# A search is a form that is sent to this service and to no other.
SEARCHABLE = POLICY.replace("form-action 'none'", "form-action 'self'")
SHOWN = 500
"""Figures on the page of a series."""
SHOWN_REVISIONS = 200
"""Revisions on the page of a series, the last."""
DAYS_SHOWN = 8
"""Days of publication that are offered, the last."""
PARTS = {
    "crypto": "Mining of cryptocurrency",
    "enterprise": "Companies' own data centers and server rooms",
    "behind_the_meter": "Load fed by plants on the site",
}
COUNTED = {"yes": "counted", "no": "not counted", "unspecified": "the source does not say"}
router = APIRouter(include_in_schema=False)


class FigureQuery(FormFields, QueryModel):
    """A page of the figures of a series."""

    as_of: AsOf = None
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class SourceName:
    """A source as people know it: title and publisher, or its bare id where nobody describes it."""

    title: str
    publisher: str
    url: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A figure that a source replaced: what it said then and what it said next."""

    period: date
    source: str
    before: str
    before_on: date
    after: str
    after_on: date
    change: str


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
    info = find_series(snapshot.data, series_id)
    item, day = SeriesItem.of(info), query.as_of or snapshot.today
    listed = observations(snapshot, info, ObservationQuery(limit=SHOWN, cursor=query.cursor, as_of=query.as_of))
    every_vintage = ObservationQuery(limit=ROWS_MAXIMUM, as_of=query.as_of, include_history="true")
    history = observations(snapshot, info, every_vintage).items
    published = sorted({row.published for row in _everything(snapshot, info) if row.published is not None})
    names = {name: source_name(name) for name in {*item.sources, *(row.source_id for row in history)}}
    as_of = {} if query.as_of is None else {"as_of": query.as_of.isoformat()}
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
        "sources": [names[name] for name in item.sources],
        "names": names,
        "revisions": revisions(history)[:SHOWN_REVISIONS],
        "days": published[-DAYS_SHOWN:],
        "first_day": published[0] if published else None,
        "path": f"{url or 'http://127.0.0.1:8000'}/v1/series/{item.series_id}/observations",
        "today": day,
        "as_of": as_of,
        "chart": {"series_id": item.series_id, **as_of},
        "chart_size": (WIDTH, NARROW, HEIGHT + HEADING),
        "ranges": sum(row.value is None for row in listed.items),
        "has_chart": any(row.value is not None for row in listed.items),
    }
    return Head(f"{item.title} · Headroom", (item.definition or item.title)[:300]), shown


def _everything(snapshot: Snapshot, info: SeriesInfo) -> list[Observation]:
    """Every vintage known today: the days there are to choose from."""
    return observations(snapshot, info, ObservationQuery(limit=ROWS_MAXIMUM, include_history="true")).items


def source_name(source_id: str) -> SourceName:
    """What a source is called, by the tables that cite it, or by the registry of what is refreshed."""
    cite = citation(source_id)
    if cite is None:
        return SourceName(source_id, "", "")
    return SourceName(cite.title, cite.publisher, _addresses().get(source_id, ""))


@cache
def _addresses() -> Mapping[str, str]:
    """Addresses of sources that are on the web."""
    rows = {**dict(sources().select("source_id", "url").iter_rows())}
    rows |= {name: one.url for name, one in registry().items() if name not in rows}
    return {name: url for name, url in rows.items() if url and url.startswith("http")}


def revisions(history: Sequence[Observation]) -> list[Revision]:
    """Figures that were replaced by another value of the same source, the last replaced first."""
    by_key: dict[tuple[object, ...], list[Observation]] = {}
    for row in history:
        if row.published is not None:
            by_key.setdefault((row.freq, row.period, row.source_id, row.scenario), []).append(row)
    replaced = []
    for rows in by_key.values():
        for before, after in pairwise(sorted(rows, key=lambda row: row.published or date.min)):
            if amount(before) != amount(after) and before.published and after.published:
                change = ""
                if before.value and after.value is not None:
                    change = f"{100 * (after.value / before.value - 1):+.1f} %".replace("-", MINUS)
                replaced.append(
                    Revision(
                        before.period,
                        before.source_id,
                        amount(before),
                        before.published,
                        amount(after),
                        after.published,
                        change,
                    )
                )
    return sorted(replaced, key=lambda one: (one.after_on, one.period), reverse=True)


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
