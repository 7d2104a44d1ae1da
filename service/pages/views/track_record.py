"""The track record: who forecast how well, ourselves among them, and whether our bands hold what they say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.base.errors import NoChampion, NotFound
from data.base.layers import Layer
from service.api.scores.calibration import Calibration, SeriesCalibration
from service.api.scores.calibration import answer as calibration
from service.api.scores.scoreboard import BoardQuery, ScoreQuery
from service.api.scores.scoreboard import answer as scores
from service.api.scores.summary import GroupScore, summary
from service.base.routes import Respond
from service.pages.frame.navigation import TRACK_RECORD
from service.pages.frame.respond import Head, respond_page
from service.pages.words import LAYER_NAME, region_title
from service.state import Snapshot
from training.artifact.past_calibration import RULES

LEAD = {"under_1": "under a year", "1_to_2": "1 to 2 years", "2_to_5": "2 to 5 years", "over_5": "over 5 years"}
GROWTH = {"fast": "Grows fast", "slow": "Grows slowly", "raw": "May be zero or below"}
STEP = {"first": "next period", "year": "up to a year", "beyond": "beyond a year"}
STRICT = "strict"
RULE = {STRICT: "known by then", "pseudo_vintage": "latest of the past"}
FREQUENCY = {"A": "years", "H": "half-years", "Q": "quarters", "M": "months", "W": "weeks", "D": "days"}
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
    data = snapshot.data
    recalled = [record.id for record in snapshot.recorded if record.recalled is not None]
    try:
        return calibration(data.champion(), data.board, RULES, recalled=recalled), ""
    except (NoChampion, NotFound) as error:
        return None, str(error)
