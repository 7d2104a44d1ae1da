"""Helpers: what they write, what they raise, and what becomes of those that are ended."""

import os
import signal
from dataclasses import dataclass

import numpy as np
import pytest

from data.errors import ProjectionError
from projection.crew import Crew
from projection.helper import Common

PARENT = os.getpid()


@pytest.fixture
def crew():
    made = Crew(1)
    yield made
    made.end()


@dataclass(frozen=True)
class Doubling:
    """Row 1 is twice row 0, and row 2 says who made it."""

    def __call__(self, first, part):
        part[1] = 2 * part[0] + first
        part[2] = os.getpid()


@dataclass(frozen=True)
class Raising:
    """Raises in one block, in whatever process."""

    where: int
    trial: bool = False

    def __call__(self, first, part):
        if first == self.where or (self.trial and os.getpid() != PARENT):
            raise ValueError(f"block {first}")
        part[:] = os.getpid()


@dataclass(frozen=True)
class Ended:
    """Ends the process that makes a block, except its parent."""

    parent: int

    def __call__(self, first, part):
        if first and os.getpid() != self.parent:
            os.kill(os.getpid(), signal.SIGKILL)
        part[:] = first


def table(columns=22):
    made = np.full((4, columns), 7.0, dtype=np.float32)
    made[0] = np.arange(columns)
    return made


def test_helpers_write_only_the_rows_they_were_asked_for(crew):
    filled = table()
    crew.fill(Doubling(), filled, reads=[slice(0, 1)], writes=[slice(1, 3)], block=5, patient=True)
    assert np.array_equal(filled[0], np.arange(22))
    assert np.array_equal(filled[1], 2 * np.arange(22) + np.arange(22) // 5 * 5)
    assert len(set(filled[2])) == 2
    assert (filled[3] == 7.0).all()


def test_work_of_another_shape_follows(crew):
    crew.fill(Doubling(), table(), reads=[slice(0, 1)], writes=[slice(1, 3)], block=5, patient=True)
    larger = np.ones((300, 90), dtype=np.float32)
    crew.fill(Doubling(), larger, reads=[slice(0, 1)], writes=[slice(1, 3)], block=7, patient=True)
    assert np.array_equal(larger[1], 2 + np.arange(90) // 7 * 7)
    assert len(set(larger[2])) == 2


@pytest.mark.parametrize("place", [0, 1, 5])
def test_what_a_helper_would_raise_is_raised_and_the_next_work_is_done(crew, place):
    with pytest.raises(ValueError, match=f"block {4 * place}"):
        crew.fill(Raising(4 * place), table(), reads=(), writes=[slice(0, 4)], block=4, patient=place > 0)
    filled = table()
    crew.fill(Doubling(), filled, reads=[slice(0, 1)], writes=[slice(1, 3)], block=5)
    assert np.array_equal(filled[1], 2 * np.arange(22) + np.arange(22) // 5 * 5)


def test_work_that_helpers_cannot_do_is_done_here(crew):
    filled = table()
    crew.fill(Raising(-1, trial=True), filled, reads=(), writes=[slice(0, 4)], block=4)
    assert set(filled.ravel()) == {np.float32(PARENT)}


def test_a_helper_that_is_ended_is_an_error_with_a_remedy(crew):
    with pytest.raises(ProjectionError) as told:
        crew.fill(Ended(os.getpid()), table(), reads=(), writes=[slice(0, 4)], block=2, patient=True)
    assert "memory" in told.value.remedy


def test_no_process_is_left():
    crew = Crew(2)
    processes = [helper.process for helper in crew._helpers]
    crew.end()
    assert not any(process.is_alive() for process in processes)


def test_memory_in_common_grows_and_can_be_shown_anew():
    common = Common.new()
    common.show(2, 3)[:] = 5.0
    assert (common.show(1, 6) == 5.0).all()
    assert common.show(4, 4).shape == (4, 4)
    common.close()
