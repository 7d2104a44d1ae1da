"""``/v1/scoreboard``: what was projected, by others and by us, and how far off it turned out to be."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.base.layers import Layer
from features.view import View
from projection.third_party.own_entries import BY as OURS
from projection.third_party.scoreboard import Outcome, State, scoreboard
from service import parameters
from service.answers import clean
from service.comparison_shapes import ScoreList
from service.cursors import page
from service.desk import Desk, Moment
from service.openapi import documented


@dataclass(frozen=True, slots=True)
class Board:
    """Every outcome of one generation, and editions of ours that could not be read."""

    generation: str
    outcomes: tuple[Outcome, ...]
    skipped: tuple[str, ...]


class Boards:
    """The board of the newest generation asked for, so that pages and filters of it judge once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._board: Board | None = None
        self._lock = Lock()

    def of(self, moment: Moment) -> Board:
        """The board as of today."""
        with self._lock:
            if self._board is None or self._board.generation != moment.generation:
                own = self._desk.context.own()
                found = scoreboard(View.of(moment.grounds.store, as_of=moment.today), ours=own.entries)
                self._board = Board(moment.generation, found, own.skipped)
            return self._board


def _key(item: Outcome) -> tuple[str, ...]:
    entry = item.entry
    days = (entry.period.start.isoformat(), entry.period.freq.value, entry.published.isoformat())
    return (entry.series_id, *days, entry.by, entry.source_id, entry.scenario)


def document(board: Board, moment: Moment, values: Mapping[str, str]) -> dict[str, Any]:
    """Outcomes by series, period and day of publication; raises :class:`data.base.errors.InvalidParameter`."""
    region = parameters.choice("region", values["region"], parameters.SERIES_REGIONS) if "region" in values else None
    layer = Layer(parameters.choice("layer", values["layer"], list(Layer))) if "layer" in values else None
    state = State(parameters.choice("state", values["state"], list(State))) if "state" in values else None
    known = sorted({OURS, *(item.entry.by for item in board.outcomes)})
    by = parameters.choice("by", values["by"], known) if "by" in values else None
    found = [
        item
        for item in board.outcomes
        if region in {None, item.entry.region}
        and layer in {None, item.entry.layer}
        and state in {None, item.state}
        and by in {None, item.entry.by}
    ]
    items, following = page(
        sorted(found, key=_key),
        key=_key,
        query=f"scoreboard?{region}&{layer}&{by}&{state}",
        cursor=values.get("cursor"),
        limit=parameters.limit(values),
    )
    counts = Counter(item.state for item in found)
    return {
        "as_of": moment.today.isoformat(),
        "counts": {one.value: counts[one] for one in State},
        "items": [_item(item) for item in items],
        "next": following,
        "skipped": list(board.skipped),
    }


def _item(item: Outcome) -> dict[str, Any]:
    entry, later = item.entry, item.later
    body = {
        "by": entry.by,
        "source_id": entry.source_id,
        "series_id": entry.series_id,
        "region": entry.region,
        "layer": None if entry.layer is None else entry.layer.value,
        "unit": entry.unit,
        "freq": entry.period.freq.value,
        "period": entry.period.start.isoformat(),
        "scenario": entry.scenario,
        "published": entry.published.isoformat(),
        "horizon_years": entry.horizon,
        "point": entry.point,
        "low": entry.low,
        "high": entry.high,
        "kind": entry.kind,
        "derived": entry.derived or None,
        "state": item.state.value,
        "basis": item.basis or None,
        "later": None
        if later is None
        else {
            "series_id": later.series_id,
            "low": later.low,
            "middle": later.middle,
            "high": later.high,
            "sources": list(later.sources),
            "last_published": later.last_published.isoformat(),
        },
        "log_error": item.log_error,
        "inside": item.inside,
        "crps_log": item.crps,
    }
    return {key: clean(value) for key, value in body.items()}


def router(desk: Desk) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["figures"])
    boards = Boards(desk)

    @routes.get(
        "/v1/scoreboard",
        operation_id="listScores",
        summary="Projections and what became of them",
        **documented(ScoreList, parameters=parameters.SCOREBOARD),
    )
    def listing(request: Request) -> Response:
        """Every published projection and every edition of ours, scored as soon as a later figure is known."""
        values = parameters.read(request, parameters.SCOREBOARD)
        moment = desk.moment()
        return desk.give(
            request,
            moment,
            kind="scoreboard",
            canonical=str(sorted(values.items())),
            build=lambda: document(boards.of(moment), moment, values),
        )

    return routes
