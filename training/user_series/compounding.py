"""How surely a series compounds: whether its growth is one rate, seen often enough to be continued on logarithms.

Public collections hold next to no series that double every other year, and what they teach, to damp and to draw
straight lines, falls behind such a series by a factor of five within six steps. Continuing the rate is therefore kept
for series whose changes leave no doubt; on the collections' own growers it did worse than the mixture they taught.
"""

import numpy as np
from numpy.typing import NDArray

from training.core.calendar import Calendar
from training.members.naive import seasonal_indices

Floats = NDArray[np.float64]
DOUBTFUL, CERTAIN = 5.0, 9.0
"""Standard errors the rate lies from zero: below the first it is not continued at all, from the second wholly."""
CURVED = 3.0
"""Log likelihood by which one rate must explain the changes better than one slope to be taken as proven."""
SLOW, FAST = 0.2, 0.3
"""Log growth a year: below the first the collections' own growers are guide enough, and they slowed down."""
WILD, WILDEST = 1.1, 1.6
"""Log growth a year, a factor of 3 to 5, beyond which a beginning is seen and not a rate."""
FADED, KEPT = 0.5, 0.75
"""Latest rate over the rate of the whole history: below the first the growth has ended, from the second it has not."""
LATEST = (2, 4)
"""Changes that count as the latest; the lower of the two means is taken, so that one change at the end counts."""
LEAST_CHANGES = 5
BLOCKS = 8
"""A long history is read as means of this many to twice as many blocks: noise from month to month shows no rate."""


def compounding(values: Floats, calendar: Calendar) -> float:
    """Share, 0 to 1, with which a gap-free history's own rate is continued.

    The product of shares, each linear between its bounds: how fast the growth is, and that it is not too fast to last
    a year; how many standard errors the mean change of the seasonally adjusted logarithms, in blocks, lies from zero;
    how much likelier one rate with relative errors makes the changes than one slope with absolute errors; and how much
    of the rate the latest changes still show. Zero where a value is not positive.
    """
    if values.size <= LEAST_CHANGES or np.any(values <= 0):
        return 0.0
    logs = np.log(values)
    logs = logs - seasonal_indices(logs, calendar)[calendar.grid % calendar.season]
    block = max(logs.size // BLOCKS, 1)
    logs = logs[logs.size % block :].reshape(-1, block).mean(axis=1)
    rates = np.diff(logs)
    mean, spread = float(rates.mean()), float(rates.std(ddof=1))
    if mean == 0.0:
        return 0.0
    certain = abs(mean) * np.sqrt(rates.size) / max(spread, 1e-9)
    levels = np.exp(logs - logs.mean())
    steps = np.diff(levels)
    # Both likelihoods are of the values: the logarithm's own density brings the sum of the levels' logarithms with it.
    curved = rates.size * np.log(max(float(steps.std()), 1e-9) / max(float(rates.std()), 1e-9))
    curved -= float(np.sum(np.log(levels[1:])))
    latest = min(float(rates[-count:].mean()) / mean for count in LATEST)
    rate = abs(mean) * calendar.season / block
    shares = (
        (rate - SLOW) / (FAST - SLOW),
        (WILDEST - rate) / (WILDEST - WILD),
        (certain - DOUBTFUL) / (CERTAIN - DOUBTFUL),
        curved / CURVED,
        (latest - FADED) / (KEPT - FADED),
    )
    return float(np.prod(np.clip(shares, 0.0, 1.0)))
