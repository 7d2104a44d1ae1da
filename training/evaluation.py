"""The rolling-origin backtest of everything, as of a day, with nothing published: what ``headroom backtest`` shows."""

from dataclasses import dataclass

import polars as pl

from features.panel import forecastable, panel, totals
from features.view import View
from training.artifact.publish import RESIDUALS, SCORES, drop_frame
from training.backtest.backtest import run
from training.backtest.member_forecasts import MemberForecasts, remembering
from training.backtest.origins import all_origins
from training.backtest.summary import leaderboard
from training.backtest.workers import Progress, cast_all
from training.ensemble.accumulation import as_they_stand, assess_with_totals
from training.ensemble.assessment import residual_rows, score_rows

TIMEOUT_SECONDS = 3600.0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a backtest found.

    Attributes:
        series: how many series were scored; origins: how many of their past days.
        scores: sMAPE, MASE, CRPS, weighted interval score and coverage per series, member and class of steps.
        residuals: one row a scored step of the ensemble, with its probability integral transform.
        drops: the fits that failed, with the reason.
        leaderboard: members and ensemble by class of series, with OWA.
    """

    series: int
    origins: int
    scores: pl.DataFrame
    residuals: pl.DataFrame
    drops: pl.DataFrame
    leaderboard: pl.DataFrame

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by name."""
        return {
            "leaderboard": self.leaderboard,
            "scores": self.scores,
            "residuals": self.residuals,
            "drops": self.drops,
        }


def evaluate(view: View, *, workers: int, progress: Progress, stored_forecasts: MemberForecasts | None) -> Evaluation:
    """Backtest every series as training on that day would.

    Raises :class:`TrainingError` when the pool of fits runs out of time; what was fitted stays in ``kept``.
    """
    panel_series = panel(view).series
    series, drivers = {**forecastable(view), **panel_series}, frozenset(panel_series)
    added = totals(view)
    fitted = {**series, **as_they_stand(added)}
    origins = all_origins(view, series=fitted, drivers=drivers)
    trials = run(
        fitted,
        origins,
        drivers=drivers,
        workers=workers,
        timeout=TIMEOUT_SECONDS,
        progress=progress,
        runner=cast_all if stored_forecasts is None else remembering(cast_all, stored_forecasts),
    )
    answers = assess_with_totals(view, trials, flows=series, totals=added).answers
    scores = pl.DataFrame(score_rows(answers), schema=SCORES, orient="row")
    return Evaluation(
        series=len({answer.trial.series_id for answer in answers}),
        origins=len(answers),
        scores=scores,
        residuals=pl.DataFrame(residual_rows(answers), schema=RESIDUALS, orient="row"),
        drops=drop_frame(trials),
        leaderboard=leaderboard(scores),
    )
