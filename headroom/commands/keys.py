"""``headroom keys``: who may ask the service for more than to read."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, By, Home, choice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from service.access.keys import Key, Keys

COLUMNS = ("id", "name", "label", "scopes", "created", "actor", "expires", "last_used", "state")
DAYS_MAXIMUM = 3650
Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, metavar="ID", help="Number of headroom keys list.")]
Days = Annotated[
    int | None, typer.Option("--days", min=1, max=DAYS_MAXIMUM, help="Days until it ends; for ever without.")
]

app = typer.Typer(no_args_is_help=True, help="Create, list, rotate and revoke keys of the service.")


@contextmanager
def _opened(home: str | None) -> "Iterator[Keys]":
    from headroom import wiring
    from headroom.settings import load
    from service.access.keys import Keys

    settings = load(home=home)
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        yield Keys(engine)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what it is for.")],
    *,
    scope: Annotated[
        list[str], typer.Option("--scope", help="read, evaluate, train, admin or private; may be repeated.")
    ],
    days: Days = None,
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it, this once: the database holds its hash alone."""
    from datetime import timedelta

    from headroom.wiring import person
    from service.access.keys import KeyScope, utc_now

    scopes = [KeyScope(choice("scope", one, KeyScope)) for one in scope]
    expires = None if days is None else utc_now() + timedelta(days=days)
    with _opened(home) as keys:
        key, text = keys.create(name, scopes=scopes, expires=expires, actor=by or person())
    _print_new(key, text, as_json=as_json)


@app.command(name="list")
def list_(*, home: Home = None, as_json: AsJson = False) -> None:
    """List keys, those that have ended too, without what opens them."""
    from service.access.keys import utc_now

    with _opened(home) as keys:
        rows = [_document(key, utc_now()) for key in keys.all()]
    if as_json:
        output.as_json({"items": rows})
    else:
        output.as_table([row | {"scopes": ",".join(row["scopes"])} for row in rows], COLUMNS)


@app.command()
def rotate(
    number: Number,
    *,
    overlap: Annotated[
        int, typer.Option("--overlap", min=0, max=8760, help="Hours the old one goes on for beside the new one.")
    ] = 0,
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put a new key in the place of one, for the same, and print it, this once; the old one ends."""
    from datetime import timedelta

    from headroom.wiring import person

    with _opened(home) as keys:
        key, text = keys.rotate(number, overlap=timedelta(hours=overlap), actor=by or person())
    _print_new(key, text, as_json=as_json)


@app.command()
def revoke(number: Number, *, home: Home = None, as_json: AsJson = False) -> None:
    """End a key for good; servers know within seconds."""
    with _opened(home) as keys:
        key = keys.revoke(number)
    if as_json:
        output.as_json({"id": key.id, "revoked": True})
    else:
        typer.echo(f"key {key.id} ({key.name}) is revoked")


def _print_new(key: "Key", text: str, *, as_json: bool) -> None:
    from service.access.keys import utc_now

    if as_json:
        output.as_json(_document(key, utc_now()) | {"key": text})
    else:
        typer.echo(f"key {key.id} ({key.name}), which is not shown again: {text}")


def _document(key: "Key", now: "datetime") -> dict[str, Any]:
    from dataclasses import asdict

    shown = {name: value for name, value in asdict(key).items() if name not in {"digest", "scopes"}}
    return shown | {"scopes": sorted(key.scopes), "state": key.ended(now) or "valid"}
