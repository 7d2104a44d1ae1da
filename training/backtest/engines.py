"""What runs a list of fits: spawned processes on this machine, or Ray. The answers are the same to the last bit."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Protocol

from training.backtest.workers import Job, MemberForecast, OnForecast, Progress, cast_all, ignore_forecasts


class Engine(StrEnum):
    """Which one."""

    LOCAL = "local"
    RAY = "ray"


class Runner(Protocol):
    """Runs jobs and gives their forecasts back in the order of the jobs."""

    def __call__(
        self,
        jobs: Sequence[Job],
        *,
        workers: int,
        timeout: float,
        progress: Progress,
        on_forecast: OnForecast = ignore_forecasts,
    ) -> list[MemberForecast]:
        """Run the jobs, and call ``on_forecast`` with forecasts as they come.

        Raises :class:`data.base.errors.TrainingError` when they are not done in ``timeout`` seconds or a worker dies.
        """


def runner(engine: Engine, *, address: str | None = None) -> Runner:
    """The runner of an engine; ``address`` is that of a Ray cluster, None starts Ray on this machine."""
    if engine is Engine.LOCAL:
        return cast_all
    from training.backtest.ray_pool import cast_all as on_ray

    return partial(on_ray, address=address)
