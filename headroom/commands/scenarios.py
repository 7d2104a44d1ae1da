"""``headroom scenarios``: lists and shows the scenarios that ship, and evaluates one of them or a file of one's own."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.commands.explain import explain
from headroom.commands.solve import solve
from headroom.console import output
from headroom.console.options import AsJson, Home, Preview, Private, Region, Years, choice, scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projection.scenarios.answers import ComparedCell

app = typer.Typer(no_args_is_help=True, help="List, show, evaluate, explain and solve scenarios.")
app.command()(explain)
app.command()(solve)
LISTED = ("scenario", "title", "overrides", "compose")
OVERRIDE = ("assumption", "kind", "size", "unit", "basis")
COLUMNS = ("region", "layer", "period", "measure", "base", "scenario", "difference", "p_sign")
LEVERS = ("lever", "unit", "neutral", "range")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the scenarios that ship, and the levers."""
    from projection.scenarios import levers, library

    scenarios = [
        {
            "scenario": name,
            "title": one.title,
            "overrides": len(one.overrides),
            "compose": ", ".join(one.compose) or None,
        }
        for name, one in library.documents().items()
    ]
    of_levers = [
        {"lever": name, "unit": one.unit, "neutral": one.neutral, "range": f"{one.range[0]:g} to {one.range[1]:g}"}
        for name, one in levers.levers().items()
    ]
    if as_json:
        output.as_json({"scenarios": scenarios, "levers": of_levers})
        return
    output.as_table(scenarios, LISTED)
    typer.echo("")
    output.as_table(of_levers, LEVERS)


@app.command()
def show(
    scenario: Annotated[str, typer.Argument(help="Name of the scenario.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show what happens in a scenario, what bounds it, and why each number is what it is."""
    from projection.scenarios import library

    document = library.document(scenario)
    if as_json:
        output.as_json({"scenario": scenario, **document.model_dump(mode="json", by_alias=True, exclude_none=True)})
        return
    typer.echo(f"{document.title}\n{document.story}\nBounded by: {document.evidence}")
    if document.compose:
        typer.echo(f"With: {', '.join(document.compose)}")
    for assumption, entry in document.overrides.items():
        typer.echo(f"\n{assumption}: {entry.kind} {_size(getattr(entry, entry.kind))} ({entry.unit}; {entry.basis})")
        typer.echo(f"  {entry.why}")


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario that ships, or a TOML file of your own.")],
    *,
    region: Region = "US",
    layer: Annotated[list[str] | None, typer.Option("--layer", help="A layer; every one by default.")] = None,
    period: Years = None,
    preview: Preview = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Evaluate a scenario against the newest edition's base, on the same random numbers."""
    from headroom.editions import newest
    from headroom.evaluating import base_draws, document_of
    from headroom.settings import load
    from projection.scenarios.answers import compare
    from projection.scenarios.evaluation import PART, evaluate
    from projection.scenarios.resolution import check_sizes, resolve

    document, name, others = document_of(scenario)
    settings = load(home=home, scope=scope(private=private))
    keys = _keys(region, layer)
    edition = newest(settings)
    base = base_draws(settings, edition)
    resolved = resolve(document, library=others, assumptions=base.model_inputs.assumptions, name=name)
    check_sizes(resolved, base.model_inputs.assumptions)
    evaluated = evaluate(base, resolved, keys, draws=PART if preview else None)
    years = [one for one in base.model_inputs.anchors.timeline.years if one.start.year in (period or (2028, 2030))]
    cells = compare(evaluated, base.model_inputs.anchors.timeline, periods=years)
    if as_json:
        output.as_json({"edition": edition.id, "scenario": name, "cells": [asdict(cell) for cell in cells]})
        return
    typer.echo(f"{document.title}, against {edition.id}")
    output.as_table([row for cell in cells for row in _rows(cell)], COLUMNS)
    for cell in cells:
        if not cell.affected:
            typer.echo(f"{cell.layer}: the scenario {cell.effect}")


def _keys(region: str, layers: list[str] | None) -> list[Any]:
    from data.base.layers import Layer, Status
    from projection.cells.cells import REGIONS_ANSWERED, VERDICTS

    choice("region", region, REGIONS_ANSWERED)
    chosen = [Layer(choice("layer", name, [one.value for one in Layer])) for name in layers or ()]
    answered = [
        layer
        for layer in Layer
        if (status := VERDICTS.get((region, layer))) is not None and status.status is not Status.UNAVAILABLE
    ]
    return [(region, layer) for layer in chosen or answered]


def _rows(cell: "ComparedCell") -> list[dict[str, Any]]:
    """Medians of a cell, and the chance of being short, a row a measure and period."""
    rows = []
    for point in cell.points:
        where = {"region": cell.region, "layer": cell.layer, "period": point.period[:4]}
        for measure in ("demand", "supply", "gap"):
            band = getattr(point, measure)
            if band is not None:
                medians = [f"{side['0.5']:.5g} {cell.unit}" for side in (band.base, band.value, band.difference)]
                words = dict(zip(("base", "scenario", "difference"), medians, strict=True))
                rows.append({**where, "measure": measure, **words, "p_sign": f"{band.p_sign:.2f}"})
        if point.p_short is not None:
            chance = point.p_short
            numbers = {"base": chance.base, "scenario": chance.value, "difference": chance.difference}
            words = {name: f"{number:.3f}" for name, number in numbers.items()}
            rows.append({**where, "measure": "p_short", **words, "p_sign": f"{chance.p_sign:.2f}"})
    return rows


def _size(size: Any) -> str:  # noqa: ANN401 - a distribution or a ramp of three
    values = size.model_dump(by_alias=True)
    if "until" in values:
        return f"{_numbers(values['value'])} from {_numbers(values['from'])} until {_numbers(values['until'])}"
    return _numbers(values)


def _numbers(distribution: "Mapping[str, Any]") -> str:
    numbers = [f"{name} {value:g}" for name, value in distribution.items() if name != "distribution"]
    if len(numbers) == 1:
        return numbers[0].removeprefix("value ")
    return f"{distribution['distribution']} {', '.join(numbers)}"
