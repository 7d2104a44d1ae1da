"""Editions: every one that was issued, how to cite it, and what moved from one to another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from projection.edition.edition import Edition
from projection.sharing.changes import changes
from projection.sharing.citation import citation
from service.api.editions.changes import CellItem, ChangesAnswer, PairItem, view_of
from service.api.editions.changes import answer as changes_answer
from service.api.editions.editions import EditionItem, edition_list
from service.base.paging import PageQuery
from service.base.query import Text
from service.base.routes import Respond
from service.pages.frame.navigation import EDITIONS
from service.pages.frame.respond import Head, respond_page
from service.pages.words import LAYER_NAME, in_hundred, region_title
from service.state import Snapshot
from service.wording import Scale

STATE = {
    "served": "answers now",
    "issued": "answers when it is named",
    "recalled": "recalled",
    "corrupt": "damaged, not served",
}
CAUSE = {
    "figures": "new figures",
    "revisions": "revised figures",
    "models": "another model",
    "assumptions": "other assumptions",
    "code": "other code",
    "draws": "other draws",
}
YEARS_AHEAD = 2
"""The year that is set side by side, after that of the figures."""
NONE = "\N{EN DASH}"
router = APIRouter(include_in_schema=False)


class EditionsQuery(PageQuery):
    """A page of the list, and an edition set beside the one served."""

    since: Annotated[str | None, Text(str), Field(description="The edition compared with.")] = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What one cell says of a year in two editions, as text: before and after."""

    region: str
    layer: str
    need: tuple[str, str]
    gap: tuple[str, str]
    chance: tuple[str, str]


@router.get("/editions")
def editions(query: Annotated[EditionsQuery, Query()], respond: Respond) -> Response:
    """Every edition, and two side by side."""
    snapshot, url = respond.snapshot, respond.public_url
    return respond_page(respond, query, EDITIONS, snapshot.edition, lambda: view(snapshot, query, address=url))


def view(snapshot: Snapshot, query: EditionsQuery, *, address: str) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows; raises :class:`NotFound` for an unknown edition."""
    listed = edition_list(snapshot, PageQuery(limit=query.limit, cursor=query.cursor))
    current = snapshot.edition
    before = snapshot.named.load(snapshot.named.record(query.since)) if query.since else None
    compared = _compared(snapshot, before, current) if before and current else None
    year = current.data_as_of.year + YEARS_AHEAD if current else 0
    lead = f"{len(snapshot.recorded):,} {'edition was' if len(snapshot.recorded) == 1 else 'editions were'} issued."
    shown = {
        "lead": lead,
        "items": listed.items,
        "state": STATE,
        "others": [item for item in listed.items if _comparable(item, current)],
        "next": listed.next,
        "compared": compared,
        "causes": [CAUSE[cause] for cause in compared.causes] if compared else [],
        "year": year,
        "moved": _moved(compared.cells, year) if compared else [],
        "cited": citation(current, address=address) if current else None,
    }
    return Head("Every edition, and what moved · Headroom", lead), shown


def _comparable(item: EditionItem, current: Edition | None) -> bool:
    return current is not None and item.id != current.id and item.state != "corrupt"


def _compared(snapshot: Snapshot, before: Edition, after: Edition) -> ChangesAnswer:
    return changes_answer(
        changes(before, after, earlier=view_of(snapshot, before), later=view_of(snapshot, after)),
    )


def _moved(cells: Sequence[CellItem], year: int) -> list[Moved]:
    moved = []
    for cell in cells:
        for point in cell.points:
            if point.period.year == year:
                need, gap = _pair(point.demand, cell.unit), _pair(point.gap, cell.unit)
                short = point.p_short
                chance = tuple(NONE if one is None else in_hundred(one) for one in (short.before, short.after))
                name = LAYER_NAME[cell.layer]
                moved.append(Moved(region_title(cell.region), name, need, gap, (chance[0], chance[1])))
    return moved


def _pair(pair: PairItem, unit: str) -> tuple[str, str]:
    """Both values in one unit."""
    scale = Scale.of([one for one in (pair.before, pair.after) if one is not None], unit)
    before, after = (NONE if one is None else scale.text(one) for one in (pair.before, pair.after))
    return before, after
