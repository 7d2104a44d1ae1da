"""The number behind a reading: counted over an edition's draws, or computed from figures of its day."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.base.errors import NotFound
from data.catalogue.observations import OBSERVED
from features.chips.designers import designers
from features.storage.market import Fact, facts
from features.view import View
from projection.claims import scenarios
from projection.claims.answers import PROBABILITY, RATIO, Answer, once, period_of
from projection.claims.definition import (
    Ahead,
    Change,
    Chips,
    Event,
    Figures,
    InScenario,
    Level,
    MedianInScenario,
    Query,
    ShareInScenario,
    Term,
    Together,
)
from projection.edition.edition import BASE, Edition
from projection.edition.points import band_of, rounded
from projection.inputs.assumption_values import Values
from projection.leads.yardsticks import YARDSTICKS, Futures, RegionDraws, YardstickName, draws_of

BoolArray = NDArray[np.bool_]
ANSWER = TypeAdapter(Answer)
MEASURES = {"h100e_per_unit": "H100e per chip", "units": "chips", "h100e": "H100e"}
"""What is counted of a designer's chips, and its unit."""


@dataclass
class Evidence:
    """What readings are answered from: an edition, figures known on its day, and yardsticks read once.

    Attributes:
        scenario: whose draws events are counted in; values: assumptions of models under it, where none are kept.
    """

    edition: Edition
    view: View
    scenario: str = BASE
    values: Values | None = None
    _yardsticks: dict[tuple[YardstickName, str], RegionDraws] = field(default_factory=dict)

    def yardstick(self, name: YardstickName, region: str) -> RegionDraws:
        """A yardstick of a region; raises :class:`NotFound` where the edition does not carry it."""
        if (name, region) not in self._yardsticks:
            self._yardsticks[name, region] = draws_of(self._futures, name, region)
        return self._yardsticks[name, region]

    @property
    def _futures(self) -> Futures:
        return Futures(self.edition, self.scenario, self.values)

    def at(self, name: YardstickName, region: str, period: str) -> NDArray[np.float64]:
        """Draws of a yardstick at a period, (draw,); raises :class:`NotFound`."""
        return self.yardstick(name, region).at(period_of(period))


def answer(query: Query, evidence: Evidence) -> Answer:
    """The number behind a query.

    Raises:
        NotFound: the edition or the day does not carry it; the hint says why.
        ArtifactCorrupt: a file of the edition is gone or changed.
    """
    match query:
        case Level() | Change() | Ahead():
            return _chance(query, evidence)
        case Together():
            return _together(query, evidence) if query.scenario == evidence.scenario else _published(query, evidence)
        case Figures():
            return _figures(query, evidence.view)
        case Chips():
            return _chips(query, evidence.view)
        case InScenario() | MedianInScenario() | ShareInScenario():
            return scenarios.answer(query, evidence.edition)


def event(query: Event, evidence: Evidence) -> tuple[BoolArray, NDArray[np.float64], tuple[str, ...]]:
    """Whether an event comes in each draw, (draw,), what is compared, and sources; raises :class:`NotFound`."""
    name = query.yardstick
    level = evidence.at(name, query.region, query.period)
    sources = evidence.yardstick(name, query.region).sources
    match query:
        case Level():
            return (level > query.value if query.side == "above" else level < query.value), level, sources
        case Change():
            change = level - evidence.at(name, query.region, query.since)
            return (change > 0 if query.direction == "rises" else change < 0), change, sources
        case Ahead():
            lead = level - evidence.at(name, query.against, query.period)
            return lead > 0, lead, (*sources, *evidence.yardstick(name, query.against).sources)


def _chance(query: Event, evidence: Evidence) -> Answer:
    comes, quantity, sources = event(query, evidence)
    about = YARDSTICKS[query.yardstick]
    of = {"level": about.title, "change": f"{about.title}, change", "ahead": f"{about.title}, difference"}[query.kind]
    detail = {"quantity": of, "unit": about.unit, "band": band_of(quantity)}
    return Answer(rounded(float(comes.mean())), PROBABILITY, detail, once(sources))


def of_scenario(
    edition: Edition, scenario: str, *, view: View, queries: Iterable[Query], values_of: Callable[[str], Values]
) -> dict[str, bytes]:
    """Answers to queries that count events in draws of a scenario, JSON by question, as an edition keeps them.

    Args:
        edition: that holds the scenario's draws.
        scenario: another than base, whose draws are kept.
        view: figures known on the edition's day.
        queries: of claims; those that count events under the scenario are answered.
        values_of: draws of assumptions that models are read with, by scenario.
    """
    counted = [query for query in queries if isinstance(query, Together) and query.scenario == scenario != BASE]
    if not counted:
        return {}
    evidence = Evidence(edition, view, scenario, values_of(scenario))
    answers = {}
    for query in counted:
        try:
            answers[_question(query)] = ANSWER.dump_json(_together(query, evidence))
        except NotFound:
            continue  # The claim says why: the edition carries none.
    return answers


def _question(query: Together) -> str:
    return f"claim|{hashlib.sha256(query.model_dump_json().encode()).hexdigest()[:24]}"


def _published(query: Together, evidence: Evidence) -> Answer:
    """What was counted in draws of another scenario when they were made."""
    edition, question = evidence.edition, _question(query)
    answer = edition.answers(query.scenario, [question]).get(question) if query.scenario in edition.scenarios else None
    if answer is None:
        hint = f"the edition did not count it in the draws of {query.scenario}"
        raise NotFound("scenario", query.scenario, hint=hint)
    return ANSWER.validate_json(answer)


def _together(query: Together, evidence: Evidence) -> Answer:
    """The chance of all in one draw; of each part its own chance, and that of the others without it.

    The part without which the others are likeliest is what most holds the joint event back.
    """
    events = [event(part.event, evidence) for part in query.part]
    comes = np.stack([one for one, _, _ in events])
    parts = [
        {
            "title": part.title,
            "p": rounded(float(comes[place].mean())),
            "p_others": rounded(float(np.delete(comes, place, axis=0).all(axis=0).mean())),
        }
        for place, part in enumerate(query.part)
    ]
    independent = float(np.prod(comes.mean(axis=1)))
    detail = {"parts": parts, "p_if_independent": rounded(independent)}
    return Answer(
        rounded(float(comes.all(axis=0).mean())),
        PROBABILITY,
        detail,
        once([source for _, _, sources in events for source in sources]),
    )


def _figures(query: Figures, view: View) -> Answer:
    try:
        plus, less, over = ([_fact(term, view) for term in terms] for terms in (query.plus, query.less, query.over))
    except NotFound as error:
        if query.awaited is None:
            raise
        raise NotFound(error.kind, error.name, hint=f"{error.remedy}. {query.awaited}") from error
    value = sum(fact.value for fact in plus) - sum(fact.value for fact in less)
    unit = plus[0].unit
    if over:
        divisor = sum(fact.value for fact in over)
        if not divisor:
            series = ", ".join(fact.series_id for fact in over)
            raise NotFound("figure", series, hint=f"{series} is zero, so that nothing can be divided by it")
        value, unit = value / divisor, RATIO
    used = [*plus, *less, *over]
    detail = {"figures": [_printed(fact) for fact in used]}
    return Answer(rounded(float(value)), unit, detail, once([fact.source for fact in used]))


def _fact(term: Term, view: View) -> Fact:
    wanted = None if term.period is None else period_of(term.period)
    standing = [
        fact
        for fact in facts(view, (term.series,))
        if fact.kind in OBSERVED
        and (wanted is None or fact.period == wanted)
        and (term.source is None or fact.source == term.source)
    ]
    if not standing:
        of = "" if term.period is None else f" of {term.period}"
        raise NotFound("figure", term.series, hint=f"no figure of {term.series}{of} is known on {view.as_of}")
    return standing[-1]


def _printed(fact: Fact) -> dict[str, Any]:
    return {
        "series": fact.series_id,
        "period": fact.period.label,
        "value": fact.value,
        "low": fact.low,
        "high": fact.high,
        "unit": fact.unit,
        "kind": fact.kind,
        "source": fact.source,
        "published": None if fact.published is None else fact.published.isoformat(),
    }


def _chips(query: Chips, view: View) -> Answer:
    by_name = {designer.name: designer for designer in designers(view)}
    both = [by_name.get(name) for name in (query.designer, query.over)]
    if both[0] is None or both[1] is None:
        missing = query.designer if both[0] is None else query.over
        raise NotFound("designer", missing, hint=f"shipments of {missing} are not counted on {view.as_of}")
    pair = (both[0], both[1])
    values = [float(getattr(designer, query.measure)) for designer in pair]
    counted = [facts(view, (f"{designer.name}.ai_chips.cumulative_units",))[-1] for designer in pair]
    shipped = [
        {
            "designer": designer.name,
            "period": f"{designer.last.shift(1 - designer.quarters).label} to {designer.last.label}",
            "value": rounded(value),
            "unit": MEASURES[query.measure],
            "source": fact.source,
        }
        for designer, value, fact in zip(pair, values, counted, strict=True)
    ]
    return Answer(rounded(values[0] / values[1]), RATIO, {"shipped": shipped}, once([fact.source for fact in counted]))
