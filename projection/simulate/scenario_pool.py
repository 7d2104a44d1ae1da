"""Scenarios of an edition, drawn side by side: the first half in this process, the rest in one more.

Scenarios share nothing but their inputs and base's draws, so each is drawn whole by one process, and what it holds does
not depend on which. The other process is spawned and loads its libraries while this one still reads the figures. There
is only one, because every process holds two tables of draws and the libraries: two at a time need what is set aside for
a projection.
"""

import copyreg
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from itertools import chain
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any

from data.base.errors import ProjectionError
from data.base.processes import end_when_closed, one_thread
from projection.edition.publish import Drawn, ScenarioWriter, Written
from projection.inputs.overrides import BASE, Scenario
from projection.simulate import supply_pace
from projection.simulate.model_inputs import ModelInputs, Positions, RandomInputs

Progress = Callable[[int, int], None]


def draw_scenario(
    model_inputs: ModelInputs,
    scenario: Scenario = BASE,
    *,
    seed: int,
    draws: int,
    positions: Positions | None = None,
    base: Drawn | None = None,
    blocks: Iterable[RandomInputs] | None = None,
) -> Drawn:
    """Everything that is published of a scenario, of the draws at some positions or of the first.

    One that is held against base is drawn if it changes what base's draws rest on, else they are its draws; width is
    split for the cells it moves alone.

    Raises :class:`ProjectionError` where an identity does not hold.
    """
    from projection.simulate.scenario_run import draw, width_split

    if base is not None and base.reads.isdisjoint(scenario.changed):
        own_draws = base
    else:
        own_draws = draw(model_inputs, scenario=scenario, seed=seed, draws=draws, positions=positions, blocks=blocks)
    beside, split = replace(own_draws, base=base), {} if base is None else base.split
    if beside.moved:
        split = {**split, **width_split(model_inputs, scenario=scenario, seed=seed, cells=beside.moved)}
    pace_bands = supply_pace.bands(model_inputs, scenario=scenario, seed=seed, draws=draws, positions=positions)
    return replace(beside, split=split, pace=pace_bands)


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
            there = None if self.other is None else self.other.submit(_write_all, work, scenarios[here:])
            results = chain(work(scenarios[:here]), () if there is None else _results(there))
            for place, (name, files) in enumerate(results):
                if progress is not None:
                    progress(place + 1, len(scenarios))
                yield name, files
        except BrokenProcessPool as error:
            raise ProjectionError(
                "a process that draws scenarios died before it answered", remedy="free memory; then project again"
            ) from error


Pairs = Iterable[tuple[str, Written]]
"""Scenarios by name with what was written of each."""


def _write(
    model_inputs: ModelInputs,
    writer: ScenarioWriter,
    scenarios: Sequence[Scenario],
    *,
    seed: int,
    draws: int,
    positions: Positions | None,
) -> Pairs:
    """Draw and write scenarios, each held against base; the process that does not write base draws it for that."""
    blocks = list(RandomInputs.blocks(model_inputs, seed=seed, draws=draws, positions=positions))
    of = partial(draw_scenario, model_inputs, seed=seed, draws=draws, positions=positions, blocks=blocks)
    base: Drawn | None = None
    for scenario in scenarios:
        started = time.monotonic()
        base = base or of(BASE)
        files = writer.write(scenario.name, base if scenario.name == BASE.name else of(scenario, base=base))
        yield scenario.name, replace(files, seconds=round(time.monotonic() - started, 1))


def _write_all(work: Callable[[Sequence[Scenario]], Pairs], scenarios: Sequence[Scenario]) -> list[tuple[str, Written]]:
    """All at once: what the other process answers with."""
    return list(work(scenarios))


def _results(there: "Future[list[tuple[str, Written]]]") -> Pairs:
    """What the other process wrote, when it is asked for."""
    yield from there.result()


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
