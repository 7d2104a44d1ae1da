"""Figures that look mistaken: in another unit, wrong at the end, or of a period that is not over.

:func:`around` and :data:`FACTOR` are the rule by which imports and refreshes hold a row back. :func:`suspects` checks
one series that a user wants forecast: by that rule, by a stricter one where a series changes little, and for its last
value by comparison with the same season a year earlier.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

FACTOR = 25.0
"""How many times its neighbours, or other sources, a figure may be: units differ by 100 or 1000, seasons by 10."""

NEIGHBOURS = 5
"""Fewest neighbours a value is compared with."""

WINDOW = 7
"""Periods around a figure whose median it is compared with."""

FLOOR = 0.05
"""Part of the series' median below which a figure is too small to judge: a small month of wind generation doubles
without meaning, and beginnings are tiny and wild."""

USUAL = 8.0
"""Standard deviations of a series' own distances from its neighbours beyond which a figure stands out."""
LEAST = 5.0
"""Least factor by which a figure stands out from its neighbours, however little they move."""
USUAL_END = 6.0
LEAST_END = 1.5
"""The same for a last value against what its season lets expect."""
RECENT = 36
"""Distances that say how far a series usually is from what its season lets expect."""
FEWEST = 5
"""Fewest of them."""
MAD_TO_SD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A figure that looks mistaken.

    Attributes:
        place: its position in the series.
        factor: how many times ``expected`` it is.
        expected: what its neighbours, or its season, let expect.
        seasonal: whether the season of the year before was compared, not the neighbours.
    """

    place: int
    factor: float
    expected: float
    seasonal: bool = False


def around(size: pl.Expr, run: list[str]) -> pl.Expr:
    """Median of the periods around each figure of a run that is sorted by period; null where there are too few.

    The last figures have theirs before them only: the newest month is the one a refresh brings. The first ones are
    compared with what follows only when they are larger, since whatever grows begins small.
    """
    before = size.rolling_median(WINDOW, min_samples=NEIGHBOURS)
    after = size.reverse().rolling_median(WINDOW, min_samples=NEIGHBOURS).reverse()
    amid = size.rolling_median(WINDOW, center=True, min_samples=NEIGHBOURS)
    return pl.coalesce(amid.over(run), before.over(run), pl.when(size > after.over(run)).then(after.over(run)))


def is_jump(size: pl.Expr, near: pl.Expr, usual: pl.Expr) -> pl.Expr:
    """Whether a figure is many times, or a small part of, the figures near it.

    ``size`` and ``near`` are logarithms, of the figure and of :func:`around` it; ``usual`` is the series' median.
    """
    return ((size - near).abs() > math.log(FACTOR)) & (pl.max_horizontal(size, near).exp() > FLOOR * usual)


def suspects(values: Floats, *, season: int) -> tuple[Suspect, ...]:
    """Figures of a gap-free series that look mistaken, ascending; zeros and what is next to none are not judged.

    ``values`` are shape (n,), zero or more; ``season`` is the number of periods in a year.
    """
    positive = values > 0
    size = np.log(np.where(positive, values, 1.0))
    frame = pl.DataFrame({"run": 0, "size": np.where(positive, size, np.nan)}).with_columns(
        pl.col("size").fill_nan(None)
    )
    usual = pl.lit(float(np.median(values)))
    judged = frame.with_columns(around(pl.col("size"), ["run"]).alias("near")).with_columns(
        is_jump(pl.col("size"), pl.col("near"), usual).fill_null(value=False).alias("jump")
    )
    by_place = {
        place: Suspect(place, float(values[place] / math.exp(near)), math.exp(near))
        for place, (near, jump) in enumerate(judged.select("near", "jump").iter_rows())
        if jump
    }
    if positive.all():
        by_place |= {one.place: one for one in _outstanding(size, values, season=season) if one.place not in by_place}
        last = _last(size, season=season, mistaken=frozenset(by_place))
        if last is not None and len(values) - 1 not in by_place:
            by_place[last.place] = last
    return tuple(by_place[place] for place in sorted(by_place))


def change_of_unit(values: Floats) -> Suspect | None:
    """The first figure of the latest stretch that is all :data:`FACTOR` times, or a part of, what stands before it.

    Five figures on either side must agree: one alone is a slip, and a beginning climbs step by step. ``expected`` and
    ``factor`` are judged against the median of the five before.
    """
    for place in range(len(values) - NEIGHBOURS, NEIGHBOURS - 1, -1):
        before, after = values[place - NEIGHBOURS : place], values[place : place + NEIGHBOURS]
        if min(before.min(), after.min()) <= 0:
            continue
        if max(after.min() / before.max(), before.min() / after.max()) > FACTOR:
            expected = float(np.median(before))
            return Suspect(place, float(np.median(after)) / expected, expected)
    return None


def _outstanding(size: Floats, values: Floats, *, season: int) -> list[Suspect]:
    near = np.array([_near(size, place) for place in range(len(size))])
    apart = size - near
    limit = max(math.log(LEAST), USUAL * _spread(apart))
    large = np.maximum(values, np.exp(near)) > FLOOR * np.median(values)
    # Whatever grows begins small, so the first figures stand out only where they are larger, or what follows is level.
    begun = (np.arange(len(size)) >= WINDOW // 2) | (apart > 0)
    begun[0] |= float(np.ptp(size[1 : 1 + NEIGHBOURS])) < math.log(LEAST)
    places = [int(place) for place in np.flatnonzero((np.abs(apart) > limit) & large & begun)]
    return [
        Suspect(place, math.exp(apart[place]), math.exp(near[place]))
        for place in places
        if not _is_seasonal(size, place, season)
    ]


def _is_seasonal(size: Floats, place: int, season: int) -> bool:
    """Whether the figure is like that of the same season a year before or after: a winter month of solar power."""
    years = [other for other in (place - season, place + season) if season > 1 and 0 <= other < len(size)]
    return any(abs(size[place] - size[other]) < math.log(LEAST) for other in years)


def _near(size: Floats, place: int) -> float:
    """Median of the three figures before and the three behind, without the figure itself."""
    side = WINDOW // 2
    return float(np.median(np.concatenate([size[max(0, place - side) : place], size[place + 1 : place + 1 + side]])))


def _last(size: Floats, *, season: int, mistaken: frozenset[int]) -> Suspect | None:
    """The last figure if it is not what the figures before let expect; none that stands out itself says what to expect.

    ``mistaken`` are places of figures that stand out from their neighbours.
    """
    first = season + 1 if season > 1 else FEWEST - 1
    places = range(max(first, len(size) - RECENT - 1), len(size))
    expected = np.array([_expected(size, place, season) for place in places])
    if len(expected) <= FEWEST:
        # Too short to see a season: the change from one period to the next is what there is.
        return _last(size, season=1, mistaken=mistaken) if season > 1 else None
    apart = size[-len(expected) :] - expected
    usual = _spread(apart[:-1]) + abs(float(np.median(apart[:-1])))
    limit = max(math.log(LEAST_END), USUAL_END * usual)
    held_against = len(size) - 1 - season
    if abs(apart[-1]) <= limit or held_against in mistaken or np.any(np.abs(apart[-1 - season : -season]) > limit):
        return None
    return Suspect(len(size) - 1, math.exp(apart[-1]), math.exp(expected[-1]), seasonal=season > 1)


def _expected(size: Floats, place: int, season: int) -> float:
    """What the figures before ``place`` let expect: the year before and the usual change over a year."""
    if season > 1:
        changes = size[max(season, place - season) : place] - size[max(0, place - 2 * season) : place - season]
        return float(size[place - season] + np.median(changes[-min(season, place - season) :]))
    return float(size[place - 1] + np.median(np.diff(size[max(0, place - FEWEST) : place])))


def _spread(apart: Floats) -> float:
    return MAD_TO_SD * float(np.median(np.abs(apart - np.median(apart))))
