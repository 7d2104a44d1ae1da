"""``headroom scenarios explain``: where the difference between two scenarios comes from, in words or as JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.base.errors import InvalidParameter
from headroom.console import attributed, output
from headroom.console.options import AsJson, Demand, Home, LayerName, Preview, Private, Region, Years, cell_of, scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from projection.scenarios.answers import ComparedMean
    from projection.scenarios.attribution.answers import AttributedPoint, Attribution, Split

LIMITS = {
    "nothing": "nothing",
    "chips": "chips",
    "halls": "halls",
    "grid": "the grid",
    "firm": "firm power",
    "generation": "generation",
}
BARS = ("assumption", "from", "to", "gap_at_from", "gap_at_to", "short_at_from", "short_at_to", "unit")


def explain(
    first: Annotated[str, typer.Argument(help="Scenario that ships, or a TOML file: what is compared with.")],
    second: Annotated[str, typer.Argument(help="The other scenario or file.")],
    *,
    lever: Annotated[
        list[str] | None, typer.Option("--lever", help="Setting of a lever on top of the second, as site-slip=2.")
    ] = None,
    region: Region = "US",
    layer: LayerName = "power",
    demand: Demand = "wanted",
    period: Years = None,
    assumptions: Annotated[
        int, typer.Option("--assumptions", min=0, max=20, help="How many are moved one at a time.")
    ] = 8,
    preview: Preview = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Split the difference between two scenarios by group of drivers, and say what binds and what moves the base."""
    from headroom.editions import newest
    from headroom.evaluating import base_draws, scenario_of
    from headroom.settings import load
    from projection.scenarios.attribution.answers import attribute
    from projection.scenarios.attribution.coalitions import Cell, CoalitionDraws, Difference, parts_of
    from projection.scenarios.attribution.tornado import tornado

    key, concept = cell_of(region, layer, demand)
    settings = load(home=home, scope=scope(private=private))
    edition = newest(settings)
    base = base_draws(settings, edition)
    shipped = base.model_inputs.assumptions
    levers = dict(map(_setting, lever or ()))
    difference = Difference(scenario_of(second, shipped, levers), scenario_of(first, shipped))
    years = [one for one in base.model_inputs.anchors.timeline.years if one.start.year in (period or (2028, 2030))]
    cell = Cell.of(base, key, concept, years)
    draws = CoalitionDraws.joined(list(parts_of(base, difference, cell, parts=1 if preview else base.parts)))
    bars = tornado(base, cell, count=assumptions) if assumptions else None
    answer = attribute(cell, difference, draws, bars)
    if as_json:
        output.as_json({"edition": edition.id, "scenario": second, "against": first} | asdict(answer))
        return
    for line in _lines(answer, first, second if not lever else f"{second} with {', '.join(lever)}"):
        typer.echo(line)
    if bars is not None:
        typer.echo(f"\nWhat moves the base most, one assumption at a time at the ends of its 80 % band ({answer.unit})")
        for point in answer.points:
            typer.echo(f"\n{point.period[:4]}")
            output.as_table(list(_bars(point)), BARS)


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise InvalidParameter("lever", f"{text!r} is no setting", allowed=["name=number, as site-slip=2"]) from None


def _lines(answer: "Attribution", first: str, second: str) -> "Iterator[str]":
    yield f"{answer.layer} of {answer.region} ({answer.demand}), from {first} to {second}, on {answer.draws:,} draws"
    for point in answer.points:
        yield f"\n{point.period[:4]}"
        for split in point.quantities:
            yield from _split(split, answer, first, second)
        if point.binding is not None:
            yield "What keeps demand from being served"
            yield f"  in {first}: {_limits(point.binding, 'base')}"
            yield f"  in {second}: {_limits(point.binding, 'value')}"
    if answer.groups:
        yield "\nParts sum to the difference: each is what a group adds, averaged over every order the groups come in."
    idle = [group.title for group in answer.groups if group.effect is not None]
    if idle:
        yield f"Of what differs between the two, this does not affect the layer: {', '.join(idle)}."


def _split(split: "Split", answer: "Attribution", first: str, second: str) -> "Iterator[str]":
    words = attributed.Words.of(split.quantity, answer.unit)
    yield words.values((first, split.against), (second, split.value))
    moving = {group.group: group for group in answer.groups if group.effect is None}
    parts = {part.group: part.value for part in split.parts if part.group in moving}
    yield from words.parts({f"{moving[name].title} ({moving[name].words})": part for name, part in parts.items()})


def _limits(binding: "Mapping[str, ComparedMean]", side: str) -> str:
    shares = sorted(((getattr(share, side), LIMITS[name]) for name, share in binding.items()), reverse=True)
    return ", ".join(f"{name} in {share:.0%}" for share, name in shares if share > 0)


def _bars(point: "AttributedPoint") -> "Iterator[dict[str, Any]]":
    """Rows by the swing of the median gap."""
    by_quantity = {split.quantity.value: {bar.assumption: bar for bar in split.bars} for split in point.quantities}
    for name, bar in by_quantity["median_gap"].items():
        short = by_quantity["p_short"][name]
        yield {
            "assumption": name,
            "from": attributed.number(bar.low),
            "to": attributed.number(bar.high),
            "unit": bar.unit,
            "gap_at_from": attributed.number(bar.at_low),
            "gap_at_to": attributed.number(bar.at_high),
            "short_at_from": f"{short.at_low:.0%}",
            "short_at_to": f"{short.at_high:.0%}",
        }
