"""How far to trust an answer: what it hangs on, whether past bands held, and how old its figures are."""

from collections.abc import Mapping
from dataclasses import dataclass

from data.base.layers import Confidence
from data.catalogue.catalogue import SeriesInfo
from data.store.store import Rule
from projection.edition.edition import Cell, Edition
from projection.edition.points import Point
from projection.scoreboard.own_calibration import own_calibration
from service.pages.frame.names import series_title
from service.pages.words import day_text
from service.state import ServedData

SHOWN = 3
"""Inputs that are named."""
BAND = 0.8


@dataclass(frozen=True, slots=True)
class Cause:
    """A group of inputs, and its part of the width of the answer in percent."""

    name: str
    percent: int


@dataclass(frozen=True, slots=True)
class Trust:
    """What a reader should know before leaning on an answer.

    Attributes:
        confidence: how far figures carry it; None where nothing is answered.
        of: the width the causes are parts of, in words.
        causes: the largest first.
        coverage: sentences about past 80 % bands.
        ages: sentences about the age of the figures.
    """

    confidence: Confidence | None
    of: str
    causes: tuple[Cause, ...]
    coverage: tuple[str, ...]
    ages: tuple[str, ...]


def trust(edition: Edition, cell: Cell, point: Point | None, data: ServedData) -> Trust:
    """What is known about the reach of an answer in one period; None where there is none."""
    split: Mapping[str, float] = {}
    of = "gap"
    if point is not None:
        of = "gap" if "gap" in point.width_split else "need"
        split = point.width_split.get("gap") or point.width_split.get("demand") or {}
    ranked = sorted(split.items(), key=lambda item: -item[1])[:SHOWN]
    causes = tuple(Cause(name, round(100 * share)) for name, share in ranked)
    return Trust(cell.confidence, of, causes, tuple(_coverage(cell, data)), tuple(_ages(edition, cell, data.series)))


def _coverage(cell: Cell, data: ServedData) -> list[str]:
    """Whether bands of the past held what came: of single series as the model forecasts them, and of this layer."""
    sentences = []
    number, share = data.coverage_of_last_year.get(("series", Rule.STRICT.value), (0, None))
    if number and share is not None:
        sentences.append(
            f"Single series: of {number:,} forecasts decided in the last year and made on figures known by their day, "
            f"the range meant for 80 % held {100 * share:.0f} %."
        )
    ours = [one for one in own_calibration(data.board.outcomes if data.board else ()) if one.layer == cell.layer]
    decided = sum(one.n for one in ours)
    if decided:
        inside = round(sum(dict(one.coverage)[f"{BAND}"] * one.n for one in ours))
        sentences.append(
            f"Our own editions of this kind: the range meant for 80 % held {inside} of {decided} that were decided."
        )
    else:
        sentences.append("Our own editions of this kind: none has been decided by a later figure yet.")
    return sentences


def _ages(edition: Edition, cell: Cell, catalogue: Mapping[str, SeriesInfo]) -> list[str]:
    drivers = edition.drivers_of(cell)
    sentences = [f"Figures known on {day_text(edition.data_as_of)}."]
    if drivers:
        oldest = max(drivers, key=lambda driver: driver["age_days"])
        newest = min(drivers, key=lambda driver: driver["age_days"])
        sentences.append(
            f"Of the {len(drivers)} series it rests on the newest ends {newest['age_days']} days before that day, "
            f"the oldest {oldest['age_days']} ({series_title(oldest['series_id'], catalogue)}, to {oldest['period']})."
        )
        stale = [series_title(driver["series_id"], catalogue) for driver in drivers if driver["stale"]]
        if stale:
            sentences.append(f"Later than usual: {'; '.join(stale)}.")
    return sentences
