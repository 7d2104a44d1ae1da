"""How past forecasts of a version did: on one series, and on all series of its frequency and growth class."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from data.periods.period import Frequency
from training.artifact.published import ENSEMBLE, Published

SHARES = ("50", "80", "95")
"""Percent of the central bands whose coverage is reported."""


@dataclass(frozen=True, slots=True)
class SeriesScores:
    """How the ensemble did on one series at its backtest origins; strict and pseudo-vintage scores are never pooled.

    Attributes:
        step_class: ``first``, ``year`` (up to a year ahead) or ``beyond``; rule: ``strict`` or ``pseudo_vintage``.
        n: scored steps; crps_scaled, mase: in units of the mean absolute seasonal change, None without any.
        coverage: share of steps inside the central band, by its percent.
        bias: mean logarithm of what came over the median: above zero, forecasts were too low. None where a series is
            not positive.
    """

    step_class: str
    rule: str
    n: int
    crps_scaled: float | None
    mase: float | None
    smape: float
    coverage: Mapping[str, float]
    bias: float | None


@dataclass(frozen=True, slots=True)
class ClassScores:
    """How the ensemble did on all series of a frequency and growth class; every scored step counts once.

    Attributes:
        growth: ``fast``, ``slow`` or ``raw``; n_series: distinct series; the others as in :class:`SeriesScores`.
    """

    growth: str
    step_class: str
    rule: str
    n: int
    n_series: int
    coverage: Mapping[str, float]
    bias: float | None


def series_scores(published: Published, series_id: str, freq: Frequency) -> tuple[SeriesScores, ...]:
    """Scores on one series, by rule and how far ahead; empty where nothing could be scored."""
    of_series = (pl.col("series_id") == series_id) & (pl.col("freq") == freq.value)
    biases = {
        (row["rule"], row["step_class"]): row["bias"]
        for row in _by_step_class(published.residuals.filter(of_series)).iter_rows(named=True)
    }
    rows = published.scores.filter(of_series, pl.col("member") == ENSEMBLE).sort("rule", "step_class")
    return tuple(
        SeriesScores(
            step_class=row["step_class"],
            rule=row["rule"],
            n=row["n"],
            crps_scaled=row["crps_scaled"],
            mase=row["mase"],
            smape=row["smape"],
            coverage=_coverage(row),
            bias=biases.get((row["rule"], row["step_class"])),
        )
        for row in rows.iter_rows(named=True)
    )


def class_scores(published: Published, series_id: str, freq: Frequency) -> tuple[ClassScores, ...]:
    """Scores on the class the series was in at its newest origin; empty where it has no origin."""
    of_freq = published.residuals.filter(pl.col("freq") == freq.value)
    series_rows = of_freq.filter(pl.col("series_id") == series_id).sort("origin")
    if series_rows.is_empty():
        return ()
    growth = series_rows["growth"][-1]
    rows = _by_step_class(of_freq.filter(pl.col("growth") == growth))
    return tuple(
        ClassScores(
            growth=growth,
            step_class=row["step_class"],
            rule=row["rule"],
            n=row["n"],
            n_series=row["n_series"],
            coverage=_coverage(row),
            bias=row["bias"],
        )
        for row in rows.iter_rows(named=True)
    )


def _coverage(row: Mapping[str, Any]) -> Mapping[str, float]:
    return MappingProxyType({share: row[f"coverage_{share}"] for share in SHARES})


def step_class() -> pl.Expr:
    """How far ahead a step is, from the columns ``step`` and ``freq``: ``first``, ``year`` or ``beyond``."""
    step, year = pl.col("step"), pl.col("freq").replace_strict({freq.value: freq.per_year for freq in Frequency})
    within_year = pl.when(step == 1).then(pl.lit("first")).when(step <= year).then(pl.lit("year"))
    return within_year.otherwise(pl.lit("beyond")).alias("step_class")


def _by_step_class(residuals: pl.DataFrame) -> pl.DataFrame:
    """Number, coverage and bias of the scored steps, by rule and how far ahead."""
    from_middle = (pl.col("pit") - 0.5).abs()
    return (
        residuals.with_columns(step_class())
        .group_by("rule", "step_class")
        .agg(
            pl.len().alias("n"),
            pl.col("series_id").n_unique().alias("n_series"),
            pl.col("log_error").mean().alias("bias"),
            *((from_middle <= float(share) / 200).mean().alias(f"coverage_{share}") for share in SHARES),
        )
        .sort("rule", "step_class")
    )
