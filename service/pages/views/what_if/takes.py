"""What a target takes: the least change of each lever, of one, or of two together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.periods.period import Period
from projection.edition.edition import Edition
from projection.scenarios.levers import levers
from service.api.scenarios.solve import SolutionItem, SolvedItem, SolveQuery
from service.evaluations.question import SolveQuestion
from service.pages.views.what_if.controls import outward, unit_of
from service.pages.views.what_if.query import EACH, WhatIfPageQuery
from service.pages.words import dots

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Take:
    """One way to the target.

    Attributes:
        title: of the lever, or of both with their settings.
        text: what it would have to be, or that it does not reach the target.
        outcome: futures of a hundred there.
        parameters: of the view that sets it; None where there is nothing to set.
    """

    title: str
    text: str
    outcome: str
    parameters: dict[str, Any] | None


def usual_target(chance: float) -> int:
    """Half of a chance, in futures of a hundred: what a reader may want first."""
    return max(dots(HALF * chance), 1)


def names_of(query: WhatIfPageQuery, affecting: Sequence[str]) -> list[list[str]]:
    """The levers of every question that the view puts: one each, one, or two together."""
    if query.take == EACH:
        return [[name] for name in affecting]
    if query.beside is None or query.beside == query.take:
        return [[query.take]]
    return [[query.take, query.beside]]


def question_of(query: WhatIfPageQuery, edition: Edition, period: Period, names: list[str]) -> SolveQuestion:
    """What the processes are asked; raises :class:`InvalidParameter` for a cell without a gap."""
    texts: dict[str, Any] = {
        "region": query.region,
        "layer": query.layer.value,
        "period": period.label,
        "scenario": query.scenario,
        "p_short": str((query.target or 0) / 100),
        "lever": names,
    }
    return SolveQuery.model_validate(texts).question(edition)


def takes_of(solved: SolvedItem, query: WhatIfPageQuery) -> list[Take]:
    """The ways that one answer has."""
    if solved.solution is not None:
        return [_take(solved.solution, query, {})]
    if solved.frontier is None:
        return []
    first = solved.frontier.first
    return [_take(point.solution, query, {first: point.setting}) for point in solved.frontier.points]


def _take(solution: SolutionItem, query: WhatIfPageQuery, beside: dict[str, float]) -> Take:
    title = levers()[solution.lever].title
    for name, setting in beside.items():
        title = f"{levers()[name].title} at {_amount(name, setting)}; {title[0].lower()}{title[1:]}"
    match solution.status:
        case "reached" if solution.setting is not None and solution.outcome is not None:
            stop = outward(solution.lever, solution.setting)
            settings = {**beside, solution.lever: stop}
            text = ",".join(f"{name}:{value:g}" for name, value in settings.items())
            parameters = query.chosen | {"levers": text, "target": None}
            amount = _amount(solution.lever, solution.setting)
            return Take(title, f"{amount}; as forecast {solution.neutral:g}", f"{dots(solution.outcome)}", parameters)
        case "met":
            return Take(title, "No change is needed.", f"{dots(solution.start)}", None)
        case "not_affected":
            return Take(title, "Does not affect this layer.", f"{dots(solution.start)}", None)
    best = "" if solution.best_setting is None else f"; the best is {_amount(solution.lever, solution.best_setting)}"
    outcome = solution.start if solution.best_outcome is None else solution.best_outcome
    return Take(title, f"Not within the tested range{best}.", f"{dots(outcome)}", None)


def _amount(name: str, setting: float) -> str:
    return f"{setting:.3g} {unit_of(levers()[name])}"
