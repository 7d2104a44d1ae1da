"""Editions: every one that was issued, which answered on a day, how to cite it, and two of them side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import InvalidParameter
from data.store.ledger import IssuedEdition
from projection.edition.edition import Edition
from projection.sharing.changes import changes
from projection.sharing.citation import Citation, citation
from service.api.editions.changes import answer as changes_answer
from service.api.editions.changes import view_of
from service.api.editions.editions import EditionItem, edition_list
from service.base.paging import PageQuery
from service.base.query import Text, exact_day, span
from service.base.routes import Respond, Responder
from service.pages.frame.navigation import EDITIONS
from service.pages.frame.respond import Head, respond_page
from service.pages.views.choices import Choice, Row
from service.pages.views.editions.changes import SideBySide, side_by_side
from service.pages.words import day_text

STATE = {
    "served": "Answers now",
    "issued": "Answers when it is named",
    "recalled": "Recalled",
    "corrupt": "Damaged, not served",
}
YEARS_AHEAD = 2
"""The year that is set side by side unless another is asked for, after that of the figures."""
SHOWN = 200
"""Editions that can be chosen from a list; an address may name any."""
router = APIRouter(include_in_schema=False)


class EditionsQuery(PageQuery):
    """A page of the list, the day whose edition is asked for, or two editions to be set side by side."""

    on: Annotated[
        date | None, Text(lambda text: exact_day("on", text)), Field(description="The edition that answered then.")
    ] = None
    before: Annotated[str | None, Text(str), Field(alias="from", description="The edition compared with.")] = None
    after: Annotated[
        str | None,
        Text(str),
        Field(alias="to", description="The edition compared; the one that answers now by default."),
    ] = None
    year: Annotated[
        date | None, Text(lambda text: span("year", text)[0]), Field(description="Whose numbers are compared.")
    ] = None


@dataclass(frozen=True, slots=True)
class OfDay:
    """Which edition answered at the end of a day; ``reason`` says why there is none."""

    day: date
    record: IssuedEdition | None
    reason: str = ""


@router.get("/editions")
def editions(query: Annotated[EditionsQuery, Query()], respond: Respond) -> Response:
    """Every edition, the one of a day, and two side by side."""
    of_day = _of_day(respond, query.on) if query.on else None
    pair = _pair(respond, query)
    edition = respond.snapshot.edition
    return respond_page(respond, query, EDITIONS, edition, lambda: view(respond, query, of_day, pair))


def view(
    respond: Responder, query: EditionsQuery, of_day: OfDay | None, pair: tuple[Edition, Edition] | None
) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    snapshot = respond.snapshot
    listed = edition_list(snapshot, PageQuery(limit=query.limit, cursor=query.cursor))
    number = len(snapshot.recorded)
    recalled = sum(record.recalled is not None for record in snapshot.recorded)
    lead = f"{number:,} {'edition was' if number == 1 else 'editions were'} issued"
    lead += f", {recalled:,} of them recalled since." if recalled else "."
    compared, years = _compared(respond, query, pair) if pair else (None, None)
    shown = {
        "lead": lead,
        "items": listed.items,
        "choices": [_option(item) for item in edition_list(snapshot, PageQuery(limit=SHOWN)).items],
        "state": STATE,
        "next": listed.next,
        "today": snapshot.today,
        "of_day": of_day,
        "pair": pair,
        "compared": compared,
        "years": years,
        "cited": _cited(respond, of_day, pair),
    }
    if pair is None:
        return Head("Every edition, and what moved · Headroom", lead), shown
    before, after = pair
    return Head(f"What moved from {before.id} to {after.id} · Headroom", compared.why if compared else lead), shown


def _of_day(respond: Responder, day: date) -> OfDay:
    """The edition that answered when a day ended."""
    try:
        end = datetime.combine(day + timedelta(days=1), time.min, UTC)
        return OfDay(day, respond.snapshot.named.issued_before(end))
    except InvalidParameter:
        first = min((record.issued for record in respond.snapshot.recorded), default=None)
        since = "" if first is None else f" The first was issued on {day_text(first.date())}."
        return OfDay(day, None, f"No edition answered then.{since}")


def _pair(respond: Responder, query: EditionsQuery) -> tuple[Edition, Edition] | None:
    """The editions to be set side by side; raises :class:`InvalidParameter` for one that is not there."""
    if query.before is None:
        if query.after is not None:
            raise InvalidParameter("from", "is required where to is given")
        return None
    before = respond.named(respond.record("from", query.before))
    if query.after is None:
        return before, respond.snapshot.required_edition()
    return before, respond.named(respond.record("to", query.after))


def _compared(respond: Responder, query: EditionsQuery, pair: tuple[Edition, Edition]) -> tuple[SideBySide, Row]:
    before, after = pair
    views = {"earlier": view_of(respond.snapshot, before), "later": view_of(respond.snapshot, after)}
    year = query.year.year if query.year else after.data_as_of.year + YEARS_AHEAD
    answer = changes_answer(changes(before, after, **views))
    compared = side_by_side(answer, year, respond.snapshot.data.series)
    chosen = {"from": before.id, "to": after.id}
    return compared, Row("Year", [Choice(str(one), {**chosen, "year": one}, one == year) for one in compared.years])


def _option(item: EditionItem) -> tuple[str, str]:
    """An edition in a list to choose from: its id, and what it is told by."""
    mark = f", {STATE[item.state].lower()}" if item.state != "issued" else ""
    return item.id, f"{item.issued:%Y-%m-%d %H:%M}, figures of {item.data_as_of}{mark} ({item.id})"


def _cited(respond: Responder, of_day: OfDay | None, pair: tuple[Edition, Edition] | None) -> Mapping[str, Citation]:
    """How to cite the editions the page speaks of, by their ids."""
    shown = list(pair or ())
    if of_day and of_day.record:
        shown.append(respond.named(of_day.record))
    if not shown and respond.snapshot.edition:
        shown.append(respond.snapshot.edition)
    return {edition.id: citation(edition, address=respond.public_url) for edition in shown}
