"""The table of trials: what the ensemble said at every scored step, so that two versions can be scored on the same.

Quantiles are kept and not only their score: when an actual is revised, a version published before it is scored again
against the figure of today.
"""

from collections.abc import Sequence

import polars as pl

from data.base.quantiles import FORECAST_LEVELS
from training.core import scores
from training.ensemble.assessment import PooledForecast
from training.members.registry import BASELINES

TRIALS: dict[str, pl.DataType] = {
    "series_id": pl.String(),
    "freq": pl.String(),
    "growth": pl.String(),
    "rule": pl.String(),
    "origin": pl.Date(),
    "step": pl.Int64(),
    "actual": pl.Float64(),
    "scale": pl.Float64(),
    "quantiles": pl.List(pl.Float64()),
    "crps": pl.Float64(),
    **{name: pl.Float64() for name in BASELINES},
}
"""Key: series, frequency, rule, origin (first day of the last period seen), step. ``quantiles`` at the published levels
and ``actual`` are in the unit of the series, ``crps`` and the baselines' CRPS likewise; ``scale`` is the in-sample mean
absolute seasonal difference, null where there is none."""


def trial_frame(answers: Sequence[PooledForecast]) -> pl.DataFrame:
    """One row a scored step of the calibrated ensemble; a baseline that did not answer is null."""
    rows: list[dict[str, object]] = []
    for answer in answers:
        origin = answer.trial.origin
        if origin is None:
            continue
        bands = answer.trial.at_targets(answer.band.quantiles)
        crps = scores.crps(bands, observed=origin.targets, levels=FORECAST_LEVELS)
        plain = {
            name: scores.crps(answer.trial.at_targets(member_forecast), observed=origin.targets, levels=FORECAST_LEVELS)
            for name in BASELINES
            if (member_forecast := answer.trial.member_forecasts.get(name)) is not None
        }
        scale = answer.trial.scale
        for place, (step, actual) in enumerate(zip(origin.target_steps, origin.targets, strict=True)):
            rows.append(
                {
                    "series_id": answer.trial.series_id,
                    "freq": answer.trial.freq.value,
                    "growth": answer.trial.growth.value,
                    "rule": origin.rule,
                    "origin": answer.trial.last.start,
                    "step": int(step),
                    "actual": float(actual),
                    "scale": scale if scale > 0 else None,
                    "quantiles": bands[place].tolist(),
                    "crps": float(crps[place]),
                    **{name: float(plain[name][place]) if name in plain else None for name in BASELINES},
                }
            )
    return pl.DataFrame(rows, schema=TRIALS, orient="row").sort("series_id", "freq", "rule", "origin", "step")
