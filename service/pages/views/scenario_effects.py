"""What would change an answer: every scenario the edition holds, against the base, in one period of a cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from projection.edition.edition import BASE, Edition
from projection.edition.points import Point
from projection.scenarios import library
from service.api.gaps.gaps import GapQuery, read_gap
from service.pages.words import dots
from service.wording import Scale

SAME = 5e-4
"""Least change of a chance, or share of the need, that counts as one: draws cannot tell less."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One scenario.

    Attributes:
        name: in addresses; title, story: in words.
        before, after: futures of 100 that fall short, or the middle need where no shortage is answered.
        change: of the chance, for the order.
        text: the change in words.
    """

    name: str
    title: str
    story: str
    before: str
    after: str
    change: float
    text: str


def effects(edition: Edition, query: GapQuery, base: Point, *, day: date, unit: str) -> tuple[list[Effect], list[str]]:
    """Scenarios that move the answer, the largest change first, and the titles of those that do not.

    Args:
        edition: that holds them.
        query: the cell, of any scenario.
        base: its point in the base scenario.
        day: inside the period.
        unit: of the cell.
    """
    moved, still = [], []
    for effect in effect_of_each(edition, query, base, day=day, unit=unit):
        if effect.text:
            moved.append(effect)
        else:
            still.append(effect.title)
    return sorted(moved, key=lambda effect: -abs(effect.change)), still


def effect_of_each(edition: Edition, query: GapQuery, base: Point, *, day: date, unit: str) -> Iterator[Effect]:
    """Every scenario that the edition holds, those that move nothing with a blank text; arguments as above."""
    documents = library.documents()
    for name in edition.scenarios:
        if name == BASE or name not in documents:
            continue
        reading = read_gap(
            edition, query.model_copy(update={"scenario": name, "first": day, "last": day, "quantiles": "0.5"})
        )
        document = documents[name]
        if edition.unaffected(reading.cell):
            yield Effect(name, document.title, document.story, "", "", 0.0, "")
        elif reading.points:
            yield _effect(name, (document.title, document.story), base, reading.points[0], unit)


def _effect(name: str, words: tuple[str, str], base: Point, other: Point, unit: str) -> Effect:
    title, story = words
    if base.p_short is not None and other.p_short is not None:
        change = other.p_short - base.p_short
        before, after = str(dots(base.p_short)), str(dots(other.p_short))
        if before == after:
            before, after = f"{100 * base.p_short:.1f}", f"{100 * other.p_short:.1f}"
        text = "" if abs(change) < SAME else f"{before} \N{RIGHTWARDS ARROW} {after} of 100"
        return Effect(name, title, story, before, after, change, text)
    scale = Scale.of((base.demand["0.5"], other.demand["0.5"]), unit)
    change = other.demand["0.5"] / base.demand["0.5"] - 1
    before, after = scale.number(base.demand["0.5"]), scale.number(other.demand["0.5"])
    text = "" if abs(change) < SAME else f"need {before} \N{RIGHTWARDS ARROW} {after} {scale.unit}"
    return Effect(name, title, story, before, after, change, text)
