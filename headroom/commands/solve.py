"""``headroom scenarios solve``: what reaches a target, and what would have to be true for another's number."""

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer

from data.base.errors import InvalidParameter
from headroom.console import output
from headroom.console.options import AsJson, Demand, Home, LayerName, Preview, Private, Region, cell_of, scope

if TYPE_CHECKING:
    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.inverse.outcomes import Target


def solve(
    *,
    region: Region = "US",
    layer: LayerName = "power",
    period: Annotated[str, typer.Option("--period", help="A year or a quarter, as 2028 or 2028Q3.")] = "2028",
    p_short: Annotated[
        float | None, typer.Option("--p-short", help="The most the chance of a shortage is to be, 0 to 1.")
    ] = None,
    gap: Annotated[float | None, typer.Option("--gap", help="The most the median gap is to be, instead.")] = None,
    lever: Annotated[
        list[str] | None,
        typer.Option("--lever", help="A lever; twice for the frontier of two; each alone by default."),
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", help="Scenario or TOML file that one starts from.")] = "base",
    demand: Demand = "wanted",
    projection: Annotated[
        str | None,
        typer.Option("--projection", help="Instead of a target: a published number of the period, series@source."),
    ] = None,
    beside: Annotated[
        str | None, typer.Option("--beside", help="Of a projection: the layer or quantity it is laid beside.")
    ] = None,
    preview: Preview = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Say what it takes to bring a gap to a target, or what would have to be true for a published number."""
    from headroom.editions import newest
    from headroom.settings import load
    from projection.inverse.outcomes import Measure, Target
    from service.base.query import year_or_quarter

    when = year_or_quarter("period", period)
    settings = load(home=home, scope=scope(private=private))
    if projection is not None:
        if p_short is not None or gap is not None or lever:
            raise InvalidParameter("projection", "stands beside a target or a lever", allowed=["one of the two"])
        _requirements(settings, newest(settings), projection, when.start.year, beside, preview=preview, json=as_json)
        return
    if (p_short is None) == (gap is None):
        raise InvalidParameter("p-short", "a question has one target", allowed=["--p-short", "--gap"])
    if gap is not None and not isfinite(gap):
        raise InvalidParameter("gap", "is no finite number", allowed=["0"])
    key, concept = cell_of(region, layer, demand)
    measure, level = (Measure.GAP, gap) if p_short is None else (Measure.P_SHORT, p_short)
    edition = newest(settings)
    target = Target.of(edition, *key, when, concept, measure=measure, level=level or 0.0)
    _solved(settings, edition, target, scenario, lever or [], preview=preview, json=as_json)


def _solved(
    settings: "Settings", edition: "Edition", target: "Target", scenario: str, levers: list[str], *,
    preview: bool, json: bool,
) -> None:  # fmt: skip
    from headroom.evaluating import base_draws, scenario_of
    from projection.inverse.levers import Solver
    from projection.inverse.questions import chosen
    from projection.scenarios.levers import levers as shipped

    questions = [chosen(levers)] if levers else [(name,) for name in shipped()]
    base = base_draws(settings, edition)
    start = scenario_of(scenario, base.model_inputs.assumptions)
    solvers = [Solver(base, start, target, names) for names in questions]
    answers = [one.preview() if preview or base.parts == 1 else one.whole() for one in solvers]
    if json:
        output.as_json({"edition": edition.id, "items": list(map(asdict, answers))})
        return
    typer.echo(f"From {scenario}, {edition.id}, on {answers[0].draws:,} draws")
    for answer in answers:
        if answer.solution is not None:
            typer.echo(answer.solution.sentence)
        for point in () if answer.frontier is None else answer.frontier.points:
            typer.echo(point.sentence)


def _requirements(
    settings: "Settings", edition: "Edition", address: str, year: int, beside: str | None, *,
    preview: bool, json: bool,
) -> None:  # fmt: skip
    from features.view import View
    from headroom import wiring
    from headroom.evaluating import base_draws
    from projection.inverse.published import published
    from projection.inverse.requirements import RequirementSearch
    from projection.inverse.wording import of_requirements

    view = View.of(wiring.store(settings), as_of=edition.data_as_of)
    number = published(edition, view, address=address, year=year, beside=beside)
    base = base_draws(settings, edition)
    search = RequirementSearch(base, number)
    answer = search.preview() if preview or base.parts == 1 else search.whole()
    if json:
        numbers = {"projection": address, "publisher": number.publisher, "year": year, "beside": number.ours.beside}
        numbers |= {"value": number.value, "unit": number.ours.unit, "converted": number.converted}
        output.as_json({"edition": edition.id, **numbers, "position": number.position, **asdict(answer)})
        return
    typer.echo(f"{edition.id}, on {answer.draws:,} draws")
    for sentence in of_requirements(number, answer):
        typer.echo(sentence)
