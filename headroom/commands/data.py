"""``headroom data``: lists, shows, checks, refreshes and imports figures, and lists missing ones."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.base.errors import InvalidParameter
from headroom import days
from headroom.commands.imports import bring, mapping, withdraw
from headroom.commands.quarantine import accept, quarantine
from headroom.commands.refresh import refresh, sources
from headroom.console import output
from headroom.console.options import AsJson, Home, Private, scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from data.checks.findings import Finding
    from data.periods.period import Period

app = typer.Typer(no_args_is_help=True, help="List, show, check, refresh and import figures.")
app.command()(refresh)
app.command()(sources)
app.command()(quarantine)
app.command()(accept)
app.command("import")(bring)
app.command()(mapping)
app.command()(withdraw)

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=days.FORMATS, help="See only what was known that day. Default: today."),
]
LISTED = ("series_id", "region", "metric", "unit", "freqs", "kinds", "n", "first", "last", "distrust")
SHOWN = ("freq", "period", "value", "low", "high", "kind", "scenario", "source_id", "published")
RULES = ("strict", "available")
UNSAID = ("unspecified", "not_applicable")
DRAWN = 3
"""Fewest figures that make a course worth drawing."""
WIDE = 60


@app.command("list")
def list_series(
    *,
    region: Annotated[str | None, typer.Option("--region", help="Only series of this region code, such as US.")] = None,
    metric: Annotated[str | None, typer.Option("--metric", help="Only series whose metric contains this text.")] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Only series with rows of this kind: actual, estimate, projection, plan."),
    ] = None,
    as_of: AsOf = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """List the series with their unit, extent and their caveats."""
    from dataclasses import asdict

    from data.base.regions import region as find
    from data.catalogue.observations import KINDS
    from headroom import wiring
    from headroom.settings import load

    if region is not None:
        find(region)
    if kind is not None and kind not in KINDS:
        raise InvalidParameter("kind", f"{kind!r} is no kind", allowed=KINDS)
    figures = wiring.stored(load(home=home, scope=scope(private=private)))
    # Without a day all that is stored is listed, also where the clock of this machine is behind.
    day = None if as_of is None else days.day_of_reading(as_of, newest=figures.newest)
    rows = [asdict(info) for info in figures.catalogue(day).list(region=region, metric=metric, kind=kind)]
    if as_json:
        output.as_json({"as_of": day, "items": rows})
        return
    words = [{**row, "freqs": ",".join(row["freqs"]), "kinds": ",".join(row["kinds"])} for row in rows]
    output.as_table(words, LISTED)
    typer.echo(f"{len(rows)} series" + ("" if day is None else f" as known on {day}"))


@app.command()
def show(
    series_id: Annotated[str, typer.Argument(help="Id of a series, as listed by: headroom data list.")],
    *,
    as_of: AsOf = None,
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
    import polars as pl

    from data.store.store import Rule
    from headroom import wiring
    from headroom.settings import load

    if rule not in RULES:
        raise InvalidParameter("rule", f"{rule!r} is no rule", allowed=RULES)
    store = wiring.stored(load(home=home, scope=scope(private=private)))
    day = days.day_of_reading(as_of, newest=store.newest)
    info = store.series(series_id)
    frame_id = pl.col("series_id")
    frame = store.as_of(day, rule=Rule(rule)) if history else store.latest(day, rule=Rule(rule))
    rows = frame.filter(frame_id == series_id).sort("freq", "period", "source_id", "scenario", "visible")
    if as_json:
        output.as_json(
            {
                "series_id": series_id,
                "region": info.region,
                "metric": info.metric,
                "unit": info.unit,
                "title": info.title,
                "definition": info.definition,
                "support": info.support,
                "scope": {
                    "crypto": info.crypto,
                    "enterprise": info.enterprise,
                    "behind_the_meter": info.behind_the_meter,
                    "power_basis": info.power_basis,
                    "h100e_basis": info.h100e_basis,
                },
                "publishers": info.publishers,
                "licences": info.licences,
                "attribution": info.attribution,
                "release_lag_days": info.release_lag_days,
                "private": info.private,
                "as_of": day,
                "rule": rule,
                "distrust": info.distrust,
                "items": rows.select(*SHOWN, "unit", "confidence", "note", "visible").to_dicts(),
            }
        )
        return
    typer.echo(f"{series_id}: {info.title}")
    typer.echo(f"{info.definition or 'no catalogue defines it'} [{info.unit}, {info.region}]")
    flags = ("crypto", "enterprise", "behind_the_meter", "power_basis", "h100e_basis")
    counts = [f"{name} {getattr(info, name)}" for name in flags if getattr(info, name) not in UNSAID]
    if counts:
        typer.echo(f"counts: {', '.join(counts).replace('_', ' ')}")
    typer.echo(f"values: {info.support.value.replace('_', ' ')}")
    if info.private:
        typer.echo("private: imported figures are among these")
    if info.distrust:
        typer.echo(f"use with wide bands or not at all: {info.distrust}")
    for line in info.attribution:
        typer.echo(line)
    gone = store.withdrawals.filter(pl.col("source_id").is_in(info.sources), pl.col("withdrawn").dt.date() <= day)
    for source, moment, actor, why in gone.select("source_id", "withdrawn", "actor", "reason").iter_rows():
        typer.echo(f"{source} withdrawn {moment:%Y-%m-%d} by {actor}: {why}")
    if rows.is_empty():
        typer.echo(f"no figure of it was known on {day}, {rule}")
        return
    for line in _courses(store.latest(day, rule=Rule(rule)).filter(frame_id == series_id)):
        typer.echo(line)
    typer.echo(f"as known on {day}, {rule}; {_vintages(rows)}")
    output.as_table([{**row, "scenario": row["scenario"] or None} for row in rows.select(*SHOWN).to_dicts()], SHOWN)


@app.command()
def gaps(
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=days.FORMATS, help="Day by which figures should be out. Default: today."),
    ] = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """List what the models want and the figures lack, which connector would bring it, and which drivers are stale."""
    from features.data_gaps import input_coverage
    from features.driver_ages import driver_ages, stale_words
    from features.view import View
    from headroom import wiring
    from headroom.settings import load

    figures = wiring.store(load(home=home, scope=scope(private=private)))
    day = days.day_of_reading(as_of, newest=figures.newest)
    view = View.of(figures, as_of=day)
    unmet = [one for one in input_coverage(view) if not one.met]
    drivers = [age.document() for age in driver_ages(view)]
    rows = [
        {
            "series_id": want.series_id,
            "freq": want.freq.value,
            "have": want.have,
            "last_period": want.last_period.label if want.last_period else None,
            "lacking": [period.label for period in want.lacking],
            "connector": want.filled_by,
            "needed_by": want.needed_by,
            "why": want.why,
        }
        for want in unmet
    ]
    if as_json:
        output.as_json({"as_of": day, "items": rows, "drivers": drivers})
        return
    words = [{**row, "lacking": _span(want.lacking)} for row, want in zip(rows, unmet, strict=True)]
    output.as_table(words, ("series_id", "freq", "have", "last_period", "lacking", "connector", "why"))
    typer.echo(f"{len(rows)} series lack figures that should be out by {day}")
    for sentence in stale_words(drivers):
        typer.echo(f"stale: {sentence}")


@app.command()
def check(
    *,
    tables: Annotated[
        Path | None, typer.Option("--tables", help="Folder of tables. Default: the shipped ones.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Run every rule on what is shipped and stored; exit code 1 when an error is found, warnings are only printed."""
    from data.base.shipped_tables import TABLES
    from data.checks.check import check as run

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


def _stored(home: str | None) -> "tuple[Finding, ...]":
    from data.base.scopes import Scope
    from data.catalogue.observations import read_all
    from data.checks.stored_rules import check_stored
    from data.store.quarantine import quarantined_rows
    from data.store.vintages import stored_rows
    from headroom import wiring
    from headroom.settings import load

    settings = load(home=home)
    if not wiring.prepared(settings):
        return ()
    with wiring.ledger(settings) as engine:
        with engine.connect() as connection:
            rows = stored_rows(connection, scope=Scope.PRIVATE)
        return check_stored(rows, read_all(), quarantined_rows(engine, include_accepted=True))


def _courses(rows: "pl.DataFrame") -> "Iterator[str]":
    # One line a frequency and source: publishers are never drawn as one course.
    import polars as pl

    from data.periods.period import Frequency, Period, period_range
    from headroom.console.sparkline import sparkline

    plotted = rows.filter(pl.col("value").is_not_null()).sort("freq", "source_id", "scenario", "period")
    for key, part in plotted.group_by("freq", "source_id", "scenario", maintain_order=True):
        freq, source, scenario = (str(name) for name in key)
        values = dict(part.select("period", "value").iter_rows())
        if len(values) < DRAWN or len({day.month % Frequency(freq).months for day in values}) > 1:
            continue
        grid = period_range(Period(min(values), Frequency(freq)), Period(max(values), Frequency(freq)))
        line = sparkline([values.get(period.start) for period in grid], WIDE)
        yield f"{grid[0].label} {line} {grid[-1].label}  {source} {scenario}".rstrip()


def _span(periods: "Sequence[Period]") -> str | None:
    if not periods:
        return None
    first, last = periods[0].label, periods[-1].label
    return first if len(periods) == 1 else f"{len(periods)}: {first}..{last}"


def _vintages(rows: "pl.DataFrame") -> str:
    days = rows["published"].drop_nulls().unique().sort().to_list()
    undated = rows["published"].null_count()
    parts = []
    if days:
        many = f"published on {len(days)} days, {days[0]} to {days[-1]}"
        parts.append(f"published {days[0]}" if len(days) == 1 else many)
    if undated:
        parts.append(f"{undated} figures without a day of publication")
    return "; ".join(parts)
