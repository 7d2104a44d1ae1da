"""``headroom data``: the figures, listed, shown as of a day, checked, refreshed, imported, and what they lack."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import InvalidParameter
from headroom import output
from headroom.commands.holding import accept, quarantine
from headroom.commands.importing import bring
from headroom.commands.refreshing import refresh, sources
from headroom.options import AsJson, Home, Private, scope

if TYPE_CHECKING:
    from data.checks import Finding

app = typer.Typer(no_args_is_help=True, help="List, show, check, refresh and import figures.")
app.command()(refresh)
app.command()(sources)
app.command()(quarantine)
app.command()(accept)
app.command("import")(bring)

LISTED = ("series_id", "region", "metric", "unit", "freqs", "kinds", "n", "first", "last", "distrust")
SHOWN = ("freq", "period", "value", "low", "high", "kind", "scenario", "source_id", "published")
RULES = ("strict", "available")


@app.command("list")
def list_series(
    *,
    region: Annotated[str | None, typer.Option("--region", help="Only series of this region code, such as US.")] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="Only series whose metric contains this text.")] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Only series with rows of this kind: actual, estimate, projection, plan."),
    ] = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """List the series with their unit, extent and what speaks against them."""
    from dataclasses import asdict

    from data.observations import KINDS
    from data.regions import region as find
    from headroom import wiring
    from headroom.settings import load

    if region is not None:
        find(region)
    if kind is not None and kind not in KINDS:
        raise InvalidParameter("kind", f"{kind!r} is no kind", allowed=KINDS)
    figures = wiring.store(load(home=home, scope=scope(private=private)))
    rows = [asdict(info) for info in figures.catalogue().list(region=region, metric=metric, kind=kind)]
    if as_json:
        output.as_json({"items": rows})
        return
    words = [{**row, "freqs": ",".join(row["freqs"]), "kinds": ",".join(row["kinds"])} for row in rows]
    output.as_table(words, LISTED)
    typer.echo(f"{len(rows)} series")


@app.command()
def show(
    series_id: Annotated[str, typer.Argument(help="Id of a series, as listed by: headroom data list.")],
    *,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day as known on which, ISO date. Default: today.")
    ] = None,
    rule: Annotated[
        str, typer.Option("--rule", help="strict: published by then; available: period end and release lag are over.")
    ] = "strict",
    history: Annotated[
        bool, typer.Option("--history", help="Every vintage instead of the last of each figure.")
    ] = False,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Show what a series counts, its course, its sources, and its figures as known on a day."""
    from data.store import Rule
    from headroom import wiring
    from headroom.settings import load

    if rule not in RULES:
        raise InvalidParameter("rule", f"{rule!r} is no rule", allowed=RULES)
    day = _day(as_of)
    store = wiring.store(load(home=home, scope=scope(private=private)))
    info = store.series(series_id)
    frame = store.as_of(day, rule=Rule(rule)) if history else store.latest(day, rule=Rule(rule))
    rows = frame.filter(frame["series_id"] == series_id).sort("freq", "period", "source_id", "scenario", "visible")
    if as_json:
        output.as_json(
            {
                "series_id": series_id,
                "region": info.region,
                "metric": info.metric,
                "unit": info.unit,
                "as_of": day,
                "rule": rule,
                "distrust": info.distrust,
                "items": rows.select(*SHOWN, "unit", "confidence", "note", "visible").to_dicts(),
            }
        )
        return
    typer.echo(f"{series_id}: {info.metric}, {info.unit}, {info.region}; as known on {day}, {rule}")
    if info.distrust:
        typer.echo(f"use with wide bands or not at all: {info.distrust}")
    if rows.is_empty():
        typer.echo("no figure of it was known on that day")
        return
    output.as_table([{**row, "scenario": row["scenario"] or None} for row in rows.select(*SHOWN).to_dicts()], SHOWN)


@app.command()
def check(
    *,
    tables: Annotated[
        Path | None, typer.Option("--tables", help="Folder of tables. Default: the shipped ones.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Run every rule on what is shipped and stored; exit code 1 when an error is found, warnings are only told."""
    from data.checks import check as run
    from data.tables import TABLES

    if tables is not None and not tables.is_dir():
        raise InvalidParameter("tables", f"{tables} is no folder")
    # Another folder is judged for itself; the shipped tables are judged with what was stored over them.
    report = run(tables or TABLES, stored=() if tables is not None else _stored(home))
    if as_json:
        rules = [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "checked": finding.verdict.checked,
                "failed": finding.verdict.failed,
            }
            for finding in report.findings
        ]
        output.as_json({"ok": report.ok, "rules": rules})
    else:
        output.as_table(
            [
                {
                    "rule": finding.code,
                    "severity": finding.severity.value,
                    "checked": finding.verdict.checked,
                    "failed": finding.verdict.failed,
                    "what_must_hold": finding.holds,
                }
                for finding in report.findings
            ],
            ("rule", "severity", "checked", "failed", "what_must_hold"),
        )
        for finding in report.findings:
            for example in finding.verdict.examples:
                typer.echo(f"{finding.severity.value} {finding.code}: {example}")
        typer.echo("the tables are fit for use" if report.ok else "the tables are not fit for use")
    if not report.ok:
        raise typer.Exit(1)


def _stored(home: Path | None) -> "tuple[Finding, ...]":
    from data.observations import read_all
    from data.quarantine import held
    from data.scopes import Scope
    from data.stored_rules import check_stored
    from data.vintages import stored
    from headroom import wiring
    from headroom.settings import load

    settings = load(home=home)
    if not wiring.prepared(settings):
        return ()
    with wiring.ledger(settings) as engine:
        with engine.connect() as connection:
            rows = stored(connection, scope=Scope.PRIVATE)
        return check_stored(rows, read_all(), held(engine))


def _day(text: str | None) -> date:
    if text is None:
        from datetime import UTC, datetime

        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidParameter("as-of", f"{text!r} is not an ISO date", allowed=["2026-11-23"]) from None
