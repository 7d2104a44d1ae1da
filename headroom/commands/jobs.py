"""``headroom jobs``: the queue of jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom.console import output
from headroom.console.options import AsJson, By, Home, choice

if TYPE_CHECKING:
    from service.jobs.queue import Job, Queue

COLUMNS = ("id", "kind", "state", "cause", "slot", "created", "runs", "failures", "progress", "error")
RUN_COLUMNS = ("number", "worker", "started", "finished", "outcome", "error")
NumberOf = Annotated[int, typer.Argument(min=1, max=2**63 - 1, metavar="ID", help="Number of headroom jobs list.")]

app = typer.Typer(
    no_args_is_help=True, help="List, show, cancel and queue jobs: refresh, drift, retrain, project, score."
)


@contextmanager
def opened(home: str | None) -> Iterator["Queue"]:
    """The queue of a home, at the current schema."""
    from headroom import wiring
    from headroom.settings import load
    from service.jobs.queue import Queue

    settings = load(home=home)
    wiring.migrate(settings)
    with wiring.ledger(settings) as engine:
        yield Queue(engine)


@app.command(name="list")
def list_(
    *,
    state: Annotated[str | None, typer.Option("--state", help="queued, running, succeeded, cancelled or dead.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="refresh, drift, retrain, project or score.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Jobs at most.")] = 50,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    from service.jobs.tables import State

    with opened(home) as queue:
        if kind is not None:
            choice("kind", kind, queue.kinds.kind)
        chosen = None if state is None else State(choice("state", state, State))
        rows = [document(job) for job in queue.jobs(state=chosen, kind=kind, limit=limit)]
    if as_json:
        output.as_json({"items": rows})
    else:
        output.as_table(rows, COLUMNS)


@app.command()
def show(number: NumberOf, *, home: Home = None, as_json: AsJson = False) -> None:
    """Show a job: its state, its runs, and the end of its log."""
    from dataclasses import asdict

    with opened(home) as queue:
        job, runs = queue.job(number), [asdict(run) for run in queue.runs(number)]
    if as_json:
        output.as_json(document(job) | {"history": runs, "log": job.log})
        return
    output.as_table([{"fact": name, "value": value} for name, value in document(job).items()], ("fact", "value"))
    typer.echo("")
    output.as_table(runs, RUN_COLUMNS)
    if job.log:
        typer.echo(f"\n{job.log.rstrip()}")


@app.command()
def cancel(number: NumberOf, *, by: By = None, home: Home = None, as_json: AsJson = False) -> None:
    """Cancel a job: one that waits at once, one that runs within seconds. What it published stays."""
    from headroom.wiring import person

    with opened(home) as queue:
        _tell(queue.cancel(number, actor=by or person()), as_json=as_json)


@app.command()
def run(
    kind: Annotated[str, typer.Argument(help="refresh, drift, retrain, project or score.")],
    *,
    by: By = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put a job into the queue; a worker runs it."""
    from headroom.wiring import person

    with opened(home) as queue:
        _tell(queue.add(kind, actor=by or person()), as_json=as_json)


def document(job: "Job") -> dict[str, Any]:
    """A job by the names readers know; without its log."""
    from dataclasses import asdict

    return {name: value for name, value in asdict(job).items() if name != "log"}


def _tell(job: "Job", *, as_json: bool) -> None:
    if as_json:
        output.as_json(document(job))
    else:
        words = "is being cancelled" if job.cancelled_by and job.finished is None else f"is {job.state}"
        typer.echo(f"job {job.id} ({job.kind}) {words}")
