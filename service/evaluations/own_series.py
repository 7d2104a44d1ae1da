"""The work of ``POST /v1/forecasts``: series of a client, forecast in a process that loads the modelling libraries."""

import hashlib
import json
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from multiprocessing.connection import Connection
from typing import Any, ClassVar

from cachetools import TTLCache

from data.base.errors import EvaluationUnavailable, HeadroomError
from service.evaluations.pool import EvaluationPool
from service.evaluations.process import FAULT, FULL, answer_questions
from service.evaluations.question import Fault, Question

MEMORY_BYTES = 2 * 2**30
"""Data a process may hold: the libraries take half a gigabyte."""
KEPT, KEPT_SECONDS = 32, 900.0
"""Answers that are kept, and how long at most."""


class ForecastUnavailable(EvaluationUnavailable):
    """A client's series cannot be forecast now: too many wait, it takes too long, or the process died."""

    def __init__(self, reason: str) -> None:
        HeadroomError.__init__(self, f"no series can be forecast: {reason}", remedy="try again later")
        self.reason = reason


@dataclass(frozen=True)
class OwnSeriesQuestion(Question):
    """Series of a client and how they are to be forecast, as the options of ``headroom forecast`` say it.

    Attributes:
        content: a file as that command reads it.
        quantiles: levels, separated by commas.
        members: to pool, separated by commas; None for those by frequency.
    """

    unavailable: ClassVar[type[EvaluationUnavailable]] = ForecastUnavailable

    content: bytes
    horizon: int
    quantiles: str
    members: str | None = None
    freq: str | None = None
    decimal: str | None = None
    aggregate: str | None = None
    on_jump: str = "warn"

    @cached_property
    def name(self) -> str:
        """Hash of all of it: only who has the series can name it."""
        stated = {**vars(self), "content": hashlib.sha256(self.content).hexdigest()}
        return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()[:32]


Forecaster = Callable[[OwnSeriesQuestion, Callable[[int, int], None]], Mapping[str, Any]]
"""Forecasts series, in the process that may; picklable.

It calls a function with the count of series done and in all, whose exceptions end it, and raises
:class:`data.base.errors.HeadroomError`. The answer has the facts of ``headroom forecast --json``, and beside them
``levels``, ascending, and ``bands``: of every series in ``series`` its ``periods``, as it writes them, and
``quantiles``, a float64 array ``(periods, levels)``.
"""


def pool(forecaster: Forecaster | None, *, limit: float) -> EvaluationPool:
    """A process that forecasts, and what it answered lately; ``limit`` is in seconds a question."""
    return EvaluationPool(forecaster, run=run, limit=limit, remembered=TTLCache(KEPT, KEPT_SECONDS))


class _Unwanted(Exception):  # noqa: N818 - it never leaves this file
    """Nobody waits any more."""


def run(connection: Connection, forecaster: Forecaster) -> None:
    """Forecast series until the other end closes, within a bound on memory; an answer nobody waits for is stopped."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, hard))
    answer_questions(connection, partial(_answer, forecaster))


def _answer(forecaster: Forecaster, question: OwnSeriesQuestion, connection: Connection) -> None:
    def progress(_done: int, _total: int) -> None:
        if connection.poll():
            connection.recv()
            raise _Unwanted

    try:
        answer = forecaster(question, progress)
    except _Unwanted:
        connection.send((FAULT, Fault("nobody waits for it any more")))
    except MemoryError:
        connection.send((FAULT, Fault("it takes more memory than there is for it")))
    else:
        connection.send((FULL, (None, [answer])))
