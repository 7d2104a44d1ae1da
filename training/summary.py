"""A table of scores in a few numbers: what a promotion rests on and what a run logs as metrics."""

import polars as pl

SUMMARISED = ("crps_scaled", "mase", "coverage_50", "coverage_80", "coverage_95")


def summary(table: pl.DataFrame, *, member: str = "ensemble") -> dict[str, dict[str, float]]:
    """Mean scores of one member by frequency, growth class and rule, weighted by the number of scores.

    Args:
        table: the published table of scores.
        member: whose scores.

    Returns:
        ``FREQ,class,rule`` -> the summarised scores and n. Strict and pseudo-vintage scores stay apart.
    """
    kept = table.filter((pl.col("member") == member) & pl.col("crps_scaled").is_finite() & pl.col("mase").is_finite())
    weighted = (
        kept.group_by("freq", "growth", "rule")
        .agg(*((pl.col(name) * pl.col("n")).sum() / pl.col("n").sum() for name in SUMMARISED), pl.col("n").sum())
        .sort("freq", "growth", "rule")
    )
    return {
        f"{row['freq']},{row['growth']},{row['rule']}": {name: float(row[name]) for name in (*SUMMARISED, "n")}
        for row in weighted.iter_rows(named=True)
    }


def leaderboard(table: pl.DataFrame) -> pl.DataFrame:
    """Members ranked by scaled CRPS within frequency, growth class and rule, best first."""
    return (
        table.filter(pl.col("crps_scaled").is_finite())
        .group_by("freq", "growth", "rule", "member")
        .agg(
            *((pl.col(name) * pl.col("n")).sum() / pl.col("n").sum() for name in ("crps_scaled", "coverage_80")),
            pl.col("n").sum(),
        )
        .sort("freq", "growth", "rule", "crps_scaled")
    )
