"""The hindcast's page says what the results say: intervals by series, who was closer, losses where there are some."""

import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from benchmarks.hindcast.domain import at_year_end, duel
from benchmarks.hindcast.losses import losses
from benchmarks.hindcast.scores import LEAST_SERIES, cell, cells, closer, figure, growth_of_error, tallies
from data.periods.period import Frequency, Period
from projection.scoreboard.entries import Entry
from projection.scoreboard.judging import LaterFigure, ScoredProjection, State
from training.hindcast import ROWS
from training.same_day import SameDay

DAY = date(2020, 12, 31)


def rows(*, series=6, each=10, error=0.1, naive=0.2, inside=0.8, crps=1.0, naive_crps=2.0, **scores):
    return pl.DataFrame(
        [
            {
                "series_id": f"s{number}", "freq": "A", "growth": "slow", "day": DAY, "rule": "strict", "points": 20,
                "last": date(2020, 1, 1), "target": date(2021, 1, 1), "years": 1, "median": 1.0, "actual": 1.0,
                "log_error": error, "naive_log_error": naive, "crps_scaled": crps, "naive_crps_scaled": naive_crps,
                "covered80": place < round(inside * each), "covered95": True, "pit": 0.5,
            } | scores
            for number in range(series)
            for place in range(each)
        ],
        schema=ROWS,
        orient="row",
    )  # fmt: skip


def outcome(*, projected=224.0, published=date(2020, 6, 1), year=2022, log_error=None):
    period = Period(date(year, 1, 1), Frequency.YEAR)
    entry = Entry("them", "src", "s0", "US", "GW", period, "", published, projected, None, None, "projection")
    later = LaterFigure("s0", 190.0, 200.0, 210.0, ("one",), date(2024, 1, 1))
    return ScoredProjection(
        entry, State.SCORED, "a", "", later, math.log(projected / 200.0) if log_error is None else log_error
    )


def test_a_cell_holds_the_scores_of_its_rows() -> None:
    scores = cell(rows())
    assert (scores.rows, scores.series) == (60, 6)
    assert (scores.error.value, scores.naive, scores.crps.value) == pytest.approx((0.1, 0.2, 0.5))
    assert (scores.inside80.value, scores.inside95.value) == (80.0, 100.0)
    assert set(cells(rows(), ("rule", "freq"))) == {("strict", "A")}


def test_relative_crps_weighs_series_alike_however_many_forecasts_they_have() -> None:
    one = rows(series=1, each=50, crps=1.0, naive_crps=1.0)
    other = rows(series=1, each=2, crps=1.0, naive_crps=4.0).with_columns(series_id=pl.lit("other"))
    assert cell(pl.concat([one, other])).crps.value == pytest.approx(0.5)


def test_few_series_get_no_interval_and_many_get_one_that_holds_the_value() -> None:
    rng = np.random.default_rng(1)
    groups = [rng.normal(loc, 0.1, 20) for loc in rng.normal(0, 1, 30)]
    wide = figure(groups, lambda values: float(values.mean()))
    assert wide.low < wide.value < wide.high
    # Series differ far more than the rows of one: rows drawn singly would give an interval several times narrower.
    assert wide.high - wide.low > 0.5
    few = figure(groups[: LEAST_SERIES - 1], lambda values: float(values.mean()))
    assert math.isnan(few.low)
    assert "[" not in few.text(2)


def test_growth_of_error_is_found_again() -> None:
    horizons = np.linspace(0.5, 5, 40)
    errors = np.sqrt(0.08**2 + (0.15 * horizons) ** 2) * np.where(np.arange(40) % 2, 1, -1)
    assert growth_of_error(list(zip(horizons.tolist(), errors.tolist(), strict=True))) == pytest.approx(0.15)
    assert growth_of_error([(1.0, 0.01), (2.0, -0.02)]) == 0.0


def test_a_duel_is_decided_by_absolute_log_error() -> None:
    near, far = SameDay(205.0, 150.0, 240.0, 10, 2, "strict"), SameDay(120.0, 100.0, 150.0, 10, 2, "strict")
    won = vars(duel(outcome(), day=DAY, ours=near))
    lost = vars(duel(outcome(), day=DAY, ours=far))
    silent = vars(duel(outcome(), day=DAY, ours="no forecast possible: 3 points visible"))
    assert [closer(one) for one in (won, lost, silent)] == ["we", "they", "-"]
    assert (won["inside"], lost["inside"], silent["inside"]) == (True, False, None)
    assert won["ours"] == pytest.approx(math.log(205 / 200))
    (count,) = tallies([won, lost, silent])
    assert (count["n"], count["ours_closer"], count["inside"]) == (2, 1, 1)


def test_at_a_year_end_the_newest_projection_of_then_stands_beside_ours() -> None:
    trained_rows = rows(series=1, each=1, target=date(2022, 1, 1), years=2, median=198.0, q10=180.0, q90=220.0)
    projections = [
        outcome(projected=250.0, published=date(2019, 6, 1)),
        outcome(projected=224.0, published=date(2020, 6, 1)),
        outcome(projected=201.0, published=date(2021, 6, 1)),
        outcome(projected=260.0, year=2020),
        outcome(projected=260.0, year=2027),
    ]
    (duel,) = at_year_end(None, projections, trained_rows, day=DAY)
    assert (duel.projected, duel.point, duel.target) == (224.0, 198.0, "2022")
    assert duel.note == "20 points, 2 ahead, strict"


def test_losses_are_told_where_there_are_some_and_only_there() -> None:
    nowcast = {"US": {"count": 5, "nowcast": 0.1, "carried": 0.2, "grown": 0.3}}
    good = {"same_day": [], "year_end": [], "electricity": [], "nowcast": nowcast}
    assert losses(rows(), good) == []
    worse = rows(inside=0.5, crps=3.0)
    sentences = losses(worse, good)
    assert sum("no better than Naive2" in line for line in sentences) == 1
    assert all("50" in line for line in sentences if "80 % band" in line)
    assert len(sentences) == 3
    silent = vars(duel(outcome(), day=DAY, ours="no forecast possible: 3 points visible"))
    beaten = vars(duel(outcome(projected=201.0), day=DAY, ours=SameDay(300.0, 250.0, 400.0, 10, 2, "strict")))
    lost = losses(rows(), good | {"same_day": [beaten, silent], "nowcast": {"US": nowcast["US"] | {"carried": 0.05}}})
    assert [line.split()[1] for line in lost] == ["them", "Where", "The"]


def test_electricity_that_left_the_band_too_often_is_a_loss() -> None:
    line = {"region": "US", "day": "2020-12-31", "years": 1, "ours": -0.3, "carried": -0.4}
    results = {"same_day": [], "year_end": [], "nowcast": {}}
    kept_results = results | {"electricity": [line | {"inside": True}] * 4 + [line | {"inside": False}]}
    assert losses(rows(), kept_results) == []
    (sentence,) = losses(rows(), results | {"electricity": [line | {"inside": False}] * 2})
    assert "0 of 2 forecasts inside the 80 % band, 2 too low, median log error 0.300" in sentence
