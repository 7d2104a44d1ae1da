"""A table of scores in a few numbers, checked by hand."""

import polars as pl
import pytest

from training.artifact.publish import SCORES
from training.backtest.summary import leaderboard, summary


def row(member, *, series="a", steps="year", smape=10.0, mase=1.0, n=4, crps=0.5):
    return {
        "series_id": series, "freq": "Q", "growth": "fast", "member": member, "step_class": steps, "crps": crps,
        "crps_scaled": crps, "wis": crps, "coverage_50": 0.5, "coverage_80": 0.8, "coverage_95": 1.0, "smape": smape,
        "mase": mase, "n": n, "rule": "strict",
    }  # fmt: skip


def table(*rows):
    return pl.DataFrame(list(rows), schema=SCORES, orient="row")


def test_owa_is_the_mean_of_both_ratios_to_the_baseline_over_the_same_steps():
    scores = table(
        row("naive2", smape=10.0, mase=2.0),
        row("ensemble", smape=5.0, mase=1.5),
        row("naive2", series="b", smape=20.0, mase=1.0, n=2),
        row("ensemble", series="b", smape=20.0, mase=1.0, n=2),
        # Its baseline failed: it tells of the ensemble, and nothing of the ratio.
        row("ensemble", series="c", smape=900.0, mase=90.0),
    )
    summaries = summary(scores)["Q,fast,strict"]
    smape = (4 * 5 + 2 * 20) / (4 * 10 + 2 * 20)
    mase = (4 * 1.5 + 2 * 1.0) / (4 * 2.0 + 2 * 1.0)
    assert summaries["owa"] == pytest.approx((smape + mase) / 2)
    assert summaries["n"] == 10
    assert summaries["smape"] == pytest.approx((4 * 5 + 2 * 20 + 4 * 900) / 10)


def test_the_baselines_own_is_one_and_without_a_baseline_there_is_none():
    board = leaderboard(table(row("naive2"), row("ensemble", crps=0.4)))
    assert board["member"].to_list() == ["ensemble", "naive2"]
    assert board.filter(pl.col("member") == "naive2")["owa"].item() == pytest.approx(1.0)
    alone = table(row("ensemble"))
    assert leaderboard(alone)["owa"].to_list() == [None]
    assert "owa" not in summary(alone)["Q,fast,strict"]
