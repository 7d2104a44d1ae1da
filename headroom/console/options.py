"""Options shared by several commands, so that an option means the same everywhere."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from data.base.errors import InvalidParameter

if TYPE_CHECKING:
    from data.base.layers import DemandConcept, Layer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of text for a person.")]
Home = Annotated[
    str | None, typer.Option("--home", help="Directory of database, models, editions and assets. Default: var.")
]
Private = Annotated[
    bool, typer.Option("--private", help="Use imported private figures too; what is made of them is kept apart.")
]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. Default: 127.0.0.1.")]
Port = Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 takes a free one. Default: 8000.")]
RootPath = Annotated[
    str | None, typer.Option("--root-path", help="Path prefix a reverse proxy shows it under, as /headroom.")
]
By = Annotated[str | None, typer.Option("--by", help="Who decides. Default: the name you are logged in with.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, max=2**63 - 1, help="Root of every named random stream.")]
Workers = Annotated[int, typer.Option("--workers", min=1, max=256, help="Processes to fit in.")]
Region = Annotated[str, typer.Option("--region", help="The region.")]
LayerName = Annotated[str, typer.Option("--layer", help="The layer.")]
Demand = Annotated[str, typer.Option("--demand", help="wanted or bought.")]
Years = Annotated[list[int] | None, typer.Option("--period", help="A year; 2028 and 2030 by default.")]
Preview = Annotated[bool, typer.Option("--preview", help="The first 2,000 draws alone.")]
Draws = Annotated[int | None, typer.Option("--draws", help="Joint draws in the edition, at least 10000.")]


def scope(*, private: bool) -> str | None:
    """The scope a caller asks for; None leaves it to the environment and the default."""
    return "private" if private else None


def choice(option: str, text: str, allowed: Iterable[str]) -> str:
    """The text if it is among those allowed; raises :class:`InvalidParameter`."""
    names = list(allowed)
    if text not in names:
        raise InvalidParameter(option, f"{text!r} is not known", allowed=names)
    return text


def cell_of(region: str, layer: str, demand: str) -> tuple[tuple[str, "Layer"], "DemandConcept"]:
    """Region and layer of a cell whose draws can be made again, and its reading; raises :class:`InvalidParameter`."""
    from data.base.layers import DemandConcept, Layer
    from projection.cells.cells import REGIONS_ANSWERED

    choice("region", region, REGIONS_ANSWERED)
    key = (region, Layer(choice("layer", layer, [one.value for one in Layer])))
    return key, DemandConcept(choice("demand", demand, [DemandConcept.WANTED.value, DemandConcept.BOUGHT.value]))
