"""Where a difference comes from: its parts by group of drivers, and the inputs that move the base most."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from projection.scenarios.attribution.quantities import Quantity
from service.api.scenarios.attribution import AttributedCell, AttributionQuery, SplitItem
from service.evaluations.question import AttributionQuestion
from service.pages.views.what_if.answer import HUNDRED
from service.pages.views.what_if.query import WhatIfPageQuery
from service.pages.words import in_hundred
from service.wording import Scale, signed

MOVED = 8
"""Inputs that are moved one at a time."""
CAPITALS = frozenset({"us", "cn", "eu", "ai", "pue", "hdd", "mw"})
"""Parts of names of assumptions that are abbreviations."""
LEAST = 0.6
"""Width of the narrowest bar, percent of the scale."""
ROOM = 0.12
"""Share of the widest span that is left free at either end of a scale."""


@dataclass(frozen=True, slots=True)
class Span:
    """A bar between two places of a scale, percent of its width."""

    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the waterfall.

    Attributes:
        name: of the group, or of an end; words: what belongs to it.
        text: the part, or the chance at an end.
        span: its bar; kind: ``end``, ``more`` or ``less``.
        sure: how sure the sign of the part is.
    """

    name: str
    words: str
    text: str
    span: Span
    kind: str
    sure: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """One row of the tornado: an assumption at either end of its own range.

    Attributes:
        name: of the assumption; words: the same as people write it; unit: what it is counted in.
        low, high: the ends of eight of ten draws; at_low, at_high: futures of a hundred that fall short there.
        span: of the bar between them.
    """

    name: str
    words: str
    unit: str
    low: str
    high: str
    at_low: str
    at_high: str
    span: Span


@dataclass(frozen=True, slots=True)
class Why:
    """Both.

    Attributes:
        steps: from base to the setting; none where the setting is base.
        still: titles of groups that are changed and do not move the cell.
        inputs: largest first.
        base: where the base stands on the scale of the inputs, percent; before: its chance.
    """

    steps: tuple[Step, ...]
    still: tuple[str, ...]
    inputs: tuple[Input, ...]
    base: float
    before: str


def question_of(query: WhatIfPageQuery, edition: str, year: int) -> AttributionQuestion:
    """What the processes are asked; raises :class:`InvalidParameter` for a cell without a gap."""
    texts = {
        "region": query.region,
        "layer": query.layer.value,
        "scenario": query.scenario,
        "levers": query.levers,
        "period": str(year),
        "assumptions": str(MOVED),
    }
    attribution = AttributionQuery.model_validate({name: text for name, text in texts.items() if text is not None})
    return attribution.question(edition)


def why_of(cell: AttributedCell, day: date) -> Why | None:
    """The chance of a shortage in a period, split; None where the period is not answered."""
    point = next((one for one in cell.points if one.period == day), None)
    split = next((one for one in point.quantities if one.quantity is Quantity.P_SHORT), None) if point else None
    if split is None:
        return None
    titles = {group.group: (group.title, group.words) for group in cell.groups}
    inputs, base = _inputs(split)
    return Why(
        tuple(_steps(split, titles)) if cell.groups else (),
        tuple(group.title for group in cell.groups if group.effect is not None),
        tuple(inputs),
        base,
        in_hundred(split.against),
    )


def _steps(split: SplitItem, titles: dict[str, tuple[str, str]]) -> Iterator[Step]:
    parts = [part for part in split.parts if part.value]
    levels = [split.against]
    for part in parts:
        levels.append(levels[-1] + part.value)
    place = _scale([*levels, split.value])
    yield Step("As forecast", "", HUNDRED.number(split.against), _mark(place(split.against)), "end")
    for part, before, after in zip(parts, levels, levels[1:], strict=False):
        ends = sorted((place(before), place(after)))
        yield Step(
            *titles[part.group],
            signed(part.value, Scale(HUNDRED.divisor, "", HUNDRED.digits)),
            Span(ends[0], max(ends[1] - ends[0], LEAST)),
            "more" if part.value > 0 else "less",
            in_hundred(part.p_sign),
        )
    yield Step("With this setting", "", HUNDRED.number(split.value), _mark(place(split.value)), "end")


def _inputs(split: SplitItem) -> tuple[list[Input], float]:
    if not split.bars or split.base is None:
        return [], 0.0
    place = _scale([split.base, *(end for bar in split.bars for end in (bar.at_low, bar.at_high))])
    rows = []
    for bar in split.bars:
        ends = sorted((place(bar.at_low), place(bar.at_high)))
        rows.append(
            Input(
                bar.assumption,
                _plain(bar.assumption),
                bar.unit,
                f"{bar.low:.3g}",
                f"{bar.high:.3g}",
                HUNDRED.number(bar.at_low),
                HUNDRED.number(bar.at_high),
                Span(ends[0], max(ends[1] - ends[0], LEAST)),
            )
        )
    return rows, place(split.base)


def _plain(name: str) -> str:
    words = [word.upper() if word in CAPITALS else word for word in name.split("_")]
    text = " ".join(words)
    return text[0].upper() + text[1:]


def _scale(values: list[float]) -> "Place":
    low, high = min(values), max(values)
    room = ROOM * max(high - low, 1e-3)
    return Place(low - room, high + room)


@dataclass(frozen=True, slots=True)
class Place:
    """A scale: where a value stands between two ends, percent."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)


def _mark(place: float) -> Span:
    return Span(place - LEAST / 2, LEAST)
