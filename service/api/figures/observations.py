"""``/v1/observations``: figures of one series or of many, as they were known on a day."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import BeforeValidator, Field

from data.base.errors import InvalidParameter, NotFound
from data.catalogue.catalogue import SeriesInfo
from data.catalogue.observations import period_end
from data.periods.text import excerpt
from data.store.store import Rule
from features.view import View
from service.api.figures.series import AnyFrequency, find_series
from service.base.paging import LIMIT_DEFAULT, Cursor, Limit, page
from service.base.query import From, Switch, Text, To, exact_day, one_of
from service.base.response import ResponseModel
from service.base.routes import Respond, api_router, documented, get_table
from service.base.tables import TableQuery, attributed_by, beside, table
from service.state import Snapshot

ROW_KEY = ("series_id", "freq", "period", "source_id", "scenario", "published", "kind")
SERIES_MAXIMUM = 100
ASCENDING, DESCENDING = "period", "-period"

router = api_router("figures")


class ObservationQuery(TableQuery):
    """Which figures of a series, as known on which day."""

    as_of: Annotated[
        date | None,
        Text(lambda text: exact_day("as_of", text), {"type": "string", "format": "date"}),
        Field(
            description="Only what was known on that day, or the day of a time stamp; today by default.",
            examples=["2026-11-23"],
        ),
    ] = None
    rule: Annotated[
        Rule,
        one_of("rule", list(Rule)),
        Field(
            description="strict: published on or before as_of. available: period end plus release lag, for series "
            "whose publication days are days of retrieval."
        ),
    ] = Rule.STRICT
    include_history: Annotated[str, Switch, Field(description="Every vintage instead of the last one published.")] = (
        "false"
    )
    freq: AnyFrequency = None
    first: From = None
    last: To = None
    sort: Annotated[
        str,
        one_of("sort", (ASCENDING, DESCENDING)),
        Field(description="By frequency and period, the oldest first; -period turns the list round."),
    ] = ASCENDING
    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = None


def _names(text: str) -> str:
    names = list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    if len(names) > SERIES_MAXIMUM:
        raise InvalidParameter("series", f"{len(names)} series are more than {SERIES_MAXIMUM}")
    return ",".join(names)


class ManyObservationsQuery(ObservationQuery):
    """Which figures of which series, as known on which day."""

    series: Annotated[
        str,
        Text(_names),
        Field(
            description=f"Identifiers of /v1/series, separated by commas, at most {SERIES_MAXIMUM}.",
            examples=["alphabet.capex_cash,microsoft.capex_cash"],
        ),
    ]


Blank = Annotated[str | None, BeforeValidator(lambda text: text or None)]
"""A text; null where it is blank."""


class Observation(ResponseModel):
    """One figure, as said by one source on one day."""

    freq: Blank = Field(examples=["Q"])
    period: date = Field(examples=["2026-01-01"])
    unit: str = Field(examples=["USD_billion"])
    value: float | None = Field(examples=[41.2])
    low: float | None
    high: float | None
    kind: str = Field(examples=["actual"])
    scenario: Blank
    source_id: str = Field(examples=["sec_capex_sanylee"])
    published: date | None = Field(examples=["2026-04-29"])
    confidence: Blank
    note: Blank


class SeriesObservation(Observation):
    """One figure of a series."""

    series_id: str = Field(examples=["alphabet.capex_cash"])


Total = Annotated[int, Field(description="Figures that fit the query.", examples=[1])]


class ObservationList(ResponseModel):
    """A page of observations of one series."""

    series_id: str = Field(examples=["alphabet.capex_cash"])
    unit: str = Field(examples=["USD_billion"])
    as_of: date = Field(examples=["2026-11-23"])
    rule: Literal["strict", "available"] = Field(examples=["strict"])
    reason: str | None = Field(description="Why nothing is listed; null otherwise.")
    total: Total
    items: list[Observation]
    next: str | None


class ManyObservations(ResponseModel):
    """A page of observations of several series."""

    as_of: date = Field(examples=["2026-11-23"])
    rule: Literal["strict", "available"] = Field(examples=["strict"])
    total: Total
    items: list[SeriesObservation]
    next: str | None


Row = dict[str, Any]


def _page(snapshot: Snapshot, names: Sequence[str], query: ObservationQuery) -> tuple[list[Row], list[Row], str | None]:
    """All that fits the query, the rows of its page, and the cursor of the next.

    Raises :class:`data.base.errors.InvalidParameter`.
    """
    day, rule = query.as_of or snapshot.today, query.rule
    view = snapshot.as_of(day, rule=rule)
    frame = (view.vintages() if query.include_history == "true" else view.rows).filter(
        pl.col("series_id").is_in(list(names)),
        *([] if query.freq is None else [pl.col("freq") == query.freq]),
        *([] if query.first is None else [period_end() >= query.first]),
        *([] if query.last is None else [pl.col("period") <= query.last]),
    )
    descending = query.sort == DESCENDING
    rows = sorted(frame.select(*SeriesObservation.model_fields).iter_rows(named=True), key=_key, reverse=descending)
    window = f"{query.freq or ''}&{query.first}&{query.last}&{query.sort}"
    items, following = page(
        rows,
        key=_key,
        query=f"{','.join(names)}?as_of={day}&rule={rule}&history={query.include_history}&{window}",
        cursor=query.cursor,
        limit=query.limit,
        descending=descending,
    )
    return rows, items, following


def _key(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name] or "") for name in ROW_KEY)


def observations(snapshot: Snapshot, info: SeriesInfo, query: ObservationQuery) -> ObservationList:
    """A page of what was known of a series on a day; raises :class:`data.base.errors.InvalidParameter`."""
    rows, items, following = _page(snapshot, [info.series_id], query)
    day = query.as_of or snapshot.today
    return ObservationList(
        series_id=info.series_id,
        unit=info.unit,
        as_of=day,
        rule=query.rule.value,
        reason=None if rows else _nothing(snapshot, info, query, day),
        total=len(rows),
        items=[Observation.of(row) for row in items],
        next=following,
    )


def many_observations(snapshot: Snapshot, query: ManyObservationsQuery) -> ManyObservations:
    """A page of what was known of several series on a day.

    Raises :class:`InvalidParameter` for a series that there is not, with close matches.
    """
    names = query.series.split(",")
    for name in names:
        try:
            find_series(snapshot.data, name)
        except NotFound as error:
            raise InvalidParameter("series", f"there is none named {excerpt(name)}", allowed=error.allowed) from None
    rows, items, following = _page(snapshot, names, query)
    return ManyObservations(
        as_of=query.as_of or snapshot.today,
        rule=query.rule.value,
        total=len(rows),
        items=[SeriesObservation.of(row) for row in items],
        next=following,
    )


def _nothing(snapshot: Snapshot, info: SeriesInfo, query: ObservationQuery, day: date) -> str:
    """Why nothing is listed: another frequency or time was asked for, or a day before anything was known."""
    view, mine = snapshot.as_of(day, rule=query.rule), pl.col("series_id") == info.series_id
    visible = (view.vintages() if query.include_history == "true" else view.rows).filter(mine)
    if visible.height:
        fitting = visible if query.freq is None else visible.filter(pl.col("freq") == query.freq)
        if not fitting.height:
            return f"It has no figures of that frequency; it has {', '.join(info.freqs)}."
        days = fitting["period"].sort().to_list()
        return f"It has figures from {days[0]} to {days[-1]}, and none of that time."
    days = _vintages_today(snapshot.view, mine)
    since = f"; its first figure was published on {days[0]}" if query.rule is Rule.STRICT and days else ""
    return f"Nothing of it was known on {day} by the rule {query.rule.value}{since}."


def _vintages_today(today: View, mine: pl.Expr) -> list[date]:
    """The days on which figures were published, ascending."""
    return today.vintages().filter(mine)["published"].drop_nulls().sort().to_list()


def rows_of_series(answer: ObservationList) -> pl.DataFrame:
    """A row a figure of one series."""
    return _rows(beside(table(answer.items, Observation), series_id=answer.series_id), answer)


def rows_of_many(answer: ManyObservations) -> pl.DataFrame:
    """A row a figure of several series."""
    return _rows(table(answer.items, SeriesObservation), answer)


def _rows(figures: pl.DataFrame, answer: ObservationList | ManyObservations) -> pl.DataFrame:
    frame = beside(figures, as_of=answer.as_of, rule=answer.rule)
    return attributed_by(frame.select("series_id", pl.exclude("series_id")), "source_id")


@get_table(
    router,
    "/v1/series/{series_id}/observations",
    response_model=ObservationList,
    operation_id="listObservations",
    summary="Figures of one series, as known on a day",
    responses=documented("not_found", tables=True),
)
def list_observations(series_id: str, query: Annotated[ObservationQuery, Query()], respond: Respond) -> Response:
    """The last vintage visible on a day, or every vintage, by frequency, period, source and scenario."""
    snapshot = respond.snapshot
    info = find_series(snapshot.data, series_id)
    return respond.table(query, lambda question: observations(snapshot, info, question), rows_of_series)


@get_table(
    router,
    "/v1/observations",
    response_model=ManyObservations,
    operation_id="listManyObservations",
    summary="Figures of several series, as known on a day",
    responses=documented(tables=True),
)
def list_many_observations(query: Annotated[ManyObservationsQuery, Query()], respond: Respond) -> Response:
    """The same of several series in one list, by series."""
    return respond.table(query, lambda question: many_observations(respond.snapshot, question), rows_of_many)
