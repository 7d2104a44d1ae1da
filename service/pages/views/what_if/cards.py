"""The scenarios of the library as cards: what happens, what it does to the cell, and the link that sets it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from projection.edition.differences import NOT_AFFECTED
from projection.edition.edition import BASE, Edition
from projection.edition.points import Point
from projection.scenarios import library
from service.pages.outcome import Outcome
from service.pages.views.scenario_effects import Effect, effect_of_each
from service.pages.views.what_if.query import WhatIfPageQuery

MISSING = "not in this edition"


@dataclass(frozen=True, slots=True)
class Card:
    """One scenario.

    Attributes:
        title, story: what happens.
        evidence: what bounds it.
        effect: what it does to the cell in the year asked about.
        moves: whether it does anything.
        parameters: of the view that sets it; current: whether it is set.
    """

    title: str
    story: str
    evidence: str
    effect: str
    moves: bool
    parameters: dict[str, Any]
    current: bool


def cards(edition: Edition, outcome: Outcome, query: WhatIfPageQuery, point: Point | None) -> list[Card]:
    """Every scenario but base, those first that move the chance most.

    Args:
        edition: that holds their answers.
        outcome: whose base they are compared with.
        query: the view.
        point: of base in the year asked about; None where the cell does not answer.
    """
    by_name: dict[str, Effect] = {}
    if point is not None:
        day = date(point.period.year, 12, 31)
        unit = outcome.base.cell.unit
        by_name = {one.name: one for one in effect_of_each(edition, outcome.base.query, point, day=day, unit=unit)}
    names = [name for name in library.documents() if name != BASE]
    names.sort(key=lambda name: -abs(by_name[name].change) if name in by_name else 1.0)
    return [_card(name, by_name.get(name), query, answered=point is not None) for name in names]


def _card(name: str, effect: Effect | None, query: WhatIfPageQuery, *, answered: bool) -> Card:
    document = library.document(name)
    text = effect.text if effect is not None else MISSING if answered else ""
    return Card(
        document.title,
        document.story,
        document.evidence or "",
        text or (NOT_AFFECTED if answered else ""),
        effect is not None and bool(effect.text),
        query.chosen | {"scenario": name, "levers": None},
        query.scenario == name,
    )
