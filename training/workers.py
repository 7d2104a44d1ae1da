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
"""A fit that takes longer is a failed fit: some optimisers wander for minutes on one series."""
LATER_SECONDS = 1.0
"""An alarm that falls into an import is heard so much later: on a busy machine a library takes long to load."""
Key = tuple[str, int]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Job:
    """Members to fit to one history. ``key`` is (series, origin number); -1 is the history as it is known now.

    ``pace``: log growth a step of its peers as known at the end of the history, for members that take it.
    """

    key: Key
    members: tuple[str, ...]
    values: NDArray[np.float64]
    periods: tuple[Period, ...]
    horizon: int
    pace: float | None = None


@dataclass(frozen=True, eq=False)
class Cast:
    """One member's answer: quantiles ``(horizon, FORECAST_LEVELS)``, or None with the reason it was dropped."""

    key: Key
    member: str
    quantiles: NDArray[np.float64] | None
    reason: str | None
    parameters: Mapping[str, Parameter]


def cast(job: Job) -> list[Cast]:
    """Fit every member of a job to the recent history; a member that wants no gaps gets the gap-free tail."""
    from training.registry import member

    whole = Calendar.of(job.periods)
    start = whole.recent()
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
                quantiles = fitted.quantiles(job.horizon, levels=FORECAST_LEVELS)
        except HeadroomError as error:
            out.append(Cast(job.key, name, None, error.detail, {}))
        else:
            out.append(Cast(job.key, name, quantiles, None, parameters | dict(fitted.parameters)))
    return out


@contextmanager
def _capped(name: str, *, seconds: float) -> Iterator[None]:
    """Raise :class:`FitFailed` in the body once it has taken that long.

    The alarm of the system is heard between two steps of the interpreter, so a library that stays inside one call is
    stopped as soon as it returns. Only a main thread hears it; elsewhere, and where there is no such alarm, nothing is
    capped but by the timeout of the pool.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_number: int, frame: FrameType | None) -> None:
        if _importing(frame):
            signal.setitimer(signal.ITIMER_REAL, LATER_SECONDS)
            return
        raise FitFailed(name, f"the fit took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _importing(frame: FrameType | None) -> bool:
    """Whether the interpreter is inside an import: one that is broken off leaves the library broken for good."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def cast_all(jobs: Sequence[Job], *, workers: int, timeout: float, progress: Progress) -> list[Cast]:
    """Run jobs in spawned workers and give the casts back in the order of the jobs.

    Jobs go out in small chunks, long histories first, so that the last chunk is a short one. Raises
    :class:`TrainingError` when the pool does not finish in ``timeout`` seconds; its processes are ended then.
    """
    order = sorted(range(len(jobs)), key=lambda index: -_cost(jobs[index]))
    chunks = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]
    found: dict[int, list[Cast]] = {}
    progress(0, len(jobs))
    if workers <= 1:
        for index in order:
            found[index] = cast(jobs[index])
            progress(len(found), len(jobs))
        return [item for index in range(len(jobs)) for item in found[index]]
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
                    found.update(zip(pending.pop(future), future.result(), strict=True))
                    progress(len(found), len(jobs))
        except BrokenProcessPool:
            _end(pool)
            raise TrainingError(
                "a worker process died before it answered", remedy="see stderr for its last words; then train again"
            ) from None
        except BaseException:
            _end(pool)
            raise
        pool.shutdown(wait=True)
    return [item for index in range(len(jobs)) for item in found[index]]


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
