"""How far past forecasts of a version held what they said: coverage, PIT and CRPS by class, horizon and rule.

Each class counts the scored steps of its series once. Strict and pseudo-vintage steps are never pooled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from types import MappingProxyType

import polars as pl

from data.periods.period import Frequency, Period
from training.artifact.past_scores import step_class
from training.artifact.published import Published

RULES = ("strict", "pseudo_vintage")
"""Origins on figures known by their day of publication, and on the latest figures of periods that were over."""
SHARES = ("0.5", "0.8", "0.9", "0.95")
"""Central bands whose coverage is reported."""
BINS = 10
"""Classes of equal width of the PIT histogram."""
KEY = ("series_id", "freq", "rule", "origin", "step")
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class ClassCalibration:
    """The scored steps of a growth class at one frequency, horizon and rule.

    Attributes:
        growth: ``fast``, ``slow`` or ``raw``; step_class: ``first``, ``year`` (up to a year ahead) or ``beyond``.
        n: scored steps; n_series: distinct series.
        coverage: share of steps inside the central band, by its share.
        pit: steps by class of the probability integral transform, ascending; equal counts say the bands are right.
        crps_scaled: mean CRPS in units of each series' mean absolute seasonal change, of steps that have one.
        crps_relative: that over the same of the seasonal naive forecast; below one is better.
        bias: mean logarithm of what came over the median: above zero, forecasts were too low.
    """

    growth: str
    freq: str
    step_class: str
    rule: str
    n: int
    n_series: int
    coverage: Mapping[str, float]
    pit: tuple[int, ...]
    crps_scaled: float | None
    crps_relative: float | None
    bias: float | None


def calibrations(published: Published) -> tuple[ClassCalibration, ...]:
    """Every class that has scored steps, by growth, frequency, rule and horizon.

    Raises :class:`data.base.errors.NotFound` for a version published before its trials were.
    """
    trials = published.trials.select(*KEY, "crps", "naive2", "scale")
    steps = published.residuals.join(trials, on=KEY, how="inner", validate="1:1")
    pit = pl.col("pit")
    scaled, naive = pl.col("crps") / pl.col("scale"), pl.col("naive2") / pl.col("scale")
    rows = (
        steps.with_columns(step_class(), bin=(pit * BINS).floor().cast(pl.Int64).clip(0, BINS - 1))
        .group_by("growth", "freq", "rule", "step_class")
        .agg(
            pl.len().alias("n"),
            pl.col("series_id").n_unique().alias("n_series"),
            *(((pit - 0.5).abs() <= float(share) / 2).mean().alias(f"coverage_{share}") for share in SHARES),
            *((pl.col("bin") == place).sum().alias(f"bin_{place}") for place in range(BINS)),
            scaled.mean().alias("crps_scaled"),
            (scaled.filter(naive.is_not_null()).mean() / naive.mean()).alias("crps_relative"),
            pl.col("log_error").mean().alias("bias"),
        )
        .sort("growth", "freq", "rule", "step_class")
    )
    return tuple(
        ClassCalibration(
            **{name: row[name] for name in ("growth", "freq", "step_class", "rule", "n", "n_series", "bias")},
            coverage=MappingProxyType({share: row[f"coverage_{share}"] for share in SHARES}),
            pit=tuple(row[f"bin_{place}"] for place in range(BINS)),
            crps_scaled=row["crps_scaled"],
            crps_relative=row["crps_relative"],
        )
        for row in rows.iter_rows(named=True)
    )


def decided_in_last_year(published: Published, rule: str) -> tuple[int, float | None]:
    """How many steps' periods ended in the year before the version's figures, and the share the 80 % band held."""
    day = published.data_as_of
    inside = [
        abs(pit - 0.5) <= 0.4  # noqa: PLR2004 - half of 80 %
        for origin, freq, step, pit in published.residuals.filter(pl.col("rule") == rule)
        .select("origin", "freq", "step", "pit")
        .iter_rows()
        if 0 <= (day - _end(origin, freq, step)).days < YEAR_DAYS
    ]
    return len(inside), fmean(inside) if inside else None


def _end(origin: date, freq: str, step: int) -> date:
    return Period(origin, Frequency(freq)).shift(step).end
