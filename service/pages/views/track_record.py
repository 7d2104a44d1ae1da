"""The track record: who forecast how well, ourselves among them, and whether our bands hold what they say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.base.errors import NoChampion, NotFound
from data.base.layers import Layer
from projection.scoreboard.judging import ScoredProjection, State
from projection.scoreboard.own_entries import BY as OURS
from service.api.scores.calibration import Calibration, SeriesCalibration, calibration_of
from service.api.scores.scoreboard import BoardQuery, ScoreQuery, chosen
from service.api.scores.scoreboard import answer as scores
from service.api.scores.summary import GroupScore, summary
from service.base.routes import Respond
from service.pages.charts.style import NARROW, WIDTH
from service.pages.charts.track_record import PANELS, TrackChartQuery, rows_of, spec_of
from service.pages.frame.navigation import TRACK_RECORD
from service.pages.frame.respond import Head, respond_page
from service.pages.views.choices import LAYERS_SHOWN, Choice, Row
from service.pages.words import LAYER_NAME, day_text, region_title
from service.state import Snapshot
from service.wording import Scale

LEAD = {"under_1": "under a year", "1_to_2": "1 to 2 years", "2_to_5": "2 to 5 years", "over_5": "over 5 years"}
GROWTH = {"fast": "Grows fast", "slow": "Grows slowly", "raw": "May be zero or below"}
STEP = {"first": "next period", "year": "up to a year", "beyond": "beyond a year"}
STRICT = "strict"
RULE = {STRICT: "known by then", "pseudo_vintage": "as known today"}
REGIONS = ("US", "CN", "EU", "WORLD")
"""Whose projections can be chosen by a link; an address may name any region."""
FREQUENCY = {"A": "years", "H": "half-years", "Q": "quarters", "M": "months", "W": "weeks", "D": "days"}
YEARS = 8
"""How many can be chosen by a link; an address may name any."""
NONE = "\N{EN DASH}"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Score:
    """How far off a publisher was, as text."""

    by: str
    region: str
    lead: str
    number: int
    error: str
    bias: str
    coverage: str


@dataclass(frozen=True, slots=True)
class Held:
    """Whether bands of a class held what came, as text: of the 50 % and of the 80 % band."""

    kind: str
    ahead: str
    figures: str
    number: int
    half: str
    most: str
    bias: str


@dataclass(frozen=True, slots=True)
class OwnProjection:
    """What an edition of ours said of a year, and what came of it, as text."""

    cell: str
    edition: str
    period: str
    middle: str
    band: str
    came: str
    verdict: str


@router.get("/track-record")
def track_record(query: Annotated[BoardQuery, Query()], respond: Respond) -> Response:
    """Who was right, and whether bands held."""
    snapshot = respond.snapshot
    return respond_page(respond, query, TRACK_RECORD, snapshot.edition, lambda: view(snapshot, query))


def view(snapshot: Snapshot, query: BoardQuery) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    board = snapshot.data.board
    counts = scores(board, ScoreQuery(limit=1, **query.model_dump())).counts
    groups = summary(board, query).groups
    trial, reason = _calibration(snapshot)
    parameters = query.model_dump()
    lead = (
        f"Of {sum(counts.values()):,} published projections {counts['scored']:,} can be scored by a later figure, "
        f"{counts['pending']:,} wait for one, and for {counts['unmatched']:,} none that counts the same is known."
        if board
        else "Nothing has been scored in this home yet: it is done with every publication of an edition."
    )
    shown = {
        "lead": lead,
        "scored_as_of": board.as_of if board else None,
        "scores": [_score(group) for group in sorted(groups, key=lambda one: (one.by != "Headroom", one.by.lower()))],
        "forecasts": _forecasts(trial) if trial else [],
        "editions": _editions(trial) if trial else [],
        "trial": trial,
        "reason": reason,
        "own": _own_projections(snapshot, query),
        "rows": [_layers(parameters), _regions(parameters), _years(snapshot, parameters)],
        "parameters": parameters,
        "sizes": _sizes(snapshot, query),
    }
    return Head("Who forecast data centers how well · Headroom", lead), shown


def percent(log: float | None) -> str:
    """A mean error of logarithms as a direction people can read.

    >>> percent(0.03), percent(-0.05), percent(0.0)
    ('3.0 % too high', '4.9 % too low', 'none')
    """
    if log is None:
        return NONE
    share = 100 * math.expm1(log)
    if abs(share) < 0.05:  # noqa: PLR2004 - what rounds to none
        return "none"
    return f"{abs(share):,.1f} % too {'high' if share > 0 else 'low'}"


def _score(group: GroupScore) -> Score:
    coverage = NONE if group.coverage is None else f"{round(group.coverage * group.n_ranges)} of {group.n_ranges}"
    error = f"{100 * math.expm1(group.error):,.1f} %"
    return Score(group.by, region_title(group.region), LEAD[group.lead], group.n, error, percent(group.bias), coverage)


def _share(coverage: Mapping[str, float], band: str) -> str:
    return f"{100 * coverage[band]:.0f} %" if band in coverage else NONE


def _forecasts(trial: Calibration) -> Sequence[Held]:
    """What was made on figures known by then comes first."""
    return [_series(item) for item in sorted(trial.forecasts, key=lambda one: one.rule != STRICT)]


def _series(item: SeriesCalibration) -> Held:
    return Held(
        f"{GROWTH[item.growth]}, {FREQUENCY.get(item.freq, item.freq)}",
        STEP[item.step_class],
        RULE[item.rule],
        item.n,
        _share(item.coverage, "0.5"),
        _share(item.coverage, "0.8"),
        # It is the log of what came over the forecast; a reader asks which way the forecast was off.
        percent(None if item.bias is None else -item.bias),
    )


def _editions(trial: Calibration) -> Sequence[Held]:
    return [
        Held(
            LAYER_NAME[Layer(item.layer)],
            LEAD[item.lead],
            f"{item.n_editions} editions" + (f", {item.n_recalled} recalled since" if item.n_recalled else ""),
            item.n,
            _share(item.coverage, "0.5"),
            _share(item.coverage, "0.8"),
            percent(item.bias),
        )
        for item in trial.editions
    ]


def _calibration(snapshot: Snapshot) -> tuple[Calibration | None, str]:
    """The calibration, or the reason why there is none."""
    try:
        return calibration_of(snapshot), ""
    except (NoChampion, NotFound) as error:
        return None, str(error)


def _sizes(snapshot: Snapshot, query: BoardQuery) -> Mapping[str, tuple[int, int, int, int]]:
    """Width and height of each panel that has something to draw: widths first, on a page before on a telephone."""
    sizes = {}
    for panel in PANELS:
        chart = TrackChartQuery.model_validate(query.model_dump() | {"panel": panel})
        if rows_of(snapshot, chart)[0]:
            looks = (chart, chart.model_copy(update={"size": "narrow"}))
            wide, narrow = (spec_of(snapshot, one)["height"] for one in looks)
            sizes[panel] = (WIDTH, NARROW, wide, narrow)
    return sizes


def _layers(parameters: Mapping[str, Any]) -> Row:
    named = [(None, "Everything"), *((layer, LAYER_NAME[layer]) for layer in LAYERS_SHOWN)]
    current = parameters["layer"]
    return Row("What", [Choice(text, {**parameters, "layer": one}, one == current) for one, text in named])


def _regions(parameters: Mapping[str, Any]) -> Row:
    named = [(None, "Everywhere"), *((code, region_title(code)) for code in REGIONS)]
    current = parameters["region"]
    return Row("Where", [Choice(text, {**parameters, "region": one}, one == current) for one, text in named])


def _years(snapshot: Snapshot, parameters: Mapping[str, Any]) -> Row:
    """The years of which a projection has been decided."""
    outcomes = snapshot.data.board.outcomes if snapshot.data.board else ()
    years = sorted({one.entry.period.start.year for one in outcomes if one.state is State.SCORED}, reverse=True)[:YEARS]
    named = [(None, "Every year"), *((year, str(year)) for year in years)]
    return Row("For", [Choice(text, {**parameters, "year": one}, one == parameters["year"]) for one, text in named])


def _own_projections(snapshot: Snapshot, query: BoardQuery) -> Sequence[OwnProjection]:
    """What later figures decided of our editions, and what waits of the last: US power where nothing is chosen."""
    ours = [one for one in chosen(snapshot.data.board, query) if one.entry.by == OURS]
    issued = [record.id for record in sorted(snapshot.recorded, key=lambda record: record.issued)]
    scored = {one.entry.source_id for one in ours}
    last = next((name for name in reversed(issued) if name in scored), None)
    decided = [one for one in ours if one.state is State.SCORED]
    waiting = [one for one in ours if one.state is not State.SCORED and one.entry.source_id == last]
    if not (query.region or query.layer or query.edition):
        waiting = [one for one in waiting if (one.entry.region, one.entry.layer) == ("US", Layer.POWER)]
    return [_own_projection(one) for one in (*decided, *waiting)]


def _own_projection(one: ScoredProjection) -> OwnProjection:
    entry = one.entry
    values = [value for value in (entry.low, entry.point, entry.high) if value is not None]
    scale = Scale.of(values, entry.unit.replace("_", " "))
    layer = LAYER_NAME[entry.layer].lower() if entry.layer else ""
    if one.later is None:
        came, verdict = "not known yet", "waits" if one.state is State.PENDING else "no figure counts the same"
    else:
        came = f"{scale.text(one.later.middle)} ({day_text(one.later.last_published)})"
        verdict = "inside the range" if one.inside else "outside the range"
    return OwnProjection(
        f"{region_title(entry.region)}: {layer}",
        entry.source_id,
        entry.period.label,
        NONE if entry.point is None else scale.text(entry.point),
        NONE if entry.low is None or entry.high is None else scale.band(entry.low, entry.high),
        came,
        verdict,
    )
