"""``headroom data import`` and ``withdraw``: adds a user's own figures as a private source, and takes them back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, By, Home, choice

PARTIAL, NONE = 3, 1


def bring(
    file: Annotated[Path, typer.Argument(help="File with series_id, period, value and more; see docs/data.md.")],
    *,
    source: Annotated[
        str | None, typer.Option("--source", help="Name of the private source. Default: the file's name.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option("--decimal", help="point or comma, where the numbers alone do not show it.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read, judge and count, and store nothing.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Import figures as a private source; only commands given --private see them.

    Exit code: 0 every row was let in, 3 rows were quarantined, 1 none was let in.
    """
    import re

    from data.base.scopes import Scope
    from data.catalogue.definitions import definitions
    from data.ingest.imports import NOTHING, OWN, own_definitions, read_file
    from data.ingest.storing import store
    from data.store.store import Store
    from data.store.vintages import now, stored_rows
    from data.store.withdrawals import standing, withdrawals
    from data.user_files import DecimalMark
    from headroom import scores, wiring
    from headroom.settings import load

    mark = None if decimal is None else DecimalMark(choice("decimal", decimal, DecimalMark))
    settings = load(home=home)
    # The name of a stream, or one in another script, leaves nothing to name a source by.
    name = source or re.sub(r"[^a-z0-9_-]+", "_", file.name.partition(".")[0].lower()).strip("_-") or "file"
    before = NOTHING
    if wiring.prepared(settings):
        wiring.migrate(settings)
        with wiring.ledger(settings) as engine, engine.connect() as connection:
            before = own_definitions(standing(stored_rows(connection, scope=Scope.PRIVATE), withdrawals(connection)))
    # Read before a database is made: a file that cannot be read leaves no trace.
    imported = read_file(
        file,
        source=name,
        definitions=definitions(),
        retrieved=now(),
        before=before,
        limits=wiring.input_limits(settings),
        decimal=mark,
    )
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        base = Store.shipped().observations
        stored_refresh = store(engine, imported.reading, base, definitions=imported.definitions, dry=dry_run)
    if not dry_run and stored_refresh.added + stored_refresh.revised:
        scores.arrived(settings, private=True)
    facts = {
        "source": f"{OWN}{name}",
        "read": stored_refresh.read,
        "new": stored_refresh.added,
        "revised": stored_refresh.revised,
        "unchanged": stored_refresh.unchanged,
        "quarantined": stored_refresh.quarantined,
        "without_a_figure": stored_refresh.marked,
        "dry_run": dry_run,
    }
    if as_json:
        output.as_json(facts)
    else:
        output.as_table([facts], tuple(facts))
        if stored_refresh.quarantined and not dry_run:
            typer.echo(f"rows were quarantined: headroom data quarantine --source {OWN}{name}")
    let_in = stored_refresh.added + stored_refresh.revised + stored_refresh.unchanged
    if stored_refresh.quarantined or let_in < stored_refresh.read:
        raise typer.Exit(PARTIAL if let_in else NONE)


def mapping(*, home: Home = None, as_json: AsJson = False) -> None:
    """Show which own series stand in for drivers and assumptions, once every entry of the mapping file holds."""
    from dataclasses import asdict

    from data.base.scopes import Scope
    from features.view import View
    from headroom import wiring
    from headroom.settings import load
    from projection.simulate.substitution import substitutes

    settings = load(home=home, scope=Scope.PRIVATE)
    substitutions = wiring.substitutions(settings)
    rows: list[dict[str, Any]] = []
    if substitutions:
        figures = wiring.stored(settings)
        rows = [asdict(item) for item in substitutes(View.of(figures, as_of=figures.newest), substitutions)]
    if as_json:
        output.as_json({"file": settings.mapping, "items": rows})
    elif rows:
        output.as_table(rows, tuple(rows[0]))
        typer.echo("seen under --private only; after a change: headroom train --private, headroom project --private")
    else:
        typer.echo(f"nothing is substituted: {settings.mapping} names no series")


def withdraw(
    source: Annotated[str, typer.Argument(help="Name of the private source, with or without private. in front.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why the figures are withdrawn; it is kept.")],
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw an imported source: from today on it is not known; as of an earlier day it still is."""
    from dataclasses import asdict

    from data.ingest.imports import OWN
    from data.store.withdrawals import withdraw as take_back
    from headroom import scores, wiring
    from headroom.settings import load

    settings = load(home=home)
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        withdrawal = take_back(engine, f"{OWN}{source.removeprefix(OWN)}", actor=by or wiring.person(), reason=reason)
    scores.arrived(settings, private=True)
    if as_json:
        output.as_json(asdict(withdrawal))
    else:
        typer.echo(f"{withdrawal.source} withdrawn, {withdrawal.rows} figures: {withdrawal.reason}")
        typer.echo("versions and editions made with them stay; headroom train --private makes new ones")
