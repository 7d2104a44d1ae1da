"""Arrivals: what happens to one planned site in every draw, and its megawatts by the day on which they run."""

import math

import numpy as np
from numpy.typing import NDArray

from projection.base.kernel import compiled

Draws = NDArray[np.float64]
Numbers = NDArray[np.float32]
Rows = NDArray[np.int64]
DAYS_PER_YEAR = 365.25
MOST_MOVES = 400
"""Moves of one site are counted to here: more than any rate gives in ten years, so that a count always ends."""
PARTS = 1.0 / np.maximum(np.arange(MOST_MOVES + 1), 1)
"""One over the number of a move: a product takes a third of a quotient's time."""
RAMP_PARTS = (-0.375, -0.125, 0.125, 0.375)
"""Middles of the quarters of a ramp, as shares of its span: a step arrives in four equal parts."""
(
    REMEASURED_RATE, NOWCAST, NOWCAST_SPREAD, RESIZE_RATE, SIZE, SIZE_SPREAD,
    SLIPS_NEAR, SLIPS_FAR, SLIP_DAYS, SLIP_SPREAD, PLACEHOLDER_SPREAD, RAMP_DAYS,
) = range(12)  # fmt: skip
"""Rows of the terms of a site."""
REMEASURED, RESIZED, SLIPPED = range(3)
DEVIATES = 3
"""The normal that sizes a kind of move stands this far from the uniform that counts it."""
FATE, LOOK, PLACEHOLDERS = 6, 7, 8
"""Rows of a site's numbers after them: whether it is built, whether it is looked at, one a step for its placeholder."""
DAY, MW, NEAR, FAR, HALFWIDTH, STAGE = range(6)
"""Columns of a site's steps."""


@compiled
def moved(expected: float, mean: float, spread: float, uniform: float, deviate: float) -> float:
    """A compound Poisson sum of normal moves: its count by inverting a uniform, its size by one normal.

    The count never falls with its mean.
    """
    if uniform <= 1.0 - expected:
        # exp(-x) is at least 1 - x: no move, and no exponential for the many draws that have none.
        return 0.0
    term = math.exp(-expected)
    below, count = term, 0
    while uniform > below and count < MOST_MOVES:
        count += 1
        term *= expected * PARTS[count]
        below += term
    return count * mean + math.sqrt(count) * spread * deviate


@compiled
def counts(expected: Draws, uniform: Draws, out: Draws) -> None:
    """Poisson counts of moves, (draw,): those of :func:`moved`."""
    for draw in range(out.shape[0]):
        out[draw] = moved(expected[draw], 1.0, 0.0, uniform[draw], 0.0)


@compiled
def realise(  # noqa: C901 - one draw from top to bottom, in the order of the terms
    terms: Draws,
    chances: Draws,
    numbers: Numbers,
    steps: Draws,
    sightings: Draws,
    age: float,
    verified: float,
    final: float,
    earliest: float,
    since: float,
    places: Rows,
    first: int,
    past: bool,  # noqa: FBT001 - kernels take no keywords
    future: bool,  # noqa: FBT001
    out: Draws,
) -> None:
    """Add the MW of one site to the rows of the days by which they run.

    Args:
        terms: values of the terms, (term, draw); sizes of moves are relative, rates of slip are moves a day.
        chances: chance to be built at each stage, (stage, draw).
        numbers: the site's numbers, (number, draw).
        steps: pending steps, (step, column).
        sightings: day and MW of what was seen, (step, 2).
        age: days of the plan at its last step.
        verified: MW at the last look.
        final: MW when every step is delivered.
        earliest: no step arrives before this day.
        since: what arrives by this day is not counted.
        places: row of ``out`` for arrivals on a day, from day ``first`` on; the last for all later days.
        first: the first of these days; what arrives before it counts with it.
        past: whether the re-measurement of the past is random, else every draw has its expected value.
        future: the same for all that is still to come.
        out: MW by row, (row, draw).
    """
    last = places.shape[0] - 1
    parts = len(RAMP_PARTS)
    for draw in range(out.shape[1]):
        # Where nothing was seen yet, nothing can be measured again.
        expected, mean = terms[REMEASURED_RATE, draw], terms[NOWCAST, draw]
        nowcast = 1.0 + expected * mean
        if past and verified != 0.0:
            spread, deviate = terms[NOWCAST_SPREAD, draw], numbers[REMEASURED + DEVIATES, draw]
            nowcast = 1.0 + moved(expected, mean, spread, numbers[REMEASURED, draw], deviate)
        expected, mean = terms[RESIZE_RATE, draw] * age, terms[SIZE, draw]
        size = 1.0 + expected * mean
        if future and steps.shape[0] > 0:
            spread, deviate = terms[SIZE_SPREAD, draw], numbers[RESIZED + DEVIATES, draw]
            size = 1.0 + moved(expected, mean, spread, numbers[RESIZED, draw], deviate)
        nowcast, size = max(nowcast, 0.0), max(size, 0.0)
        # What was counted too early comes with the rest: the site still ends at its size.
        left = final - verified
        regained = max(size * final - nowcast * verified, 0.0) / left if left > 0 else 1.0
        for place in range(sightings.shape[0]):
            if sightings[place, 0] > since:
                row = places[min(max(int(sightings[place, 0]) - first, 0), last)]
                out[row, draw] += sightings[place, 1] * nowcast
        for place in range(steps.shape[0]):
            # One number a site: it is built at a stage if the number is below that stage's chance.
            built = chances[int(steps[place, STAGE]), draw]
            if future:
                if numbers[FATE, draw] >= built:
                    continue
                built = 1.0
            expected = terms[SLIPS_NEAR, draw] * steps[place, NEAR] + terms[SLIPS_FAR, draw] * steps[place, FAR]
            mean = terms[SLIP_DAYS, draw]
            late = expected * mean
            if future:
                # Steps of one site share their numbers and slip with their lead.
                spread, deviate = terms[SLIP_SPREAD, draw], numbers[SLIPPED + DEVIATES, draw]
                late = moved(expected, mean, spread, numbers[SLIPPED, draw], deviate)
                within = 2.0 * numbers[PLACEHOLDERS + place, draw] - 1.0
                late += within * steps[place, HALFWIDTH] * terms[PLACEHOLDER_SPREAD, draw]
            span = terms[RAMP_DAYS, draw] * abs(steps[place, MW]) / 1000.0
            mw = steps[place, MW] * regained * built / parts
            for part in RAMP_PARTS:
                at = max(steps[place, DAY] + late + part * span, earliest)
                if at > since:
                    row = places[min(max(math.ceil(at) - first, 0), last)]
                    out[row, draw] += mw
