"""Two versions on the same origins: paired differences, a Diebold-Mariano test, and a bootstrap interval by series.

A pair is one (series, frequency, rule, origin, step) in both tables of trials. Both are scored against the figure of
the newer table, so that a revision between the two changes neither side's sum alone. Differences are of the CRPS over
the in-sample scale of the newer table; positive means that the challenger is worse. Strict and pseudo-vintage pairs
stay apart.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtr

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from training.core import scores

Floats = NDArray[np.float64]

KEY = ("series_id", "freq", "rule", "origin", "step")
YEAR_QUARTERS = 4
"""Forecasts of the year ahead, made every quarter, overlap in their errors by three."""
LEVELS = np.asarray(FORECAST_LEVELS, dtype=np.float64)
LOW, HIGH = int(np.argmin(np.abs(LEVELS - 0.1))), int(np.argmin(np.abs(LEVELS - 0.9)))


@dataclass(frozen=True, slots=True)
class DieboldMariano:
    """A test of equal accuracy.

    Attributes:
        statistic: positive when the challenger is worse.
        p_value_better: one-sided p-value of "not better"; small is evidence that the challenger is better.
        p_value_worse: one-sided p-value of "not worse"; small is evidence that it is worse.
        n: origins in order of time.
    """

    statistic: float
    p_value_better: float
    p_value_worse: float
    n: int


def diebold_mariano(differences: Floats, *, horizon: int) -> DieboldMariano | None:
    """Test of equal accuracy on loss differences in order of time (Diebold and Mariano 1995), shape ``(n,)``.

    The variance of the mean takes the autocovariances up to ``horizon - 1``, because forecasts ``horizon`` ahead share
    errors; where their sum is negative, Bartlett weights take its place. Statistic and Student t with ``n - 1`` degrees
    are those of Harvey, Leybourne and Newbold (1997) for small samples. None where there are too few differences for
    the correction, or where they do not vary and yet are not zero.
    """
    n, h = differences.size, horizon
    correction = (n + 1 - 2 * h + h * (h - 1) / n) / n if n > h else 0.0
    if n <= h or correction <= 0.0:
        return None
    if not differences.any():
        return DieboldMariano(0.0, 0.5, 0.5, n)
    centred = differences - differences.mean()
    covariances = [float(centred[lag:] @ centred[: n - lag]) / n for lag in range(h)]
    variance = covariances[0] + 2.0 * sum(covariances[1:])
    if variance <= 0.0:
        variance = covariances[0] + 2.0 * sum((1.0 - lag / h) * covariances[lag] for lag in range(1, h))
    if variance <= 0.0:
        return None
    statistic = math.sqrt(correction) * float(differences.mean()) / math.sqrt(variance / n)
    return DieboldMariano(statistic, float(stdtr(n - 1, statistic)), float(stdtr(n - 1, -statistic)), n)


def bootstrap(values: Floats, *, confidence: float, draws: int, rng: np.random.Generator) -> tuple[float, float]:
    """Central percentile interval of the mean under resampling of series (Efron 1979); ``values`` has one a series."""
    picks = rng.integers(0, values.size, size=(draws, values.size))
    low, high = np.quantile(values[picks].mean(axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def pairs(challenger: pl.DataFrame, champion: pl.DataFrame) -> pl.DataFrame:
    """Shared steps that have a scale, with the columns the comparison reads.

    Args:
        challenger: the newer table of trials; its actuals and scales count for both.
        champion: the table of trials of the version that stands.

    Returns:
        The key and growth, ``difference`` (scaled CRPS of the challenger less the champion's), ``revised`` (the actual
        is not the one the champion was first scored on), and of both, the champion's with ``champion_`` in front:
        ``crps`` (scaled), ``width`` (of the central 80 %, over the scale), ``coverage_80``, ``coverage_95`` (1 inside).
    """
    joined = (
        challenger.filter(pl.col("scale") > 0)
        .join(champion.select(*KEY, "actual", "quantiles"), on=KEY, suffix="_champion")
        .sort(*KEY)
    )
    actual, scale = joined["actual"].to_numpy(), joined["scale"].to_numpy()
    columns = []
    for prefix, name in (("", "quantiles"), ("champion_", "quantiles_champion")):
        bands = np.array(joined[name].to_list()).reshape(joined.height, LEVELS.size)
        arrays = {
            "crps": scores.crps(bands, observed=actual, levels=FORECAST_LEVELS) / scale,
            "width": (bands[:, HIGH] - bands[:, LOW]) / scale,
            **coverage(bands, actual),
        }
        columns += [pl.Series(f"{prefix}{column}", values, pl.Float64) for column, values in arrays.items()]
    return (
        joined.select(*KEY, "growth", pl.col("actual").ne(pl.col("actual_champion")).alias("revised"))
        .with_columns(columns)
        .with_columns((pl.col("crps") - pl.col("champion_crps")).alias("difference"))
    )


def coverage(bands: Floats, actual: Floats) -> dict[str, Floats]:
    """1.0 where the actual is inside the central 80 % and 95 % band, shape ``(n,)`` each."""
    return {
        f"coverage_{round(100 * share)}": scores.covered(
            bands, observed=actual, levels=FORECAST_LEVELS, share=share
        ).astype(np.float64)
        for share in (0.8, 0.95)
    }


def by_series(table: pl.DataFrame, column: str) -> Floats:
    """Mean of a column per series, every origin counting once, in the order of the ids."""
    paths = table.group_by("series_id", "freq", "origin").agg(pl.col(column).mean())
    means = paths.group_by("series_id").agg(pl.col(column).mean()).sort("series_id")
    return means[column].to_numpy()


def year_ahead(table: pl.DataFrame) -> Floats:
    """Mean difference over the year ahead by quarter of origin, in order of time: what the test is made on."""
    last = {
        (day, code): Period(day, Frequency(code)).end for day, code in table.select("origin", "freq").unique().rows()
    }
    quarters = [
        Period.containing(last[day, code], Frequency.QUARTER).start
        for day, code in table.select("origin", "freq").rows()
    ]
    near = table.with_columns(pl.Series("quarter", quarters, pl.Date)).filter(
        pl.col("step") <= pl.col("freq").replace_strict({freq.value: freq.per_year for freq in Frequency})
    )
    paths = near.group_by("series_id", "freq", "origin", "quarter").agg(pl.col("difference").mean())
    return paths.group_by("quarter").agg(pl.col("difference").mean()).sort("quarter")["difference"].to_numpy()
