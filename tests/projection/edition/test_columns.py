"""Columns of draws are read once, within a bound, and never mixed up between files."""

import numpy as np
import polars as pl
import pytest

from projection.edition.columns import ColumnCache

FRAME = pl.DataFrame({name: np.full(100, number, dtype=np.float32) for number, name in enumerate("abc")})
COLUMN = FRAME["a"].to_numpy().nbytes


class Reads:
    """Reads columns of the frame, and keeps what was asked for."""

    def __init__(self):
        self.names = []

    def __call__(self, names):
        self.names.append(list(names))
        return FRAME.select(names)


@pytest.fixture
def reads():
    return Reads()


def test_columns_come_in_the_order_asked_for_and_are_read_once(reads):
    cache = ColumnCache(3 * COLUMN)
    assert cache.of("1", ["c", "a"], reads)[0].tolist() == [2, 0]
    assert cache.of("1", ["a", "b", "c"], reads)[0].tolist() == [0, 1, 2]
    assert reads.names == [["c", "a"], ["b"]]


def test_the_least_recently_used_are_dropped_beyond_the_bound(reads):
    cache = ColumnCache(2 * COLUMN)
    for name in "abac":
        cache.of("1", [name], reads)
    cache.of("1", ["a"], reads)
    assert reads.names == [["a"], ["b"], ["c"]]
    cache.of("1", ["b"], reads)
    assert reads.names[-1] == ["b"]


def test_another_file_has_columns_of_its_own(reads):
    cache = ColumnCache(9 * COLUMN)
    cache.of("1", ["a"], reads)
    cache.of("2", ["a"], reads)
    assert reads.names == [["a"], ["a"]]


def test_without_a_size_each_is_read_each_time(reads):
    for _ in range(2):
        ColumnCache().of("1", ["a"], reads)
    assert reads.names == [["a"], ["a"]]


def test_what_was_given_out_may_be_changed(reads):
    cache = ColumnCache(9 * COLUMN)
    cache.of("1", ["a"], reads)[:] = 7
    assert cache.of("1", ["a"], reads)[0].tolist() == [0]
