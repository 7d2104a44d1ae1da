"""``headroom editions explain``: which changes the difference between two editions is due to, in one cell."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from headroom.console import attributed, output
from headroom.console.options import AsJson, Demand, Home, LayerName, Private, Region, Years, cell_of, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headroom.edition_causes import EditionCauses


def explain(
    before: Annotated[str, typer.Argument(help="Identifier of the edition compared with.")],
    after: Annotated[str, typer.Argument(help="Identifier of the edition asked about.")],
    *,
    region: Region = "US",
    layer: LayerName = "power",
    demand: Demand = "wanted",
    period: Years = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Split what changed in a cell by cause: figures, revisions, models and draws are drawn again, one by one."""
    from headroom.edition_causes import edition_causes
    from headroom.settings import load

    key, concept = cell_of(region, layer, demand)
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
