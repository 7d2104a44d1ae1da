"""Fits in worker processes: spawned, single-threaded inside, bounded in time, gone when their parent is."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import numpy as np
from numpy.typing import NDArray

from data.errors import FitFailed, HeadroomError, TrainingError
from data.periods import Period
from data.quantiles import FORECAST_LEVELS
from training.calendar import Calendar
from training.member import Parameter

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
CHUNK = 8
FIT_SECONDS = 20.0
"""Processor time after which a fit is a failed fit: some optimisers wander for minutes on one series."""
PATIENCE = 10.0
"""Times that, by the clock, after which it is one too: a busy machine is no fault of the fit."""
TOO_LONG = "the fit took longer than"
AGAIN_SECONDS = 0.5
"""The alarm rings again this often: a library may catch what it does not know and go on, and none is broken off while
it is imported."""
Key = tuple[str, int]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Job:
    """Members to fit to one history. ``key`` is (series, origin number); -1 is the history as it is known now.

    ``pace``: log growth a step of its peers as known at the end of the history, for members that take it. ``partial``:
    a member whose path leaves its bounds somewhere is heard up to there, instead of not at all.
    """

    key: Key
    members: tuple[str, ...]
    values: NDArray[np.float64]
    periods: tuple[Period, ...]
    horizon: int
    pace: float | None = None
    partial: bool = False


@dataclass(frozen=True, eq=False)
class Cast:
    """One member's answer: quantiles ``(horizon, FORECAST_LEVELS)``, or None with the reason it was dropped.

    The answer to a partial job may have fewer steps than the horizon, and then has the reason beside it.
    """

    key: Key
    member: str
    quantiles: NDArray[np.float64] | None
    reason: str | None
    parameters: Mapping[str, Parameter]

    @property
    def hasty(self) -> bool:
        """Whether the clock failed this fit: elsewhere, or on another day, it may answer."""
        return self.reason is not None and TOO_LONG in self.reason


Heard = Callable[[Sequence[tuple[Job, list[Cast]]]], None]


def unheard(_answered: Sequence[tuple[Job, list[Cast]]]) -> None:
    """Nobody listens."""


def cast(job: Job) -> list[Cast]:
    """Fit every member of a job to the recent history; a member that wants no gaps gets the gap-free tail."""
    from training.registry import member

    whole = Calendar.of(job.periods)
    start = whole.begin(job.values)
    calendar = whole.take(start, len(whole.positions))
    values = job.values[start:]
    out = []
    for name in job.members:
        model = member(name)
        points, days = values, calendar
        parameters: dict[str, Parameter] = {}
        if calendar.gaps and not model.gaps:
            tail = calendar.tail()
            points, days = values[tail:], calendar.take(tail, len(calendar.positions))
            parameters["gap_free_tail"] = points.size
        try:
            with _capped(name, seconds=FIT_SECONDS):
                fitted = model.fit(points, days, pace=job.pace if "pace" in model.takes else None)
                quantiles, fault = fitted.reach(job.horizon, levels=FORECAST_LEVELS)
            if fault is not None and not (job.partial and len(quantiles)):
                raise fault
        except HeadroomError as error:
            out.append(Cast(job.key, name, None, error.detail, {}))
        else:
            reason = None if fault is None else fault.detail
            out.append(Cast(job.key, name, quantiles, reason, parameters | dict(fitted.parameters)))
    return out


@contextmanager
def _capped(name: str, *, seconds: float) -> Iterator[None]:
    """Raise :class:`FitFailed` in the body once it has worked that long, or has kept the clock ``PATIENCE`` times that.

    What counts is the processor's time, so that a fit says the same on a busy machine as on an idle one; the clock is
    for fits that wait for another process. The signals of the system are heard between two steps of the interpreter, so
    a library that stays inside one call is stopped as soon as it returns. Only a main thread hears them; elsewhere, and
    where there are none, nothing is capped but by the timeout of the pool.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    bells = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, PATIENCE * seconds))

    def stop(number: int, frame: FrameType | None) -> None:
        if _importing(frame):
            return  # it rings again
        told = f"{seconds:g} s" if number == signal.SIGPROF else f"{PATIENCE * seconds:g} s by the clock"
        raise FitFailed(name, f"{TOO_LONG} {told}")

    before = {number: signal.signal(number, stop) for _, number, _ in bells}
    for timer, _, limit in bells:
        signal.setitimer(timer, limit, AGAIN_SECONDS)
    try:
        yield
    finally:
        for timer, _, _ in bells:
            signal.setitimer(timer, 0.0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _importing(frame: FrameType | None) -> bool:
    """Whether the interpreter is inside an import: one that is broken off leaves the library broken for good."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def cast_all(
    jobs: Sequence[Job], *, workers: int, timeout: float, progress: Progress, heard: Heard = unheard
) -> list[Cast]:
    """Run jobs in spawned workers and give the casts back in the order of the jobs.

    ``heard`` is told of answers as they come. Jobs go out in small chunks, long histories first, so that the last is
    short. Raises :class:`TrainingError` when the pool does not finish in ``timeout`` seconds; its processes end then,
    or when a library of a member cannot be imported.
    """
    order = sorted(range(len(jobs)), key=lambda index: -_cost(jobs[index]))
    chunks = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]

    found: dict[int, list[Cast]] = {}

    def answered(chunk: Sequence[int], casts: Sequence[list[Cast]]) -> None:
        found.update(zip(chunk, casts, strict=True))
        heard([(jobs[index], found[index]) for index in chunk])
        progress(len(found), len(jobs))

    progress(0, len(jobs))
    try:
        if workers <= 1:
            for chunk in chunks:
                answered(chunk, _cast_chunk([jobs[index] for index in chunk]))
        else:
            _pooled(jobs, chunks, workers=workers, timeout=timeout, answered=answered)
    except ImportError as error:
        # Fits without a library would be a model of the members that need none, under the name of the whole.
        raise TrainingError(
            f"a modelling library cannot be imported: {error}", remedy="install requirements/ again; then train again"
        ) from error
    return [item for index in range(len(jobs)) for item in found[index]]


def _pooled(
    jobs: Sequence[Job],
    chunks: Sequence[list[int]],
    *,
    workers: int,
    timeout: float,
    answered: Callable[[Sequence[int], Sequence[list[Cast]]], None],
) -> None:
    """Run the chunks in spawned workers and hand each over as it comes back."""
    deadline = time.monotonic() + timeout
    context = multiprocessing.get_context("spawn")
    with _one_thread():
        pool = ProcessPoolExecutor(max_workers=workers, mp_context=context, initializer=_watch_parent)
        try:
            pending: dict[Future[list[list[Cast]]], list[int]] = {
                pool.submit(_cast_chunk, [jobs[index] for index in chunk]): chunk for chunk in chunks
            }
            while pending:
                for future in _done(pending, deadline=deadline, timeout=timeout):
                    answered(pending.pop(future), future.result())
        except BrokenProcessPool:
            _end(pool)
            raise TrainingError(
                "a worker process died before it answered", remedy="see stderr for its last words; then train again"
            ) from None
        except BaseException:
            _end(pool)
            raise
        pool.shutdown(wait=True)


def _done(
    pending: Mapping[Future[list[list[Cast]]], list[int]], *, deadline: float, timeout: float
) -> set[Future[list[list[Cast]]]]:
    """The chunks that finished next; raises :class:`TrainingError` at the deadline."""
    done, _ = wait(pending, timeout=max(deadline - time.monotonic(), 0.0), return_when=FIRST_COMPLETED)
    if not done:
        raise TrainingError(
            f"{len(pending)} chunks of fits were not done after {timeout:g} s",
            remedy="give training more time or a machine with less to do",
        )
    return done


def _cost(job: Job) -> float:
    """Rough cost of a job: points times members, months dearer by their season."""
    return len(job.values) * len(job.members) * job.periods[0].freq.per_year


def _cast_chunk(jobs: list[Job]) -> list[list[Cast]]:
    return [cast(job) for job in jobs]


def _watch_parent() -> None:
    """End this worker when its parent is gone: a killed trainer must not leave processes behind."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait_for_end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_for_end, daemon=True).start()


def _end(pool: ProcessPoolExecutor) -> None:
    """Stop a pool at once."""
    # The executor of Python 3.11 has no public way to end a worker that is in the middle of a fit.
    processes = list((pool._processes or {}).values())  # noqa: SLF001 - see above
    # Before Python 3.11.5 a queue that nobody reads any more keeps its feeder, and with it this process, for ever
    # (python/cpython#94777): without its reading end the feeder is told so.
    queue = pool._call_queue  # type: ignore[attr-defined]  # noqa: SLF001 - what 3.11.5 does itself
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    if queue is not None:
        with suppress(OSError):
            queue._reader.close()  # noqa: SLF001 - see above


@contextmanager
def _one_thread() -> Iterator[None]:
    """Children inherit one BLAS thread each; the parent's own setting comes back."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
