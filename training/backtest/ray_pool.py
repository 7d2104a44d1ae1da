"""The same fits on Ray: an optional extra, for machines that are more than one.

A task is a chunk of jobs and returns their forecasts; a fit depends on its job alone, so where and in which order tasks
run changes nothing. A cluster's workers need the same Headroom installed. Ray is started without its dashboard, on
loopback, and stopped with the training, unless an address names a cluster that is there.
"""

import os
import socket
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from pebble import ProcessPool

from data.base.errors import SettingsError, TrainingError
from data.base.processes import ONE_THREAD
from training.backtest.workers import (
    CHUNK,
    Job,
    MemberForecast,
    OnForecast,
    Progress,
    ignore_forecasts,
    new_pool,
    run_chunks,
)

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_DEDUP_LOGS": "1"}
REMEDY = "give --address of a Ray cluster that runs, or none to start Ray here"
KNOCK_SECONDS = 10.0
RETRIES = 2
"""How often a chunk is given to another worker when the one that had it died."""


def cast_chunk(jobs: Sequence[Job], timeout: float) -> list[list[MemberForecast]]:
    """The task. Fits run in a process of their own, which may be stopped where this one may not."""
    answers: list[list[MemberForecast]] = []
    run_chunks(
        _fit_process(),
        jobs,
        [range(len(jobs))],
        timeout=timeout,
        answered=lambda _chunk, member_forecasts: answers.extend(member_forecasts),
    )
    return answers


@cache
def _fit_process() -> ProcessPool:
    """One process for all tasks of this worker of Ray; it ends with it."""
    return new_pool(1)


def cast_all(
    jobs: Sequence[Job],
    *,
    workers: int,
    timeout: float,
    progress: Progress,
    address: str | None,
    on_forecast: OnForecast = ignore_forecasts,
) -> list[MemberForecast]:
    """Run jobs as Ray tasks and give the forecasts back in the order of the jobs.

    Args:
        jobs: what to fit.
        workers: tasks at a time, and processors of a Ray that is started here.
        timeout: seconds for all of them.
        progress: called with (jobs done, jobs in all).
        address: of a cluster; None starts one on this machine.
        on_forecast: called with answers as they come.

    Raises:
        SettingsError: Ray is not installed.
        TrainingError: the cluster cannot be reached, the jobs are not done in time, or a worker keeps dying.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise SettingsError(
            "the engine ray is not installed", remedy="in the repository: pip install '.[ray]'"
        ) from None
    _start(ray, workers=workers, address=address)
    try:
        deadline = time.monotonic() + timeout
        return _run(
            ray, jobs, workers=workers, deadline=deadline, timeout=timeout, progress=progress, on_forecast=on_forecast
        )
    except ray.exceptions.RayError as error:
        message = str(error).splitlines()[-1:] or [type(error).__name__]
        raise TrainingError(f"Ray: {message[0]}", remedy="look at the cluster's logs; then train again") from error
    finally:
        ray.shutdown()


def _start(ray: Any, *, workers: int, address: str | None) -> None:  # noqa: ANN401 - a module that may be absent
    environment = {"env_vars": {**dict.fromkeys(ONE_THREAD, "1"), **QUIET}}
    here: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    if address is not None:
        _check_reachable(address)
    try:
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env=environment,
            **({} if address else here),
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise TrainingError(f"Ray cannot be reached: {error}", remedy=REMEDY) from error


def _check_reachable(address: str) -> None:
    """Raise within seconds where nothing answers at the address; Ray itself tries for minutes."""
    host, separator, port = address.rpartition("://")[2].rpartition(":")
    if not separator or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()
    except OSError as error:
        raise TrainingError(f"Ray cannot be reached at {address}: {error}", remedy=REMEDY) from error


def _run(
    ray: Any,  # noqa: ANN401 - a module that may be absent
    jobs: Sequence[Job],
    *,
    workers: int,
    deadline: float,
    timeout: float,
    progress: Progress,
    on_forecast: OnForecast,
) -> list[MemberForecast]:
    # Long histories first, so that the last chunk is a short one.
    order = sorted(range(len(jobs)), key=lambda index: -len(jobs[index].values) * len(jobs[index].members))
    waiting = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)][::-1]
    task = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=[TrainingError])(cast_chunk)
    forecasts: dict[int, list[MemberForecast]] = {}
    running: dict[Any, list[int]] = {}
    progress(0, len(jobs))
    while waiting or running:
        while waiting and len(running) < workers:
            chunk = waiting.pop()
            running[task.remote([jobs[index] for index in chunk], timeout)] = chunk
        finished, _ = ray.wait(list(running), num_returns=1, timeout=max(deadline - time.monotonic(), 0.0))
        if not finished:
            for reference in running:
                ray.cancel(reference, force=True)
            raise TrainingError(
                f"{len(jobs) - len(forecasts)} fits were not done after {timeout:g} s",
                remedy="give training more time or a machine with less to do",
            )
        for reference in finished:
            chunk = running.pop(reference)
            forecasts.update(zip(chunk, ray.get(reference), strict=True))
            on_forecast([(jobs[index], forecasts[index]) for index in chunk])
            progress(len(forecasts), len(jobs))
    return [item for index in range(len(jobs)) for item in forecasts[index]]
