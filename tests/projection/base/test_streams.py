"""Random numbers by position, against the published answers of their generator and the distributions they stand for."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import kstest

from projection.base.philox import fill_streams
from projection.base.streams import BLOCK, keys, normals, normals_of, numbers, to_normals


def test_the_generator_gives_the_published_answer():
    # Random123's known answer for a key and a counter of zeros: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    values = np.empty((1, 4), dtype=np.float32)
    fill_streams(np.zeros(1, dtype=np.uint64), 0, values)
    words = np.array([0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8])
    assert np.array_equal(values[0], ((words >> 9) + 0.5) * 2.0**-23)


def test_normals_are_normal_in_the_middle_and_in_the_tails():
    u = np.array([2.0**-24, 1e-6, 1e-4, 0.01, 0.3, 0.5, 0.8, 0.999, 1 - 2.0**-22], dtype=np.float32)
    z = u.copy()
    to_normals(z)
    assert np.allclose(z, ndtri(u.astype(np.float64)), atol=2e-6)
    assert kstest(normals(1, "test", 200_000), "norm").pvalue > 1e-3


def test_normals_have_mean_0_and_sd_1_in_every_block():
    blocks = normals(2, "test", 4 * BLOCK).reshape(4, BLOCK).astype(np.float64)
    assert np.allclose(blocks.mean(axis=1), 0, atol=1e-6)
    assert np.allclose(blocks.std(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(("first", "draws"), [(0, 10), (BLOCK - 3, 7), (BLOCK + 5, 2 * BLOCK), (3 * BLOCK - 1, 1)])
def test_a_draw_keeps_its_numbers_wherever_a_run_begins(first, draws):
    streams = keys(1, ["a", "b"])
    whole = normals_of(streams, 4 * BLOCK)
    assert np.array_equal(normals_of(streams, draws, first=first), whole[:, first : first + draws])
    many = numbers(streams[0], 6, 4 * BLOCK)
    assert np.array_equal(numbers(streams[0], 6, draws, first=first), many[:, first : first + draws])


def test_streams_and_numbers_of_one_draw_are_strangers():
    z = normals_of(keys(1, [f"stream {number}" for number in range(40)]), 50 * BLOCK)
    correlations = np.corrcoef(np.concatenate([z, np.roll(z[:5], 1, axis=1)]))[np.triu_indices(45, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(z.shape[1])
    u = np.corrcoef(numbers(keys(1, ["site"])[0], 12, 50 * BLOCK))[np.triu_indices(12, 1)]
    assert np.abs(u).max() < 5 / np.sqrt(z.shape[1])
    assert not (normals(1, "a", 100) == normals(2, "a", 100)).any()
