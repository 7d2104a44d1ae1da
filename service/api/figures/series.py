"""``/v1/series``: the catalogue of what was observed and projected."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import BeforeValidator, Field

from data.base.errors import NotFound
from data.catalogue.catalogue import SeriesInfo
from data.catalogue.definitions import definitions
from data.catalogue.observations import KINDS
from data.periods.period import Frequency
from service.base.paging import LIMIT_DEFAULT, Cursor, Limit, page
from service.base.query import Text, at_most, choice, one_of, span
from service.base.response import ResponseModel
from service.base.routes import NO_PARAMETERS, Respond, api_router, documented, get_table
from service.base.tables import TableQuery, table
from service.state import ServedData

SEARCH = 200
"""Characters of a search."""
CLOSE = 5
"""Close matches an unknown id is answered with."""
SERIES_REGIONS = tuple(sorted({one.region for one in definitions().values()}))
METRICS = tuple(sorted({one.metric for one in definitions().values()}))
SERIES_FREQUENCIES = tuple(sorted({freq for one in definitions().values() for freq in one.units}))
"""What the catalogue defines; a series of one's own may bring a region or metric beside them."""

SORTS: Mapping[str, Callable[[SeriesInfo], str]] = {
    "series_id": lambda info: info.series_id,
    "first": lambda info: info.first.isoformat(),
    "last": lambda info: info.last.isoformat(),
    "n": lambda info: f"{info.n:09d}",
}
"""What a list of series is ordered by, as a text that sorts like it."""

router = api_router("figures")

AnyFrequency = Annotated[
    Frequency | None,
    one_of("freq", list(Frequency), hint=SERIES_FREQUENCIES),
    Field(description="Only figures of this frequency."),
]


class SeriesQuery(TableQuery):
    """Filters of the catalogue."""

    region: Annotated[
        str | None,
        Text(str, {"type": "string", "enum": list(SERIES_REGIONS)}),
        Field(description="Only series of this region, in any case.", examples=["US"]),
    ] = None
    metric: Annotated[
        str | None,
        Text(str, {"type": "string", "enum": list(METRICS)}),
        Field(description="Only series of this metric, in any case.", examples=["electricity_consumption"]),
    ] = None
    kind: Annotated[str | None, one_of("kind", KINDS), Field(description="Only series with figures of this kind.")] = (
        None
    )
    q: Annotated[
        str | None,
        Text(lambda text: at_most("q", text, SEARCH), {"type": "string", "maxLength": SEARCH}),
        Field(description="Words that must all occur in the series id, title, metric or unit.", examples=["steo"]),
    ] = None
    first: Annotated[
        date | None,
        Text(lambda text: span("from", text)[0]),
        Field(alias="from", description="Only series whose last period begins on that day or later."),
    ] = None
    last: Annotated[
        date | None,
        Text(lambda text: span("to", text)[1]),
        Field(alias="to", description="Only series whose first period begins on that day or earlier."),
    ] = None
    sort: Annotated[
        str,
        one_of("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")]),
        Field(description="Order of the list, by id where it is alike; a minus turns it round.", examples=["-last"]),
    ] = "series_id"
    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = None


Counted = Literal["yes", "no", "unspecified", "not_applicable"]
Texts = Annotated[list[str], BeforeValidator(lambda texts: [text for text in texts if text])]
"""Texts without the blank ones."""


class SeriesItem(ResponseModel):
    """One series of the catalogue."""

    series_id: str = Field(examples=["alphabet.capex_cash"])
    region: str = Field(examples=["WORLD"])
    metric: str = Field(examples=["capex_cash_ppe"])
    unit: str = Field(examples=["USD_billion"])
    freqs: list[str] = Field(examples=[["Q"]])
    sources: list[str] = Field(examples=[["sec_capex_sanylee"]])
    scenarios: Texts = Field(examples=[[]])
    kinds: list[str] = Field(examples=[["actual"]])
    first: date = Field(examples=["2012-01-01"])
    last: date = Field(examples=["2026-01-01"])
    n: int = Field(description="Rows, all vintages, sources and scenarios.", examples=[57])
    observed: dict[str, int] = Field(
        description="Periods with an actual or estimated value, by frequency.", examples=[{"Q": 57}]
    )
    table: str = Field(examples=["chips"])
    distrust: str | None = Field(description="Why to use it with wide bands or not at all.")
    title: str = Field(
        description="Short name; the id where no catalogue defines the series.",
        examples=["Capital expenditure in cash, quarter, Alphabet"],
    )
    definition: str | None = Field(
        description="What is counted, stock or flow, by whose definition.",
        examples=[
            (
                "Cash Alphabet paid for property and equipment in the calendar quarter, gross and without finance "
                "leases, from its cash-flow statement; a flow for all purposes, not data centers alone."
            )
        ],
    )
    crypto: Counted = Field(description="Whether cryptocurrency mining is counted.", examples=["not_applicable"])
    enterprise: Counted = Field(
        description="Whether companies' own data centers and server rooms are counted.", examples=["not_applicable"]
    )
    behind_the_meter: Counted = Field(
        description="Whether load fed by plants on the site itself is counted.", examples=["not_applicable"]
    )
    power_basis: Literal["it", "facility", "unspecified", "not_applicable"] = Field(
        description="Whether the computers alone or the whole facility with cooling and losses is meant.",
        examples=["not_applicable"],
    )
    h100e_basis: Literal["8bit", "16bit", "unspecified", "not_applicable"] = Field(
        description="Precision at which H100 equivalents are counted; two bases are never joined.",
        examples=["not_applicable"],
    )
    support: Literal["real", "nonnegative", "nonnegative_nondecreasing", "percent_of_whole", "at_least_one"] = Field(
        description="The values it can take, which every quantile of its forecast keeps to.", examples=["nonnegative"]
    )
    publishers: list[str] = Field(examples=[["sanylee-git/technical-signal-dashboard"]])
    licences: list[str] = Field(examples=[["SEC data public domain; repository without licence (facts compiled)"]])
    attribution: list[str] = Field(
        description="The line to print beside the figures, one per source.",
        examples=[
            [
                (
                    "Source: sanylee-git/technical-signal-dashboard, hyperscaler_capex_quarterly.csv (SEC XBRL company "
                    "facts), SEC data public domain; repository without licence (facts compiled)"
                )
            ]
        ],
    )
    release_lag_days: dict[str, int] = Field(
        description="Days from the end of a period to its publication, by source, where there is a rule.",
        examples=[{"sec_capex_sanylee": 30}],
    )
    private: bool = Field(description="Some of its figures were imported by a user.", examples=[False])


class SeriesList(ResponseModel):
    """A page of series."""

    total: int = Field(description="Series that fit the filters.", examples=[1])
    items: list[SeriesItem]
    next: str | None


def find_series(data: ServedData, series_id: str, *, others: Iterable[str] = ()) -> SeriesInfo:
    """One series; raises :class:`NotFound` with close matches, also among ``others``, as what is allowed."""
    info = data.series.get(series_id)
    if info is not None:
        return info
    ids = sorted({*data.series, *others})
    close = difflib.get_close_matches(series_id.lower(), ids, n=CLOSE, cutoff=0.6)
    close = close or [name for name in ids if series_id.lower() in name][:CLOSE]
    hint = f"did you mean: {', '.join(close)}" if close else "list the known series: /v1/series"
    raise NotFound("series", series_id, allowed=close, hint=hint)


def catalogue(all_series: Sequence[SeriesInfo], query: SeriesQuery) -> SeriesList:
    """A page of the series that pass every filter, by id; raises :class:`data.base.errors.InvalidParameter`."""
    filters: dict[str, str] = {}
    for name, defined in {"region": SERIES_REGIONS, "metric": METRICS}.items():
        text = getattr(query, name)
        if text is not None:
            filters[name] = choice(name, text, sorted({*defined, *(getattr(info, name) for info in all_series)}))
    if query.kind is not None:
        filters["kind"] = query.kind
    words = (query.q or "").casefold().split()
    rows = [
        info
        for info in all_series
        if _within(query, info)
        and filters.get("region", info.region) == info.region
        and filters.get("metric", info.metric) == info.metric
        and ("kind" not in filters or filters["kind"] in info.kinds)
        and all(word in f"{info.series_id} {info.title} {info.metric} {info.unit}".casefold() for word in words)
    ]
    descending, by = query.sort.startswith("-"), SORTS[query.sort.removeprefix("-")]
    items, following = page(
        sorted(rows, key=lambda info: (by(info), info.series_id), reverse=descending),
        key=lambda info: (by(info), info.series_id),
        query=f"series?{sorted(filters.items())}&q={' '.join(words)}&{query.first}&{query.last}&{query.sort}",
        cursor=query.cursor,
        limit=query.limit,
        descending=descending,
    )
    return SeriesList(total=len(rows), items=[SeriesItem.of(info) for info in items], next=following)


def _within(query: SeriesQuery, info: SeriesInfo) -> bool:
    """Whether a series has figures between the days asked for."""
    return (query.first is None or info.last >= query.first) and (query.last is None or info.first <= query.last)


@get_table(
    router,
    "/v1/series",
    response_model=SeriesList,
    operation_id="listSeries",
    summary="Series of the catalogue",
    responses=documented(tables=True),
)
def list_series(query: Annotated[SeriesQuery, Query()], respond: Respond) -> Response:
    """Every series by id, filtered by region, metric, kind and words."""
    data = respond.snapshot.data
    return respond.table(
        query,
        lambda question: catalogue(list(data.series.values()), question),
        lambda answer: table(answer.items, SeriesItem),
    )


@router.get(
    "/v1/series/{series_id}",
    response_model=SeriesItem,
    operation_id="getSeries",
    summary="One series",
    responses=documented("not_found"),
    dependencies=NO_PARAMETERS,
)
def get_series(series_id: str, respond: Respond) -> Response:
    """What one series counts, by whose definition, and what is known of it: unit, sources, licence, span."""
    return respond.answer(None, lambda: SeriesItem.of(find_series(respond.snapshot.data, series_id)))
