"""``headroom webhooks``: addresses that get events."""

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, By, Home, choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from service.access.rules import Network
    from service.events.webhooks import Webhook

COLUMNS = ("id", "url", "kinds", "created", "actor")
LOG_COLUMNS = ("id", "webhook", "event", "kind", "state", "attempts", "status", "not_before", "error")
Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, metavar="ID", help="Number of headroom webhooks list.")]

app = typer.Typer(
    no_args_is_help=True, help="Add, list, remove and test addresses that get events, and list deliveries."
)


@contextmanager
def _opened(home: str | None) -> "Iterator[tuple[Engine, tuple[Network, ...]]]":
    from headroom import wiring
    from headroom.settings import load
    from service.access.rules import networks

    settings = load(home=home)
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        yield engine, networks(settings.webhook_networks)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="An https URL.")],
    *,
    event: Annotated[
        list[str] | None, typer.Option("--event", help="Only events of this kind; may be repeated.")
    ] = None,
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Add a webhook and print its secret, this once: it gets the events from now on, signed with that."""
    from headroom.wiring import person
    from service.events.events import Kind
    from service.events.webhooks import Webhooks

    kinds = [Kind(choice("event", kind, Kind)) for kind in event or list(Kind)]
    with _opened(home) as (engine, allowed):
        webhook = Webhooks(engine, allowed=allowed).add(url, kinds=kinds, actor=by or person())
    if as_json:
        output.as_json(_document(webhook) | {"secret": webhook.secret})
    else:
        typer.echo(f"webhook {webhook.id} is added; its secret, which is not shown again: {webhook.secret}")


@app.command(name="list")
def list_(*, home: Home = None, as_json: AsJson = False) -> None:
    """List webhooks, without their secrets."""
    from service.events.webhooks import Webhooks

    with _opened(home) as (engine, _):
        rows = [_document(webhook) for webhook in Webhooks(engine).webhooks()]
    if as_json:
        output.as_json({"items": rows})
    else:
        output.as_table([row | {"kinds": ",".join(row["kinds"])} for row in rows], COLUMNS)


@app.command()
def remove(number: Number, *, home: Home = None, as_json: AsJson = False) -> None:
    """Send a webhook nothing more; its delivery log stays."""
    from service.events.webhooks import Webhooks

    with _opened(home) as (engine, _):
        Webhooks(engine).remove(number)
    if as_json:
        output.as_json({"id": number, "removed": True})
    else:
        typer.echo(f"webhook {number} is removed")


@app.command(name="test")
def send_test(number: Number, *, home: Home = None, as_json: AsJson = False) -> None:
    """Send a webhook a message of the type webhook.test now; exit code 1 unless it answers with a status of 2xx."""
    import secrets

    from data.periods.timestamps import rfc3339
    from service.events.deliveries import SUCCESS
    from service.events.webhooks import DeliveryError, Webhooks, sender
    from service.jobs.queue import utc_now

    message = {"type": "webhook.test", "timestamp": rfc3339(utc_now()), "data": {}}
    status, error = None, None
    with _opened(home) as (engine, allowed):
        webhook = Webhooks(engine).webhook(number)
        try:
            status = sender(allowed)(webhook, f"test-{secrets.token_hex(8)}", json.dumps(message))
        except DeliveryError as fault:
            error = str(fault)
    if as_json:
        output.as_json({"id": number, "status": status, "error": error})
    else:
        typer.echo(error or f"webhook {number} answered {status}")
    if status not in SUCCESS:
        raise typer.Exit(1)


@app.command()
def deliveries(
    *,
    webhook: Annotated[
        int | None, typer.Option("--webhook", min=1, max=2**63 - 1, help="Only those of this webhook.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Deliveries at most.")] = 50,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List what was sent, newest first: how often, with what answer, and when it is tried again."""
    from dataclasses import asdict

    from service.events.deliveries import Deliveries
    from service.events.webhooks import sender

    with _opened(home) as (engine, allowed):
        rows = [asdict(line) for line in Deliveries(engine, sender(allowed)).lines(webhook, limit=limit)]
    if as_json:
        output.as_json({"items": rows})
    else:
        output.as_table(rows, LOG_COLUMNS)


def _document(webhook: "Webhook") -> dict[str, Any]:
    from dataclasses import asdict

    return {name: value for name, value in asdict(webhook).items() if name != "secret"}
