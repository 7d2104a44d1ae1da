"""Scenarios of an edition, drawn side by side: the first half in this process, the rest in one more.

Scenarios share nothing but their inputs, so each is drawn whole by one process, and what it holds does not depend on
which. The other process is spawned and loads its libraries while this one still reads the figures. There is only one,
because every process holds a table of draws and the libraries: two at a time need what is set aside for a projection.
"""

import copyreg
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any

from data.base.errors import ProjectionError
from data.base.processes import end_when_closed, one_thread
from projection.edition.publish import Drawn, ScenarioWriter, Written
from projection.inputs.overrides import BASE, Scenario
from projection.simulate import supply_pace
from projection.simulate.model_inputs import ModelInputs, Positions

Progress = Callable[[int, int], None]


def draw_scenario(
    model_inputs: ModelInputs,
    scenario: Scenario = BASE,
    *,
    seed: int,
    draws: int,
    positions: Positions | None = None,
) -> Drawn:
    """Everything that is published of a scenario, of the draws at some positions or of the first.

    Raises :class:`ProjectionError` where an identity does not hold.
    """
    from projection.simulate.scenario_run import draw, width_split

    scenario_draws = draw(model_inputs, scenario=scenario, seed=seed, draws=draws, positions=positions)
    split = width_split(model_inputs, scenario=scenario, seed=seed)
    pace_bands = supply_pace.bands(model_inputs, scenario=scenario, seed=seed, draws=draws, positions=positions)
    return replace(scenario_draws, split=split, pace=pace_bands)


@dataclass(frozen=True)
class ScenarioPool:
    """This process, and one more where ``other`` is not None."""

    other: ProcessPoolExecutor | None = None

    def write(
        self,
        model_inputs: ModelInputs,
        scenarios: Sequence[Scenario],
        writer: ScenarioWriter,
        *,
        seed: int,
        draws: int,
        positions: Positions | None = None,
        progress: Progress | None = None,
    ) -> Iterator[tuple[str, Written]]:
        """Draw scenarios, write each, and say in their order what was written.

        Raises :class:`ProjectionError` where an identity does not hold or the other process dies.
        """
        work = partial(_write, model_inputs, writer, seed=seed, draws=draws, positions=positions)
        here = len(scenarios) if self.other is None else (len(scenarios) + 1) // 2
        try:
            there = [self.other.submit(work, scenario) for scenario in scenarios[here:] if self.other is not None]
            for place, scenario in enumerate(scenarios):
                files = work(scenario) if place < here else there[place - here].result()
                if progress is not None:
                    progress(place + 1, len(scenarios))
                yield scenario.name, files
        except BrokenProcessPool as error:
            raise ProjectionError(
                "a process that draws scenarios died before it answered", remedy="free memory; then project again"
            ) from error


def _write(
    model_inputs: ModelInputs,
    writer: ScenarioWriter,
    scenario: Scenario,
    *,
    seed: int,
    draws: int,
    positions: Positions | None,
) -> Written:
    started = time.monotonic()
    scenario_draws = draw_scenario(model_inputs, scenario, seed=seed, draws=draws, positions=positions)
    return replace(writer.write(scenario.name, scenario_draws), seconds=round(time.monotonic() - started, 1))


@contextmanager
def scenario_pool(processes: int) -> Iterator[ScenarioPool]:
    """Draw scenarios inside the block, in this process and, where ``processes`` is more than one, in another.

    The other process ends with the block, whatever it is drawing: an error or an interrupt here does not wait for it.
    """
    if processes == 1:
        yield ScenarioPool()
        return
    copyreg.pickle(MappingProxyType, _reduce)  # Read-only mappings of the inputs go to the other process.
    context = multiprocessing.get_context("spawn")
    other_end, this_end = context.Pipe(duplex=False)
    with one_thread():
        other = ProcessPoolExecutor(1, mp_context=context, initializer=_start, initargs=(other_end,))
        other.submit(_load)
    try:
        yield ScenarioPool(other)
    finally:
        this_end.close()
        other.shutdown(cancel_futures=True)
        other_end.close()


def _start(other_end: Connection) -> None:
    # An interrupt of the terminal reaches every process; this one ends when the projection does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_when_closed(other_end)


def _load() -> None:
    """Load the engine."""
    import_module("projection.simulate.scenario_run")


def _reduce(mapping: Mapping[Any, Any]) -> tuple[Callable[..., MappingProxyType[Any, Any]], tuple[dict[Any, Any]]]:
    return _read_only, (dict(mapping),)


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)
