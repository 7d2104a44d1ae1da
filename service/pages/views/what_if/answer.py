"""The answer under a setting beside that of base: a sentence in futures of a hundred, a small table, every year."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data.base.layers import DemandConcept
from data.periods.period import Frequency, Period
from projection.edition.differences import NOT_AFFECTED
from projection.edition.edition import BASE
from projection.edition.points import Point, shortest
from projection.scenarios import library
from projection.scenarios.levers import levers
from service.api.scenarios.evaluation import ComparedBand, ComparedNumber, EvaluatedPoint
from service.pages.outcome import Outcome
from service.pages.views.overview.numbers import NONE
from service.pages.views.what_if.query import WhatIfPageQuery
from service.pages.words import MET, NEED, by_when, in_hundred, verdict
from service.wording import Scale, region_name, signed

WOULD, WERE = "would have to", "were to"
HUNDRED = Scale(0.01, "of 100", 1)
"""Chances as futures of a hundred, one decimal."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One number under the setting, as forecast, and the difference with how sure its sign is."""

    name: str
    here: str
    before: str
    difference: str
    band: str
    sure: str


@dataclass(frozen=True, slots=True)
class Year:
    """One year of the table."""

    period: str
    current: bool
    here: str
    before: str
    difference: str
    gap: str
    gap_band: str
    gap_before: str
    gap_difference: str


@dataclass(frozen=True)
class Answer:
    """What stands at the head of the page; blank where there is no answer.

    Attributes:
        setting: what is supposed, as the beginning of a sentence.
        verdict: the answer in a word or two.
        here, before: chances under the setting and as forecast, as natural frequencies.
        needed: what is needed, of a cell that answers no shortage.
        where, when: of whom and when, inside a sentence.
        note: that nothing is changed, or why nothing is said.
        compared: the numbers of the year asked about.
    """

    setting: str = ""
    verdict: str = ""
    here: str = ""
    before: str = ""
    where: str = ""
    when: str = ""
    needed: str = ""
    note: str = ""
    compared: tuple[Compared, ...] = ()


def setting_words(query: WhatIfPageQuery) -> str:
    """A setting as the beginning of a sentence; blank in base.

    >>> setting_words(WhatIfPageQuery(levers="efficiency:0.7"))
    'If models were to need 0.7 times the accelerators that are expected from 2029 on'
    """
    supposed = [
        levers()[name].would.format(setting=shortest(value)).replace(WOULD, WERE)
        for name, value in query.settings.items()
    ]
    if query.scenario == BASE:
        return f"If {' and '.join(supposed)}" if supposed else ""
    story = f"In the scenario \N{LEFT DOUBLE QUOTATION MARK}{library.document(query.scenario).title}"
    return f"{story}\N{RIGHT DOUBLE QUOTATION MARK}{', and if ' if supposed else ''}{' and '.join(supposed)}"


def answer_of(outcome: Outcome, query: WhatIfPageQuery, point: Point | None) -> Answer:
    """The answer in one period.

    Args:
        outcome: of the setting.
        query: what is asked.
        point: of base in that period; None where the cell does not answer.
    """
    cell, setting = outcome.base.cell, setting_words(query)
    if point is None:
        return Answer(setting, verdict="No answer.", note=cell.reason or "")
    where = region_name(cell.region)
    when = by_when(Period(point.period, Frequency.YEAR), cell.timing)
    at = outcome.at(point.period)
    if at is None:
        return Answer(setting, where=where, when=when)
    still = "" if outcome.affected or query.is_base else f"This {NOT_AFFECTED}: every number is as forecast."
    compared = tuple(_compared(at, outcome.fine, need=NEED[DemandConcept.WANTED], met=MET[cell.layer]))
    if at.p_short is None:
        here, before = (outcome.fine.text(side["0.5"]) for side in (at.demand.value, at.demand.base))
        needed = f"{where} needs {here} {when} in the middle case"
        needed += "" if query.is_base else f"; as forecast {before}"
        note = f"{still} {cell.reason or ''}".strip()
        return Answer(setting, where=where, when=when, needed=needed, note=note, compared=compared)
    return Answer(
        setting,
        verdict(at.p_short.value),
        in_hundred(at.p_short.value),
        in_hundred(at.p_short.base),
        where,
        when,
        note=still,
        compared=compared,
    )


def _compared(at: EvaluatedPoint, scale: Scale, *, need: str, met: str) -> Iterator[Compared]:
    if at.p_short is not None:
        yield _number("Falls short, futures of 100", at.p_short, HUNDRED)
    names: list[tuple[str, ComparedBand | None]] = [
        (f"{need.capitalize()}, {scale.unit}", at.demand),
        (f"{met.capitalize()}, {scale.unit}", at.supply),
        (f"Short by, {scale.unit}", at.gap),
    ]
    for name, band in names:
        if band is not None:
            yield _band(name, band, scale)
    if at.expected_shortfall is not None:
        yield _number(f"Short by on average over all futures, {scale.unit}", at.expected_shortfall, scale)


def _band(name: str, compared: ComparedBand, scale: Scale) -> Compared:
    low, high = (_signed(compared.difference[level], scale) for level in ("0.1", "0.9"))
    same = not any(compared.difference.values())
    return Compared(
        name,
        scale.number(compared.value["0.5"]),
        scale.number(compared.base["0.5"]),
        _signed(compared.difference["0.5"], scale),
        "" if same else f"{low} to {high}",
        NONE if same else _sure(compared.p_sign),
    )


def _number(name: str, compared: ComparedNumber, scale: Scale) -> Compared:
    return Compared(
        name,
        scale.number(compared.value),
        scale.number(compared.base),
        _signed(compared.difference, scale),
        "",
        NONE if not compared.difference else _sure(compared.p_sign),
    )


def _sure(chance: float) -> str:
    """How sure, of 100: short, as it stands in a column."""
    number = in_hundred(chance).removesuffix(" of 100")
    return number.replace("more than", ">").replace("fewer than", "<").replace(" ", "\N{NO-BREAK SPACE}")


def _signed(value: float, scale: Scale) -> str:
    return signed(value, Scale(scale.divisor, "", scale.digits))


def years(outcome: Outcome, point: Point | None) -> list[Year]:
    """Every year, the one asked about marked."""
    return [_year(outcome, one, current=point is not None and one.period == point.period) for one in outcome.points]


def _year(outcome: Outcome, at: EvaluatedPoint, *, current: bool) -> Year:
    scale = outcome.fine
    chance: dict[str, Any] = dict.fromkeys(("here", "before", "difference"), NONE)
    if at.p_short is not None:
        chance = {
            "here": HUNDRED.number(at.p_short.value),
            "before": HUNDRED.number(at.p_short.base),
            "difference": _signed(at.p_short.difference, HUNDRED),
        }
    band = at.gap or at.demand
    return Year(
        period=Period(at.period, Frequency.YEAR).label,
        current=current,
        **chance,
        gap=scale.number(band.value["0.5"]),
        gap_band=f"{scale.number(band.value['0.1'])} to {scale.number(band.value['0.9'])}",
        gap_before=scale.number(band.base["0.5"]),
        gap_difference=_signed(band.difference["0.5"], scale),
    )
