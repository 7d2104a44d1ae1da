"""``headroom data quarantine`` and ``accept``: rejected rows."""

from typing import Annotated

import typer

from data.base.errors import InvalidParameter
from headroom.console import output
from headroom.console.options import AsJson, By, Home, Private, scope

COLUMNS = ("id", "source", "reason", "detail", "place", "seen", "row")
WIDE = 60
"""Characters of a row that are shown in the table; --json shows it whole."""


def quarantine(
    *,
    source: Annotated[str | None, typer.Option("--source", help="Only rows of this source.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only rows held for this reason code.")] = None,
    include_accepted: Annotated[bool, typer.Option("--all", help="Also rows that were let in since.")] = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """List rows that were not let in, each with its reason; private ones where --private or their source is named."""
    from dataclasses import asdict

    from data.base.scopes import Scope
    from data.catalogue.reasons import MEANINGS, Reason
    from data.ingest.imports import OWN
    from data.store.quarantine import quarantined_rows
    from headroom import wiring
    from headroom.settings import load

    if reason is not None and reason not in set(Reason):
        raise InvalidParameter("reason", f"{reason!r} is no reason", allowed=list(Reason))
    by_user = source is not None and source.startswith(OWN)
    settings = load(home=home, scope=scope(private=private or by_user))
    rows, hidden = [], 0
    if wiring.prepared(settings):
        with wiring.ledger(settings) as engine:
            kind = None if reason is None else Reason(reason)
            entries = quarantined_rows(engine, source=source, reason=kind, include_accepted=include_accepted)
        visible = [one for one in entries if settings.scope is Scope.PRIVATE or one.scope is Scope.PUBLIC]
        rows, hidden = [asdict(one) for one in visible], len(entries) - len(visible)
    if as_json:
        output.as_json({"items": [{**row, "meaning": MEANINGS[row["reason"]]} for row in rows]})
        return
    words = [{**row, "row": _short(row["row"]), "place": row["place"] or None} for row in rows]
    output.as_table(words, COLUMNS)
    for code in sorted({row["reason"] for row in rows}):
        typer.echo(f"{code}: {MEANINGS[code]}")
    typer.echo(f"{len(rows)} rows" + (f"; {hidden} of private sources are shown with --private" if hidden else ""))


def accept(
    entry: Annotated[
        int, typer.Argument(min=1, max=2**63 - 1, help="Number of a row, as listed by: headroom data quarantine.")
    ],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why the row is right after all; it is kept.")],
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let one quarantined row in; who and why is kept for good."""
    from data.ingest.imports import OWN
    from data.store.quarantine import accept as let_in
    from headroom import scores, wiring
    from headroom.settings import load

    settings = load(home=home)
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        acceptance = let_in(engine, entry, actor=by or wiring.person(), reason=reason)
    scores.arrived(settings, private=acceptance.source.startswith(OWN))
    if as_json:
        output.as_json(
            {"id": acceptance.id, "source": acceptance.source, "row": acceptance.row, "accepted": acceptance.accepted}
        )
    else:
        row = acceptance.row
        typer.echo(f"{acceptance.id} let in: {row['series_id']} {row['period']} {row['value']}")


def _short(row: dict[str, object]) -> str:
    text = " ".join(str(value) for value in row.values() if value not in {None, ""})
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"
