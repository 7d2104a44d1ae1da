"""``headroom data refresh`` and ``sources``: read public sources into the database, and list them."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.base.errors import InvalidParameter, SourceError
from headroom import days
from headroom.console import output
from headroom.console.options import AsJson, Home

if TYPE_CHECKING:
    from data.catalogue.registry import Source
    from data.ingest.refresh import SourceOutcome
    from headroom.settings import Settings

DONE, PARTIAL = 0, 3
COLUMNS = ("source", "status", "read", "new", "revised", "unchanged", "quarantined", "marked", "what")
LISTED = ("source", "status", "publisher", "cadence", "redistributable", "verified", "key", "last_refresh")

Day = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], help="Only periods from that day on, where a source can narrow."),
]
Retrieved = Annotated[
    datetime | None,
    typer.Option("--retrieved", formats=["%Y-%m-%d"], help="Day the file was downloaded. Default: today."),
]


def refresh(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", help="Sources of: headroom data sources. Default: all connected ones."),
    ] = None,
    *,
    since: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read, judge and count, and store nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Read everything whole, as if for the first time.")] = False,
    file: Annotated[
        Path | None, typer.Option("--file", help="Read one source from a file that was downloaded by hand.")
    ] = None,
    retrieved: Retrieved = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Read public sources and store what is new; nothing stored is ever changed.

    Exit code: 0 everything was read and let in, 3 a source failed or rows were quarantined, 1 no source could be read.
    """
    from data.catalogue.registry import Standing, connected, source
    from data.connectors.by_source import connector
    from headroom import scores, wiring
    from headroom.settings import load

    if (file is not None and len(names or ()) != 1) or (retrieved is not None and file is None):
        raise InvalidParameter("file", "is read as one named source; --retrieved states its day")
    for name, day in (("retrieved", retrieved), ("since", since)):
        if day is not None and day.date() > days.today():
            raise InvalidParameter(name, f"{day.date()} is still to come", allowed=[f"<= {days.today()}"])
    chosen = [source(name) for name in dict.fromkeys(names)] if names else list(connected())
    for one in chosen:
        connector(one)
        if file is None and one.status is not Standing.CONNECTED:
            raise InvalidParameter("source", f"{one.name} has no address to read; download it and give --file")
    settings = load(home=home)
    wiring.migrate(settings)
    if file is not None:
        outcomes = [_file(settings, chosen[0], file, retrieved, dry=dry_run)]
    else:
        outcomes = _sources(settings, chosen, since=since, dry=dry_run, again=again, named=bool(names))
    new = not dry_run and any(one.refresh is not None and one.refresh.added + one.refresh.revised for one in outcomes)
    _tell(outcomes, dry=dry_run, as_json=as_json, drift=_drift(settings) if new else None)
    if new:
        scores.update(settings)
    completed = [outcome for outcome in outcomes if outcome.fault is None and not outcome.skipped]
    quarantine = any(outcome.refresh is not None and outcome.refresh.quarantined for outcome in outcomes)
    failed = any(outcome.fault is not None for outcome in outcomes)
    if not completed and failed:
        raise _unread(outcomes)
    if failed or quarantine:
        raise typer.Exit(PARTIAL)


def sources(
    *,
    status: Annotated[
        str | None, typer.Option("--status", help="Only sources that are connected, manual, no_stable_address, closed.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List every source: its terms, how it is read, how far its parser is verified, and why others cannot be had."""
    from dataclasses import asdict

    from data.catalogue.registry import Standing, registry
    from data.store.refreshes import Status, refreshes
    from headroom import wiring
    from headroom.settings import load

    if status is not None and status not in set(Standing):
        raise InvalidParameter("status", f"{status!r} is no standing", allowed=list(Standing))
    settings = load(home=home)
    last: dict[str, str] = {}
    if wiring.prepared(settings):
        with wiring.ledger(settings) as engine:
            last = {r.source: f"{r.finished:%Y-%m-%d}" for r in refreshes(engine) if r.status is not Status.FAILED}
    chosen = [one for one in registry().values() if status is None or one.status == status]
    rows = [{**asdict(one), "source": one.name, "last_refresh": last.get(one.name)} for one in chosen]
    if as_json:
        output.as_json({"items": [{key: value for key, value in row.items() if key != "name"} for row in rows]})
        return
    output.as_table([{**row, "key": row["key_setting"] or None} for row in rows], LISTED)
    typer.echo(f"{len(rows)} sources")


def _sources(
    settings: "Settings", chosen: "list[Source]", *, since: datetime | None, dry: bool, again: bool, named: bool
) -> "list[SourceOutcome]":
    from data.ingest.refresh import RefreshOptions, refresh
    from data.store.store import Store
    from headroom import wiring
    from headroom.console.progress import bar

    refresh_options = RefreshOptions(
        today=days.today(), since=None if since is None else since.date(), dry=dry, again=again, named=named
    )
    outcomes = []
    with wiring.ledger(settings) as engine, bar("refresh") as report:
        report(0, len(chosen))
        for outcome in refresh(
            engine,
            chosen,
            base=Store.shipped().observations,
            access=wiring.access(settings),
            fetcher=lambda: wiring.fetcher(settings),
            refresh_options=refresh_options,
            report=_say,
        ):
            outcomes.append(outcome)
            report(len(outcomes), len(chosen))
    order = {one.name: place for place, one in enumerate(chosen)}
    return sorted(outcomes, key=lambda outcome: order[outcome.source])


def _file(settings: "Settings", one: "Source", path: Path, retrieved: datetime | None, *, dry: bool) -> "SourceOutcome":
    from data.catalogue.definitions import definitions
    from data.connectors.by_source import connector
    from data.ingest.reading import from_file
    from data.ingest.refresh import SourceOutcome
    from data.ingest.storing import store
    from data.store.store import Store
    from headroom import wiring

    moment = datetime.now(UTC) if retrieved is None else retrieved.replace(tzinfo=UTC)
    reading = from_file(connector(one), path, wiring.access(settings), retrieved=moment)
    with wiring.ledger(settings) as engine:
        base = Store.shipped().observations
        stored_refresh = store(engine, reading, base, definitions=definitions(), revision=one.revision_limit, dry=dry)
    return SourceOutcome(one.name, stored_refresh)


def _drift(settings: "Settings") -> dict[str, Any] | None:
    """What new figures say about the champion; None where there is none."""
    from data.base.errors import ArtifactCorrupt
    from headroom import wiring

    try:
        drift_report = wiring.drift(settings, today=days.today())
    except ArtifactCorrupt as error:
        return {"version": None, "advised": True, "reasons": [error.detail]}
    return None if drift_report is None else {"version": drift_report.version, **drift_report.report()}


def _unread(outcomes: "list[SourceOutcome]") -> SourceError:
    """The error of a refresh that read nothing: how many sources failed, and the first one's reason."""
    faults = [(outcome.source, outcome.fault) for outcome in outcomes if outcome.fault is not None]
    source, fault = faults[0]
    remedy = (
        fault.remedy if len(faults) == 1 else "check the network; HEADROOM_PROXY and HEADROOM_MIRROR lead around it"
    )
    return SourceError(
        f"no source could be read: {len(faults)} failed, {source} with {fault.code}: {fault.detail}", remedy=remedy
    )


def _say(source: str, words: str) -> None:
    # Requests are shown on a terminal only; a log wants the summary.
    if sys.stderr.isatty():
        sys.stderr.write(f"{source}: {words}\n")


def _tell(outcomes: "list[SourceOutcome]", *, dry: bool, as_json: bool, drift: dict[str, Any] | None) -> None:
    rows = [_row(outcome) for outcome in outcomes]
    if as_json:
        output.as_json({"dry_run": dry, "items": rows, "drift": drift})
        return
    output.as_table(rows, COLUMNS)
    if dry:
        typer.echo("a dry run: nothing was stored")
    if any(row["quarantined"] for row in rows) and not dry:
        typer.echo("rows were quarantined: headroom data quarantine lists them")
    if drift is not None:
        advice = f"retrain advised: {'; '.join(drift['reasons'])}" if drift["advised"] else "no need to retrain"
        typer.echo(f"champion {drift['version'] or 'broken'}: {advice}")


def _row(outcome: "SourceOutcome") -> dict[str, Any]:
    facts = outcome.refresh
    fault = outcome.fault
    return {
        "source": outcome.source,
        "status": "skipped" if facts is None else facts.status.value,
        "read": None if facts is None else facts.read,
        "new": None if facts is None else facts.added,
        "revised": None if facts is None else facts.revised,
        "unchanged": None if facts is None else facts.unchanged,
        "quarantined": None if facts is None else facts.quarantined,
        "marked": None if facts is None else facts.marked,
        "what": outcome.skipped or (f"{fault.code}: {fault.detail} ({fault.remedy})" if fault else None),
    }
