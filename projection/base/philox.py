"""Random numbers by position: the number at a place of a stream is a function of the stream's key and the place alone.

Philox 4x32 with ten rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a key of 64 bits and a
counter of 128 give four words of 32 bits. Any thread can make any part of a stream, and a number that is not needed is
not made.

Why not ``numpy.random.Philox``: ten thousand draws of a scenario take seven blocks of about a thousand streams, and
numpy wants a generator for each. All random numbers of a scenario take 0.11 s of the processor here. With a numpy
generator a stream they take 0.36 s by ``standard_normal`` and 0.32 s by ``random_raw`` and the normals below; with one
generator, set to each stream's state, 0.27 s. The whole takes 1.2 s (30 November 2026, two cores, best of six), and the
goal of ``make bench-engine`` allows it a tenth more.
"""

import numpy as np
from numpy.typing import NDArray

from projection.base.kernel import compiled, inlined

FloatArray = NDArray[np.float32]
Keys = NDArray[np.uint64]
WORDS = 4
FIRST_FACTOR, SECOND_FACTOR = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
FIRST_STEP, SECOND_STEP = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
LOW, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
ROOT_TWO = np.float32(np.sqrt(2.0))


@inlined
def words(place: int, row: int, key: np.uint64) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Four words of 32 bits at (place, row) of a stream."""
    a, b = np.uint32(np.uint64(place) & LOW), np.uint32(np.uint64(place) >> HALF)
    c, d = np.uint32(row), np.uint32(0)
    first, second = np.uint32(key & LOW), np.uint32(key >> HALF)
    for _ in range(10):
        p, q = np.uint64(a) * FIRST_FACTOR, np.uint64(c) * SECOND_FACTOR
        a, b, c, d = (
            np.uint32((q >> HALF) ^ np.uint64(b) ^ np.uint64(first)),
            np.uint32(q & LOW),
            np.uint32((p >> HALF) ^ np.uint64(d) ^ np.uint64(second)),
            np.uint32(p & LOW),
        )
        first, second = np.uint32(first + FIRST_STEP), np.uint32(second + SECOND_STEP)
    return a, b, c, d


@inlined
def to_unit(word: np.uint32) -> np.float32:
    """A uniform in (0, 1) of 23 bits of a word: neither 0 nor 1 is reached in single precision."""
    return (np.float32(word >> np.uint32(9)) + np.float32(0.5)) * np.float32(2.0**-23)


@compiled
def fill_numbers(key: np.uint64, first: int, out: FloatArray) -> None:
    """Uniforms in (0, 1) of one stream, (number, draw), draws from ``first`` on.

    Four numbers share a counter, so there is a multiple of four of them.
    """
    for row in range(out.shape[0] // WORDS):
        one, two, three, four = out[WORDS * row], out[WORDS * row + 1], out[WORDS * row + 2], out[WORDS * row + 3]
        for place in range(out.shape[1]):
            a, b, c, d = words(first + place, row, key)
            one[place] = to_unit(a)
            two[place] = to_unit(b)
            three[place] = to_unit(c)
            four[place] = to_unit(d)


@compiled
def fill_streams(keys: Keys, first: int, out: FloatArray) -> None:
    """Uniforms in (0, 1), (stream, draw), draws from ``first`` on; a multiple of four: four draws share a counter."""
    for stream in range(out.shape[0]):
        row = out[stream]
        for group in range(out.shape[1] // WORDS):
            a, b, c, d = words(first // WORDS + group, 0, keys[stream])
            row[WORDS * group] = to_unit(a)
            row[WORDS * group + 1] = to_unit(b)
            row[WORDS * group + 2] = to_unit(c)
            row[WORDS * group + 3] = to_unit(d)


@compiled
def score(u: FloatArray, w: FloatArray) -> None:
    """Turn uniforms u into standard normals in place, (draw,), given w = -log(4 u (1 - u)).

    The inverse error function in single precision by two polynomials (Giles 2010, "Approximating the erfinv function").
    """
    for place in range(u.shape[0]):
        near = w[place] - np.float32(2.5)
        p = np.float32(2.81022636e-08)
        p = np.float32(3.43273939e-07) + p * near
        p = np.float32(-3.5233877e-06) + p * near
        p = np.float32(-4.39150654e-06) + p * near
        p = np.float32(0.00021858087) + p * near
        p = np.float32(-0.00125372503) + p * near
        p = np.float32(-0.00417768164) + p * near
        p = np.float32(0.246640727) + p * near
        p = np.float32(1.50140941) + p * near
        far = np.sqrt(max(w[place], np.float32(0.0))) - np.float32(3.0)
        q = np.float32(-0.000200214257)
        q = np.float32(0.000100950558) + q * far
        q = np.float32(0.00134934322) + q * far
        q = np.float32(-0.00367342844) + q * far
        q = np.float32(0.00573950773) + q * far
        q = np.float32(-0.0076224613) + q * far
        q = np.float32(0.00943887047) + q * far
        q = np.float32(1.00167406) + q * far
        q = np.float32(2.83297682) + q * far
        slope = p if w[place] < np.float32(5.0) else q
        u[place] = ROOT_TWO * slope * (np.float32(2.0) * u[place] - np.float32(1.0))


@compiled
def mix(factor: NDArray[np.float64], z: FloatArray) -> None:
    """Multiply by a lower triangular factor over the first axis, in place: z[i] = sum over j <= i of factor[i, j] z[j].

    ``z`` has shape (series, place).
    """
    for row in range(z.shape[0] - 1, -1, -1):
        for place in range(z.shape[1]):
            z[row, place] *= np.float32(factor[row, row])
        for other in range(row):
            weight = np.float32(factor[row, other])
            if weight != 0.0:
                for place in range(z.shape[1]):
                    z[row, place] += weight * z[other, place]
