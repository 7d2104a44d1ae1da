"""``headroom editions explain``: which changes the difference between two editions is due to, in one cell."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from headroom.console import attributed, output
from headroom.console.options import AsJson, Home, Private, choice, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headroom.edition_causes import EditionCauses


def explain(
    before: Annotated[str, typer.Argument(help="Identifier of the edition compared with.")],
    after: Annotated[str, typer.Argument(help="Identifier of the edition asked about.")],
    *,
    region: Annotated[str, typer.Option("--region", help="The region.")] = "US",
    layer: Annotated[str, typer.Option("--layer", help="The layer.")] = "power",
    demand: Annotated[str, typer.Option("--demand", help="wanted or bought.")] = "wanted",
    period: Annotated[list[int] | None, typer.Option("--period", help="A year; 2028 and 2030 by default.")] = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Split what changed in a cell by cause: figures, revisions, models and draws are drawn again, one by one."""
    from data.base.layers import DemandConcept, Layer
    from headroom.edition_causes import edition_causes
    from headroom.settings import load
    from projection.cells.cells import REGIONS_ANSWERED

    choice("region", region, REGIONS_ANSWERED)
    key = (region, Layer(choice("layer", layer, [one.value for one in Layer])))
    concept = DemandConcept(choice("demand", demand, ["wanted", "bought"]))
    settings = load(home=home, scope=scope(private=private))
    answer = edition_causes(settings, before, after, key, concept, period or (2028, 2030))
    if as_json:
        output.as_json(asdict(answer))
        return
    for line in _lines(answer):
        typer.echo(line)


def _lines(answer: "EditionCauses") -> "Iterator[str]":
    changed = ", ".join(answer.causes) or "nothing"
    yield f"{answer.layer} of {answer.region}, from {answer.against} to {answer.edition}: {changed} changed"
    period = None
    for split in answer.splits:
        if split.period != period:
            period = split.period
            yield f"\n{period[:4]}"
        words = attributed.Words.of(split.quantity, answer.unit)
        yield words.values((answer.against, split.before), (answer.edition, split.after))
        yield from words.parts(split.parts)
    yield from (f"\n{note}" for note in answer.notes)
