"""Scenarios drawn side by side: the same as by one process, and an error where a process dies."""

import multiprocessing
import os
import signal
import time
from concurrent.futures.process import BrokenProcessPool

import polars as pl
import pytest

from data.base.errors import ProjectionError
from projection.edition import summary
from projection.edition.edition import FORMAT
from projection.edition.publish import ScenarioWriter
from projection.inputs.overrides import BASE
from projection.scenarios import library
from projection.simulate.scenario_pool import scenario_pool

SCENARIOS = ("base", "on-site-power-late", "plans-on-time")


@pytest.fixture
def children():
    """The processes a test began: those of tests before it in the same process are not counted."""
    before = set(multiprocessing.active_children())
    return lambda: set(multiprocessing.active_children()) - before


def write_scenarios(model_inputs, folder, *, processes):
    folder.mkdir()
    calls = []
    scenarios = [library.scenario(name, model_inputs.assumptions) for name in SCENARIOS]
    with scenario_pool(processes) as pool:
        progress = lambda count, total: calls.append((count, total))  # noqa: E731 - two words
        files = dict(pool.write(model_inputs, scenarios, writer(folder), seed=3, draws=256, progress=progress))
    assert calls == [(1, 3), (2, 3), (3, 3)]
    frames = {path.relative_to(folder): pl.read_parquet(path) for path in folder.rglob("*.parquet")}
    return files, frames


def writer(folder):
    """Writes into a folder, of scenarios without draws points and limits."""
    facts = {"format": FORMAT, "data_as_of": "2026-11-23", "scenarios": list(SCENARIOS), "files": {}}
    return ScenarioWriter(folder, facts, [summary.answers])


@pytest.mark.slow
def test_two_processes_write_what_one_writes_to_the_last_bit(model_inputs, tmp_path, children):
    alone, draws_alone = write_scenarios(model_inputs, tmp_path / "one", processes=1)
    files, draws = write_scenarios(model_inputs, tmp_path / "two", processes=2)
    assert list(files) == list(SCENARIOS)
    assert files == alone
    assert set(draws) == set(draws_alone)
    assert all(draws[name].equals(frame, null_equal=True) for name, frame in draws_alone.items())
    assert not children()


def test_a_process_that_dies_is_an_error(model_inputs, tmp_path, children):
    with scenario_pool(2) as pool:
        pool.other.submit(int).result()
        (process,) = children()
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(ProjectionError, match="died before it answered"):
            dict(pool.write(model_inputs, (BASE, BASE), writer(tmp_path), seed=3, draws=64))


@pytest.mark.parametrize("error", [ProjectionError("a tie is broken", remedy="none"), KeyboardInterrupt()])
def test_an_error_ends_the_other_process_whatever_it_is_drawing(error, children):
    tasks = []

    def fail():
        with scenario_pool(2) as pool:
            tasks.append(pool.other.submit(time.sleep, 60))
            while not tasks[0].running():
                time.sleep(0.01)
            raise error

    with pytest.raises(type(error)):
        fail()
    assert isinstance(tasks[0].exception(), BrokenProcessPool)
    assert not children()
