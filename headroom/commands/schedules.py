"""``headroom schedules``: when which jobs are queued."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.commands.jobs import document, opened
from headroom.console import output
from headroom.console.options import AsJson, By, Home, choice

if TYPE_CHECKING:
    from service.jobs.schedules import Schedule, Schedules

COLUMNS = ("name", "kind", "cron", "zone", "catch_up", "paused", "next_slot", "last_slot")
Name = Annotated[str, typer.Argument(help="Name of headroom schedules list.")]
app = typer.Typer(no_args_is_help=True, help="List, set, pause, resume, trigger and backfill schedules of jobs.")


@contextmanager
def _schedules(home: str | None) -> Iterator["Schedules"]:
    from service.jobs.schedules import Schedules

    with opened(home) as queue:
        schedules = Schedules(queue)
        schedules.seed()
        yield schedules


@app.command(name="list")
def list_(*, home: Home = None, as_json: AsJson = False) -> None:
    """List schedules, with the slot each goes on with."""
    with _schedules(home) as schedules:
        _tell(schedules.schedules(), as_json=as_json)


@app.command(name="set")
def set_(
    name: Name,
    *,
    kind: Annotated[str, typer.Option("--kind", help="refresh, drift, retrain, project or score.")],
    cron: Annotated[str, typer.Option("--cron", help='As "10 5 * * *": minute, hour, day, month, day of the week.')],
    zone: Annotated[str, typer.Option("--zone", help="Time zone the cron expression is read in.")] = "UTC",
    catch_up: Annotated[
        str, typer.Option("--catch-up", help="Missed slots that get a job later: all, latest or none.")
    ] = "latest",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Add a schedule, or change the one of that name."""
    from service.jobs.kinds import CatchUp

    policy = CatchUp(choice("catch_up", catch_up, CatchUp))
    with _schedules(home) as schedules:
        _tell((schedules.put(name, kind=kind, cron=cron, zone=zone, catch_up=policy),), as_json=as_json)


@app.command()
def pause(name: Name, *, home: Home = None, as_json: AsJson = False) -> None:
    """Queue nothing by the clock until it is resumed."""
    with _schedules(home) as schedules:
        _tell((schedules.pause(name),), as_json=as_json)


@app.command()
def resume(name: Name, *, home: Home = None, as_json: AsJson = False) -> None:
    """Go on with the next slot; those of the pause get no job."""
    with _schedules(home) as schedules:
        _tell((schedules.resume(name),), as_json=as_json)


@app.command()
def trigger(name: Name, *, by: By = None, home: Home = None, as_json: AsJson = False) -> None:
    """Queue a job of a schedule now, beside its slots."""
    from headroom.wiring import person

    with _schedules(home) as schedules:
        job = schedules.trigger(name, actor=by or person())
    if as_json:
        output.as_json(document(job))
    else:
        typer.echo(f"job {job.id} ({job.kind}) is {job.state}")


@app.command()
def backfill(
    name: Name,
    *,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, UTC.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, UTC.")],
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Queue a job for each slot of past days that has none."""
    from headroom.wiring import person

    # A day is over where the next begins; today is over now.
    end = min(last.replace(tzinfo=UTC) + timedelta(days=1, microseconds=-1), datetime.now(UTC))
    with _schedules(home) as schedules:
        queued = schedules.backfill(name, first.replace(tzinfo=UTC), end, actor=by or person())
    if as_json:
        output.as_json({"schedule": name, "queued": queued})
    else:
        typer.echo(f"{queued} jobs of {name} were queued")


def _tell(schedules: "Sequence[Schedule]", *, as_json: bool) -> None:
    from dataclasses import asdict

    rows: list[dict[str, Any]] = [asdict(schedule) for schedule in schedules]
    if as_json:
        output.as_json({"items": rows})
    else:
        output.as_table(rows, COLUMNS)
