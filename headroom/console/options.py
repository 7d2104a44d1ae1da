"""Options shared by several commands, so that an option means the same everywhere."""

from collections.abc import Iterable
from typing import Annotated

import typer

from data.base.errors import InvalidParameter

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
