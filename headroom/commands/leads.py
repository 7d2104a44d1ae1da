"""``headroom leads``: two regions on one yardstick, from the newest edition."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, Home, Private, choice, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projection.leads.leads import Lead

COLUMNS = ("kind", "period", "unit", "region", "against", "difference", "p_ahead")
app = typer.Typer()


@app.command()
def leads(
    *,
    region: Annotated[str, typer.Option("--region", help="The region whose lead is asked for.")] = "US",
    against: Annotated[str, typer.Option("--against", help="The other region.")] = "CN",
    kind: Annotated[str | None, typer.Option("--kind", help="One yardstick; all of them by default.")] = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Lay two regions side by side: medians, the median of their difference and the chance of being ahead."""
    from features.view import View
    from headroom import wiring
    from headroom.editions import newest
    from headroom.settings import load
    from projection.cells.cells import REGIONS_ANSWERED
    from projection.leads.leads import KINDS, lead

    kinds = KINDS if kind is None else (choice("kind", kind, KINDS),)
    choice("region", region, REGIONS_ANSWERED)
    choice("against", against, REGIONS_ANSWERED)
    settings = load(home=home, scope=scope(private=private))
    edition = newest(settings)
    view = View.of(wiring.store(settings), as_of=edition.data_as_of)
    answers = [lead(edition, view, name, region=region, against=against) for name in kinds]
    if as_json:
        output.as_json(
            {"edition": edition.id, "region": region, "against": against, "items": list(map(asdict, answers))}
        )
        return
    typer.echo(f"{region} against {against}, {edition.id}")
    output.as_table([line for answer in answers for line in _lines(answer)], COLUMNS)
    for answer in answers:
        if answer.reason is not None:
            typer.echo(f"{answer.kind}: {answer.reason}")


def _lines(answer: "Lead") -> "Iterator[dict[str, Any]]":
    words = {"kind": answer.kind, "unit": answer.unit}
    if answer.measured is not None:
        one, other = answer.measured.region[0], answer.measured.against[0]
        periods = one.period if one.period == other.period else f"{one.period} and {other.period}"
        values = {"region": one.value, "against": other.value, "difference": answer.measured.difference}
        yield words | {"period": periods} | {name: f"{value:.6g}" for name, value in values.items()}
    for point in answer.points:
        medians = {name: f"{getattr(point, name)['0.5']:.6g}" for name in ("region", "against", "difference")}
        yield words | {"period": point.period, "p_ahead": f"{point.p_ahead:.2f}"} | medians
