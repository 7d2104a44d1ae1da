"""Fits in worker processes: spawned, single-threaded inside, bounded in time, gone when their parent is.

The processor's time of a fit is bounded by the operating system (setrlimit(2), RLIMIT_CPU), so that a fit says the same
on a busy machine as on an idle one and a library that never comes back from one call is stopped too; the time by the
clock is bounded by pebble's pool. Both end the process of the worker, and the pool starts another one.
"""

import math
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pebble import ProcessExpired, ProcessPool

from data.base.errors import FitFailed, HeadroomError, TrainingError
from data.base.processes import end_with_parent, one_thread
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Period
from features.series import SpanSum
from training.core.calendar import Calendar
from training.members.member import Parameter

CHUNK = 8
FIT_SECONDS = 20
"""Processor time after which a fit is a failed fit: some optimisers wander for minutes on one series."""
PATIENCE = 10.0
"""Times that, by the clock, after which it is one too: a busy machine is no fault of the fit."""
TOO_LONG = "the fit took longer than"
Key = tuple[str, int]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Job:
    """Members to fit to one history. ``key`` is (series, origin number); -1 is the history as it is known now.

    ``pace``: log growth a step of its peers as known at the end of the history, for members that take it. ``partial``:
    a member whose path leaves its bounds somewhere is used up to there, instead of not at all. ``sums``: what is known
    of several periods together, for members that take it.
    """

    key: Key
    members: tuple[str, ...]
    values: NDArray[np.float64]
    periods: tuple[Period, ...]
    horizon: int
    pace: float | None = None
    partial: bool = False
    sums: tuple[SpanSum, ...] = ()


@dataclass(frozen=True, eq=False)
class MemberForecast:
    """One member's answer: quantiles ``(horizon, FORECAST_LEVELS)``, or None with the reason it was dropped.

    The answer to a partial job may have fewer steps than the horizon, and then has the reason beside it.
    """

    key: Key
    member: str
    quantiles: NDArray[np.float64] | None
    reason: str | None
    parameters: Mapping[str, Parameter]

    @property
    def timed_out(self) -> bool:
        """Whether the clock failed this fit: elsewhere, or on another day, it may answer."""
        return self.reason is not None and TOO_LONG in self.reason


OnForecast = Callable[[Sequence[tuple[Job, list[MemberForecast]]]], None]
OnChunk = Callable[[Sequence[int], Sequence[list[MemberForecast]]], None]
"""Called with the places of a chunk's jobs and their forecasts."""


def ignore_forecasts(_forecasts: Sequence[tuple[Job, list[MemberForecast]]]) -> None:
    """Do nothing with them."""


def cast(job: Job, *, seconds: int | None = None) -> list[MemberForecast]:
    """Fit every member of a job to the recent history; a member that wants no gaps gets the gap-free tail.

    A fit that takes more than ``seconds`` of the processor ends this process (SIGXCPU).
    """
    from training.members.registry import member

    whole = Calendar.of(job.periods)
    start = whole.begin(job.values)
    calendar = whole.take(start, len(whole.positions))
    values = job.values[start:]
    forecasts = []
    for name in job.members:
        model = member(name)
        points, days = values, calendar
        parameters: dict[str, Parameter] = {}
        if calendar.gaps and not model.gaps:
            tail = calendar.tail()
            points, days = values[tail:], calendar.take(tail, len(calendar.positions))
            parameters["gap_free_tail"] = points.size
        try:
            with _processor_limit(seconds):
                fitted = model.fit(
                    points,
                    days,
                    pace=job.pace if "pace" in model.takes else None,
                    sums=job.sums if "sums" in model.takes else (),
                )
                quantiles, fault = fitted.reach(job.horizon, levels=FORECAST_LEVELS)
            if fault is not None and not (job.partial and len(quantiles)):
                raise fault
        except HeadroomError as error:
            forecasts.append(MemberForecast(job.key, name, None, error.detail, {}))
        else:
            reason = None if fault is None else fault.detail
            forecasts.append(MemberForecast(job.key, name, quantiles, reason, parameters | dict(fitted.parameters)))
    return forecasts


@contextmanager
def _processor_limit(seconds: int | None) -> Iterator[None]:
    """End this process once the body has used that many seconds of the processor, rounded up to whole ones."""
    before, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if seconds is not None:
        limit = math.ceil(time.process_time()) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (before, hard))


def cast_all(
    jobs: Sequence[Job], *, workers: int, timeout: float, progress: Progress, on_forecast: OnForecast = ignore_forecasts
) -> list[MemberForecast]:
    """Run jobs in spawned workers and give the forecasts back in the order of the jobs.

    ``on_forecast`` is called with forecasts as they come. Jobs go out in small chunks, long histories first, so that
    the last is short. With no workers this process fits everything itself and nothing is bounded in time: what ends a
    worker would end the caller.

    Raises:
        TrainingError: the pool is not done in ``timeout`` seconds, a worker died, or a library of a member cannot be
            imported; the processes of the pool are gone then.
    """
    order = sorted(range(len(jobs)), key=lambda index: -_cost(jobs[index]))
    chunks = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]

    forecasts: dict[int, list[MemberForecast]] = {}

    def answered(chunk: Sequence[int], member_forecasts: Sequence[list[MemberForecast]]) -> None:
        forecasts.update(zip(chunk, member_forecasts, strict=True))
        on_forecast([(jobs[index], forecasts[index]) for index in chunk])
        progress(len(forecasts), len(jobs))

    progress(0, len(jobs))
    try:
        if workers:
            _pooled(jobs, chunks, workers=workers, timeout=timeout, answered=answered)
        else:
            for chunk in chunks:
                answered(chunk, [cast(jobs[index]) for index in chunk])
    except ImportError as error:
        # Fits without a library would be a model of the members that need none, under the name of the whole.
        raise TrainingError(
            f"a modelling library cannot be imported: {error}", remedy="install requirements/ again; then train again"
        ) from error
    return [item for index in range(len(jobs)) for item in forecasts[index]]


def new_pool(workers: int) -> ProcessPool:
    """A pool of spawned workers, which end with this process if the pool is not stopped before."""
    return ProcessPool(max_workers=workers, context=multiprocessing.get_context("spawn"), initializer=_start_worker)


def _pooled(
    jobs: Sequence[Job], chunks: Sequence[list[int]], *, workers: int, timeout: float, answered: OnChunk
) -> None:
    with one_thread():
        pool = new_pool(workers)
        try:
            run_chunks(pool, jobs, chunks, timeout=timeout, answered=answered)
        finally:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without types
            pool.join()


def run_chunks(
    pool: ProcessPool,
    jobs: Sequence[Job],
    chunks: Sequence[Sequence[int]],
    *,
    timeout: float,
    answered: OnChunk,
) -> None:
    """Run chunks of jobs, by their places, and hand each over as it comes back; raises as :func:`cast_all` does."""
    deadline = time.monotonic() + timeout
    stopped = []
    for place, member_forecasts in _results(
        pool, [[jobs[index] for index in chunk] for chunk in chunks], deadline, timeout
    ):
        if isinstance(member_forecasts, str):
            stopped.append(chunks[place])
        else:
            answered(chunks[place], member_forecasts)
    # Which of a chunk's fits took too long is not known: they run again, each in a task of its own.
    for chunk in stopped:
        fits = [replace(jobs[index], members=(name,)) for index in chunk for name in jobs[index].members]
        alone = dict(_results(pool, [[fit] for fit in fits], deadline, timeout))
        casts_of_fits = iter([_one(fit, alone[place]) for place, fit in enumerate(fits)])
        answered(chunk, [[next(casts_of_fits) for _ in jobs[index].members] for index in chunk])


def _one(fit: Job, member_forecasts: list[list[MemberForecast]] | str) -> MemberForecast:
    """The forecast of a job of one member; a failed fit where it was stopped."""
    if isinstance(member_forecasts, str):
        return MemberForecast(fit.key, fit.members[0], None, FitFailed(fit.members[0], member_forecasts).detail, {})
    return member_forecasts[0][0]


def _results(
    pool: ProcessPool, tasks: Sequence[list[Job]], deadline: float, timeout: float
) -> Iterator[tuple[int, list[list[MemberForecast]] | str]]:
    """Place and forecasts of each task as it comes back, or in words which limit its worker was stopped at."""
    pending: dict[Future[list[list[MemberForecast]]], int] = {
        pool.schedule(
            _cast_chunk,
            args=(jobs, FIT_SECONDS),
            timeout=PATIENCE * FIT_SECONDS * sum(len(job.members) for job in jobs),
        ): place
        for place, jobs in enumerate(tasks)
    }
    while pending:
        finished, _ = wait(pending, timeout=max(deadline - time.monotonic(), 0.0), return_when=FIRST_COMPLETED)
        if not finished:
            raise TrainingError(
                f"{len(pending)} chunks of fits were not done after {timeout:g} s",
                remedy="give training more time or a machine with less to do",
            )
        for future in finished:
            yield pending.pop(future), _forecasts_of(future)


def _forecasts_of(future: Future[list[list[MemberForecast]]]) -> list[list[MemberForecast]] | str:
    try:
        return future.result()
    except TimeoutError:
        return f"{TOO_LONG} {PATIENCE * FIT_SECONDS:g} s by the clock"
    except (ProcessExpired, BrokenProcessPool) as error:
        if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGXCPU:
            return f"{TOO_LONG} {FIT_SECONDS:g} s"
        raise TrainingError(
            "a worker process died before it answered", remedy="see stderr for its last words; then train again"
        ) from None


def _cost(job: Job) -> float:
    """Rough cost of a job: points times members, months dearer by their season."""
    return len(job.values) * len(job.members) * job.periods[0].freq.per_year


def _cast_chunk(jobs: list[Job], seconds: int) -> list[list[MemberForecast]]:
    return [cast(job, seconds=seconds) for job in jobs]


def _start_worker() -> None:
    """Let this worker end when its parent is gone: a killed trainer must not leave processes behind."""
    # A fit that is stopped for its time is no crash to look into: no image of its memory is written.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    end_with_parent()
