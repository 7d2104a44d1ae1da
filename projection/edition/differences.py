"""What a scenario changes of the numbers of a cell, read off its draws and those of base, draw by draw.

A band of differences is that of the differences in the same draws, never the difference of two bands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.quantiles import Quantile
from projection.base import measures
from projection.cells.paths import Binding
from projection.edition.points import (
    BandDifference,
    Differences,
    MeanDifference,
    Numbers,
    Point,
    Selection,
    bands_of,
    rounded,
    shortest,
)

FloatArray = NDArray[np.floating[Any]]
NOT_AFFECTED = "does not affect this layer"
"""What is said of a cell whose every draw is the base's."""
DIGITS = 4
"""Significant digits of a difference: they are half of what an edition keeps of a scenario."""
Pairs = Mapping[str, tuple[NDArray[Any], NDArray[Any]]]
"""What a mean is taken of under a scenario and in base, (draw, place) each, by name."""
Rows = list[dict[str, MeanDifference]]
"""Differences of means by name, a place each."""


def compared(points: Sequence[Point], here: Numbers, there: Numbers, selection: Selection) -> list[Point]:
    """Points of a scenario with what it changes of base; arguments as of :func:`between`."""
    return [replace(point, difference=one) for point, one in zip(points, between(here, there, selection), strict=True)]


def between(here: Numbers, there: Numbers, selection: Selection) -> list[Differences]:
    """Differences of every point of a cell, in the order of the points.

    Args:
        here: draws under the scenario.
        there: the same draws of base.
        selection: what is asked for.
    """
    bands = [dict[str, BandDifference]() for _ in here.places]
    for name, draws in here.columns.items():
        for row, difference in _bands(draws, there.columns[name], selection.levels).items():
            bands[row][name] = difference
    chances, above, binding = (
        _means(pairs, len(here.places))
        for pairs in (_chances(here, there), _above(here, there, selection.above), _binding(here, there))
    )
    return [Differences(*row) for row in zip(bands, chances, above, binding, strict=True)]


def _bands(draws: FloatArray, base: FloatArray, levels: Sequence[Quantile]) -> dict[int, BandDifference]:
    """Differences of draws, (draw, place), by the places where there are any."""
    differences = np.subtract(draws, base).astype(np.float32)
    moved = np.flatnonzero(differences.any(axis=0))
    differences = differences[:, moved]
    return {
        int(place): BandDifference(band, rounded(chance, DIGITS))
        for place, band, chance in zip(
            moved,
            bands_of(differences, levels, digits=DIGITS),
            measures.sign_shared(differences).tolist(),
            strict=True,
        )
    }


def _chances(here: Numbers, there: Numbers) -> Pairs:
    gap, base = here.gap_within, there.gap_within
    if here.gap is None or there.gap is None or gap is None or base is None:
        return {}
    by, base_by = (np.logical_or.accumulate(one > 0, axis=1)[:, here.places] for one in (here.gap, there.gap))
    return {
        "p_short": (gap > 0, base > 0),
        "expected_shortfall": (np.maximum(gap, 0), np.maximum(base, 0)),
        "p_short_by": (by, base_by),
    }


def _above(here: Numbers, there: Numbers, thresholds: Sequence[float]) -> Pairs:
    gap, base = here.gap_within, there.gap_within
    if gap is None or base is None:
        return {}
    return {shortest(x): (gap > x, base > x) for x in thresholds}


def _binding(here: Numbers, there: Numbers) -> Pairs:
    if here.binding is None or there.binding is None:
        return {}
    codes, base = here.binding, there.binding
    return {one.name.lower(): (codes == one, base == one) for one in Binding}


def _means(pairs: Pairs, count: int) -> Rows:
    """Differences of means over draws, where any draw differs."""
    rows: Rows = [{} for _ in range(count)]
    for name, (draws, base) in pairs.items():
        for place in np.flatnonzero((draws != base).any(axis=0)):
            mean, sure = measures.mean_and_sign(draws[:, place], base[:, place])
            rows[place][name] = MeanDifference(rounded(mean, DIGITS), rounded(sure, DIGITS))
    return rows
