"""Limits of requests: how many a caller may make in a minute, counted in memory and shared through the database.

Each server counts by itself, so no request waits for the database. Those who have used a part of their budget are
written down every few seconds, and what other servers counted of them is read then: beyond that the servers of one
database hold one limit together, and overshoot it by what the others let pass in between.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from data.store.database import writing
from service.access.tables import COUNTS

WINDOW_SECONDS = 60
CALLERS = 100_000
"""Callers told apart in a window; beyond them all new ones share one budget."""
OTHERS = "others"
SHARED_FROM = 0.1
"""The part of a budget from which on a caller's count is shared."""


class Remaining(NamedTuple):
    """What a caller has left.

    Attributes:
        budget: its name.
        limit: requests in a window.
        left: requests left in this one.
        seconds: until the next one begins.
        over: whether this request is one too many.
    """

    budget: str
    limit: int
    left: int
    seconds: int
    over: bool

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """As draft-ietf-httpapi-ratelimit-headers-10 has it."""
        left = f'"{self.budget}";r={self.left};t={self.seconds}'.encode()
        return _policy(self.budget, self.limit), (b"ratelimit", left)


@lru_cache(maxsize=64)
def _policy(budget: str, limit: int) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", f'"{budget}";q={limit};w={WINDOW_SECONDS}'.encode()


@dataclass(slots=True)
class _Count:
    limit: int
    here: int = 0
    settled: int = 0
    elsewhere: int = 0


class Budgets:
    """What callers used in this window.

    Args:
        clock: seconds since 1970; windows begin at whole minutes of it, on all servers alike.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._window = 0
        self._counts: dict[tuple[str, str], _Count] = {}

    def take(self, caller: str, *, budget: str, limit: int) -> Remaining:
        """Count a request of a caller; one that is over the limit is not counted."""
        now = self._clock()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, {}
        count = self._counts.get((caller, budget))
        if count is None:
            place = (caller if len(self._counts) < CALLERS else OTHERS, budget)
            count = self._counts.setdefault(place, _Count(limit))
        over = count.here + count.elsewhere >= limit
        if not over:
            count.here += 1
        seconds = int((window + 1) * WINDOW_SECONDS - now) + 1
        return Remaining(budget, limit, max(0, limit - count.here - count.elsewhere), seconds, over)

    def settle(self, engine: Engine) -> None:
        """Write down what was counted since the last time, and read what other servers counted."""
        window, counts = self._window, dict(self._counts)
        shared = {place: count for place, count in counts.items() if count.here >= SHARED_FROM * count.limit}
        if not shared:
            return
        totals = {}
        with writing(engine) as connection:
            connection.execute(delete(COUNTS).where(COUNTS.c.window < window))
            for (caller, budget), count in shared.items():
                here = count.here
                _add(connection, {"caller": caller, "budget": budget, "window": window}, here - count.settled)
                total = connection.scalar(
                    select(func.coalesce(func.sum(COUNTS.c.requests), 0)).where(
                        COUNTS.c.caller == caller, COUNTS.c.budget == budget, COUNTS.c.window == window
                    )
                )
                totals[caller, budget] = here, int(total or 0)
        # Once it is stored.
        for place, (here, total) in totals.items():
            shared[place].settled, shared[place].elsewhere = here, total - here


def _add(connection: Connection, place: Mapping[str, str | int], requests: int) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(COUNTS).values(**place, requests=requests)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["caller", "budget", "window"],
            set_={"requests": COUNTS.c.requests + row.excluded.requests},
        )
    )
