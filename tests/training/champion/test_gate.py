"""The gate on versions whose quality is known, because their world is made here."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from versions import trials, version

from training.champion.comparison import diebold_mariano, pairs
from training.champion.gate import Limits, judge

TODAY = date(2026, 11, 24)


def check_of(verdict, name):
    return next(check for check in verdict.checks if check.name.startswith(name))


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


def judged(models, challenger, champion, *, newer=True, limits=None, **more):
    # A version that stands is never replaced, so every comparison has a folder of its own.
    models = models / str(len(list(models.iterdir())) if models.is_dir() else 0)
    ours = version(models, "m-2", challenger, data_as_of="2026-11-23", **more)
    theirs = version(models, "m-1", champion, data_as_of="2026-11-01" if newer else "2026-11-23")
    return judge(ours, theirs, today=TODAY, limits=limits)


def test_a_challenger_that_is_better_passes_with_figures_on_every_check(models):
    verdict = judged(models, trials(), trials(bias=0.8), newer=False)
    assert verdict.passed, verdict.reason
    accuracy = check_of(verdict, "accuracy").figures
    assert accuracy["high"] < 0
    assert accuracy["diebold_mariano"]["p_value_better"] < 0.05
    assert accuracy["series"] == 30
    assert {check.name.partition(",")[0] for check in verdict.checks} == {
        "freshness", "coverage", "baselines", "accuracy", "sharpness", "series",
    }  # fmt: skip
    assert verdict.evidence()["passed"] is True


def test_a_worse_challenger_is_kept_out_although_its_figures_are_newer(models):
    verdict = judged(models, trials(bias=0.8), trials())
    assert not verdict.passed
    assert not check_of(verdict, "accuracy").passed
    assert check_of(verdict, "accuracy").figures["low"] > 0


def test_another_series_as_a_driver_is_judged_like_newer_figures(models):
    same, other = (
        judged(models, trials(noise=0.05), trials(), newer=False, own_drivers=drivers)
        for drivers in (None, {"s00": "private.x"})
    )
    assert "not shown to be better" in check_of(same, "accuracy").detail
    accuracy = check_of(other, "accuracy")
    assert (accuracy.passed, accuracy.figures["series"]) == (True, 29)


def test_noise_is_not_followed(models):
    """The same quality with other errors: newer figures may pass within the margin, the same figures may not."""
    wide = Limits(margin=0.2)
    assert not judged(models, trials(noise=0.1, seed=3), trials(seed=3), newer=False, limits=wide).passed
    assert check_of(judged(models, trials(seed=3), trials(seed=3)), "accuracy").passed
    assert not check_of(judged(models, trials(seed=3), trials(seed=3), newer=False), "accuracy").passed


def test_bands_that_claim_too_much_fail_the_coverage_floor(models):
    verdict = judged(models, trials(width=0.4), trials())
    assert not check_of(verdict, "coverage").passed
    assert "too few: at least 72 % is asked" in check_of(verdict, "coverage").detail
    assert verdict.reason.startswith("the gate keeps it out: FAILED coverage")


def test_a_floor_the_champion_misses_too_does_not_keep_it_for_ever(models):
    better = judged(models, trials(width=0.6), trials(width=0.45), limits=Limits(sharpness=1.5))
    assert check_of(better, "coverage").passed
    assert "allowed, because the champion holds too few as well" in check_of(better, "coverage").detail
    worse = judged(models, trials(width=0.4), trials(width=0.6), limits=Limits(sharpness=1.6))
    assert not check_of(worse, "coverage").passed
    assert "allowed" not in check_of(worse, "coverage").detail


def test_coverage_bought_by_width_fails_the_sharpness_guard(models):
    verdict = judged(models, trials(width=2.0), trials())
    assert check_of(verdict, "coverage").passed
    assert not check_of(verdict, "sharpness").passed
    assert check_of(verdict, "sharpness").figures["ratio"] == pytest.approx(2.0)


def test_losing_to_a_baseline_on_one_layer_fails(models):
    # The baselines know the world here; a third of the series tells of no layer the others tell of.
    strong = trials(bias=1.5, baseline=1.0)
    verdict = judged(models, strong, trials())
    check = check_of(verdict, "baselines")
    assert not check.passed
    assert check.figures["other/naive2"]["ratio"] > 1


def test_a_layer_with_few_series_is_worse_only_beyond_doubt(models):
    few = trials(series=4, bias=0.35, baseline=1.0, origins=12)
    verdict = judge(version(models, "m-2", few), None, today=TODAY)
    check = check_of(verdict, "baselines")
    assert check.figures["other/naive2"]["ratio"] > 1
    assert check.passed is not check.figures["other/naive2"]["worse"]


def test_old_figures_and_figures_older_than_the_champions_fail(models):
    ours = version(models, "m-2", trials(), data_as_of="2026-05-01")
    assert not check_of(judge(ours, None, today=TODAY), "freshness").passed
    theirs = version(models, "m-1", trials(), data_as_of="2026-11-01")
    older = version(models, "m-3", trials(), data_as_of="2026-10-01")
    check = check_of(judge(older, theirs, today=TODAY), "freshness")
    assert not check.passed
    assert "older than the champion's" in check.detail


def test_figures_of_a_day_to_come_fail_and_are_not_called_fresh(models):
    check = check_of(judge(version(models, "m-2", trials(), data_as_of="2030-01-01"), None, today=TODAY), "freshness")
    assert not check.passed
    assert "2030-01-01, which is after today, 2026-11-24" in check.detail


def test_a_p_value_is_called_one_and_said_to_be_of_what(models):
    detail = check_of(judged(models, trials(bias=0.8), trials()), "accuracy").detail
    assert "p-value 1.000 for being better, 0.000 for being worse" in detail


def test_what_is_missing_fails_and_says_so(models):
    assert "missing" in check_of(judged(models, None, trials()), "scores").detail
    assert "missing" in check_of(judged(models, trials(), None), "accuracy").detail
    short = judged(models, trials(), trials(series=5))
    assert not short.passed
    assert "5 series in common" in check_of(short, "accuracy").detail
    unanswered = trials().with_columns(pl.lit(None, pl.Float64).alias("naive2"))
    assert not check_of(judged(models, unanswered, trials()), "baselines").passed
    empty = judged(models, trials().clear(), trials())
    assert not check_of(empty, "coverage").passed
    assert not check_of(empty, "baselines").passed
    few_origins = judged(models, trials(origins=3), trials(origins=3))
    assert "too few origins" in check_of(few_origins, "accuracy").detail


def test_a_product_may_be_left_to_its_family(models):
    ours = version(models, "m-2", trials(), names=("s00",))
    theirs = version(models, "m-1", trials(), names=("s00", "nvidia.h100.units"), data_as_of="2026-11-01")
    assert check_of(judge(ours, theirs, today=TODAY), "series").passed


def test_a_series_the_champion_forecasts_may_not_be_lost(models):
    ours = version(models, "m-2", trials(), names=("s00",))
    theirs = version(models, "m-1", trials(), names=("s00", "s01"), data_as_of="2026-11-01")
    check = check_of(judge(ours, theirs, today=TODAY), "series")
    assert (check.passed, check.figures["lost"]) == (False, ["s01"])


def test_a_revised_actual_is_the_measure_of_both():
    """The champion was scored on figures since revised by 2: it is scored again, and loses nothing by that alone."""
    table = pairs(trials(revised=2.0, bias=2.0), trials())
    assert table["revised"].all()
    again = pairs(trials(revised=2.0, bias=2.0), trials(bias=2.0))
    assert np.allclose(again["difference"].to_numpy(), 0.0)
    assert float(table["difference"].mean()) < -0.5


def test_strict_and_pseudo_vintage_are_judged_apart(models):
    both = pl.concat([trials(), trials(rule="strict", bias=0.9)])
    verdict = judged(models, both, pl.concat([trials(bias=0.2), trials(rule="strict")]))
    assert check_of(verdict, "accuracy, pseudo_vintage").passed
    assert not check_of(verdict, "accuracy, strict").passed
    assert not verdict.passed


def test_without_a_champion_the_checks_that_need_none_are_made(models):
    verdict = judge(version(models, "m-2", trials()), None, today=TODAY)
    assert verdict.passed
    assert verdict.champion is None
    assert not [check for check in verdict.checks if check.name.startswith("accuracy")]


def test_diebold_mariano_is_the_published_formula():
    """One step ahead it is a t test of the mean with the variance over n, scaled as Harvey and others say."""
    values = np.array([0.3, -0.1, 0.4, 0.2, 0.5, -0.2, 0.1, 0.6])
    test = diebold_mariano(values, horizon=1)
    n = values.size
    plain = values.mean() / np.sqrt(values.var() / n)
    assert test.statistic == pytest.approx(plain * np.sqrt((n - 1) / n))
    assert test.statistic == pytest.approx(values.mean() / (values.std(ddof=1) / np.sqrt(n)))
    assert test.p_value_better + test.p_value_worse == pytest.approx(1.0)
    assert test.p_value_worse < 0.05


def test_diebold_mariano_rejects_as_often_as_it_says_on_overlapping_errors():
    """Errors of four-step forecasts share three shocks; at 5 % one side, the test rejects about that often."""
    rng = np.random.default_rng(1)
    shocks = rng.normal(size=(2000, 43))
    sums = shocks[:, :-3] + shocks[:, 1:-2] + shocks[:, 2:-1] + shocks[:, 3:]
    plain = np.mean([diebold_mariano(row, horizon=1).p_value_worse < 0.05 for row in sums])
    rejected = np.mean([diebold_mariano(row, horizon=4).p_value_worse < 0.05 for row in sums])
    assert plain > 0.15, "ignoring the overlap rejects far too often"
    assert 0.03 < rejected < 0.11


def test_diebold_mariano_without_enough_or_without_difference():
    assert diebold_mariano(np.ones(4), horizon=4) is None
    assert diebold_mariano(np.ones(12), horizon=4) is None, "a difference that never varies cannot be tested"
    same = diebold_mariano(np.zeros(12), horizon=4)
    assert (same.statistic, same.p_value_better, same.p_value_worse) == (0.0, 0.5, 0.5)
