"""A table of scores in a few numbers: what a promotion rests on and what a run logs as metrics."""

import polars as pl

from training.members.registry import BASELINE

SUMMARISED = ("crps_scaled", "smape", "mase", "coverage_50", "coverage_80", "coverage_95")
CELL = ("freq", "growth", "rule")


def summary(table: pl.DataFrame, *, member: str = "ensemble") -> dict[str, dict[str, float]]:
    """Mean scores of one member by frequency, growth class and rule, weighted by the number of scores.

    Args:
        table: the published table of scores.
        member: whose scores.

    Returns:
        ``FREQ,class,rule`` -> the summarised scores, OWA where the baseline was scored too, and n. Strict and
        pseudo-vintage scores stay apart.
    """
    weighted = _weighted(table).filter(pl.col("member") == member).sort(*CELL)
    return {
        f"{row['freq']},{row['growth']},{row['rule']}": {
            name: float(row[name]) for name in (*SUMMARISED, "owa", "n") if row[name] is not None
        }
        for row in weighted.iter_rows(named=True)
    }


def leaderboard(table: pl.DataFrame) -> pl.DataFrame:
    """Members ranked by scaled CRPS within frequency, growth class and rule, best first.

    ``owa`` is the mean of sMAPE and MASE over the baseline's on the same cell (Makridakis et al. 2020), null where the
    baseline was not scored.
    """
    return _weighted(table).select(*CELL, "member", *SUMMARISED, "owa", "n").sort(*CELL, "crps_scaled", "member")


def _weighted(table: pl.DataFrame) -> pl.DataFrame:
    # Every score is one of the same steps: a row without a scale (a flat history) has no scaled score to compare.
    scorable = table.filter(pl.col("crps_scaled").is_finite() & pl.col("mase").is_finite())
    means = scorable.group_by(*CELL, "member").agg(
        *((pl.col(name) * pl.col("n")).sum() / pl.col("n").sum() for name in SUMMARISED), pl.col("n").sum()
    )
    # A series whose baseline failed is left out of the ratio on both sides.
    keys = ("series_id", "step_class", *CELL)
    base = scorable.filter(pl.col("member") == BASELINE).select(*keys, base_smape="smape", base_mase="mase", base_n="n")
    paired = scorable.join(base, on=keys).filter(pl.col("n") == pl.col("base_n"))
    sums = {name: (pl.col(name) * pl.col("n")).sum() for name in ("smape", "mase", "base_smape", "base_mase")}
    owa = (sums["smape"] / sums["base_smape"] + sums["mase"] / sums["base_mase"]) / 2
    # Nothing is a multiple of a baseline that was right.
    ratios = paired.group_by(*CELL, "member").agg(owa=pl.when(owa.is_finite()).then(owa))
    return means.join(ratios, on=[*CELL, "member"], how="left")
