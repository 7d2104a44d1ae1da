"""Forked helpers: what they write, what they raise, and what becomes of those that end or hang."""

import os
import signal
import time

import numpy as np
import pytest

from projection import crew
from projection.crew import Job, fill, room

PARENT = os.getpid()


def table(columns=22, rows=4):
    made = room(rows, columns)
    made[:] = 7.0
    made[0] = np.arange(columns)
    return made


def doubling(first, parts):
    """Row 1 is twice row 0, and row 2 says who made it."""
    time.sleep(0.02)  # Long enough for the other process to begin.
    (part,) = parts
    part[1] = 2 * part[0] + first
    part[2] = os.getpid() == PARENT


def whole(work, filled, *, block):
    return Job(work, (filled,), reads=(), writes=[slice(0, len(filled))], block=block)


def test_helpers_read_and_write_only_the_rows_they_were_asked_for():
    filled = table()
    fill(Job(doubling, (filled,), reads=[slice(0, 1)], writes=[slice(1, 3)], block=5), others=1)
    assert np.array_equal(filled[0], np.arange(22))
    assert np.array_equal(filled[1], 2 * np.arange(22) + np.arange(22) // 5 * 5)
    assert set(filled[2]) == {0.0, 1.0}
    assert (filled[3] == 7.0).all()


def test_a_narrower_table_is_filled_as_far_as_it_goes():
    first_table, narrow = table(23), table(7, rows=2)

    def work(first, parts):
        time.sleep(0.02)
        for part in parts:
            part[:] = first

    fill(Job(work, (first_table, narrow), reads=(), writes=[slice(0, 4)], block=4), others=2)
    for filled in (first_table, narrow):
        assert (filled == np.arange(filled.shape[1]) // 4 * 4).all()


@pytest.mark.parametrize("place", [0, 1, 5])
def test_what_is_raised_in_a_block_is_raised_here_whoever_made_it(place):
    def broken(first, parts):
        time.sleep(0.01)
        parts[0][:] = first
        if first == 4 * place:
            raise ValueError(f"block {first}")

    with pytest.raises(ValueError, match=f"block {4 * place}"):
        fill(whole(broken, table(), block=4), others=1)


def test_what_a_helper_cannot_do_is_done_here():
    def only_here(first, parts):
        if os.getpid() != PARENT:
            raise MemoryError
        parts[0][:] = first

    filled = table()
    fill(whole(only_here, filled, block=4), others=1)
    assert (filled == np.arange(22) // 4 * 4).all()


@pytest.mark.parametrize("how", ["killed", "hangs"])
def test_a_helper_that_ends_or_hangs_is_given_up_and_its_blocks_are_made_here(how, monkeypatch):
    monkeypatch.setattr(crew, "PATIENCE_SECONDS", 0.5)

    def work(first, parts):
        if os.getpid() != PARENT:
            if how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)
        parts[0][:] = first

    filled, begun = table(), time.monotonic()
    with pytest.warns(RuntimeWarning, match="made here"):
        fill(whole(work, filled, block=2), others=1)
    assert (filled == np.arange(22) // 2 * 2).all()
    assert time.monotonic() - begun < 30


def test_no_process_is_left(monkeypatch):
    made, forked = [], crew._Helper.forked

    def kept(job):
        made.append(forked(job))
        return made[-1]

    monkeypatch.setattr(crew._Helper, "forked", kept)
    fill(whole(lambda first, parts: parts[0].fill(first), table(), block=2), others=2)
    assert len(made) == 2
    assert not any(helper.process.is_alive() for helper in made)
