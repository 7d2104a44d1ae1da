"""The ensemble judged on its own backtest, and the forecasts it then publishes.

Every series is judged by what the others taught: its own errors are left out when its members are chosen and when its
widths are set. The published forecast uses everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.base.quantiles import FORECAST_LEVELS
from training.backtest.backtest import Trial
from training.core import scores
from training.core.growth import Growth
from training.core.link import PLAIN
from training.ensemble.calibration import MIDDLE, Band, Calibrator, Score, cell_name, native, score
from training.ensemble.ensemble import SIZE, Merits, chosen, combined, weights

ENSEMBLE = "ensemble"
UNCALIBRATED = "ensemble_native"
SHARES = (0.5, 0.8, 0.95)
HOLD_YEARS = 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PooledForecast:
    """A history with the ensemble's answer: the members that spoke, their native weighted band, the calibrated one."""

    trial: Trial
    members: tuple[str, ...]
    native: Floats
    band: Band


@dataclass(frozen=True, eq=False)
class Assessment:
    """Everything the backtest taught.

    Attributes:
        answers: the scored answers, one an origin.
        published: the answers to publish, one a series, by id; refused: the reason where no member answered.
        rankings: ``FREQ,class`` -> members from best to worst with shrunk merit.
        calibrator: widths learned from every score.
    """

    answers: Sequence[PooledForecast]
    published: Mapping[str, PooledForecast]
    refused: Mapping[str, str]
    rankings: Mapping[str, Sequence[tuple[str, float]]]
    calibrator: Calibrator


def assess(trials: Sequence[Trial]) -> Assessment:
    """Choose, combine, calibrate."""
    merits = Merits.of(trials)
    cells = sorted({(item.freq, item.growth) for item in trials})
    full = {cell: merits.ranking(cell) for cell in cells}
    past = [item for item in trials if item.origin is not None and item.member_forecasts]
    now = [item for item in trials if item.origin is None and item.member_forecasts]
    refused = {
        item.series_id: "no member answered: " + "; ".join(item.drops.values())
        for item in trials
        if item.origin is None and not item.member_forecasts
    }

    spoken_now = {item.series_id: _spoken(item, full[item.freq, item.growth]) for item in now}
    left_out: dict[tuple[str, str, str], list[tuple[str, float]]] = {}
    spoken_past = []
    for item in past:
        key = (item.series_id, item.freq.value, item.growth.value)
        if key not in left_out:
            left_out[key] = merits.ranking((item.freq, item.growth), without=item.series_id)
        spoken_past.append(_spoken(item, left_out[key]))

    sigmas: dict[str, dict[str, Floats]] = {}
    for item in now:
        if not item.constant:
            _, sigma, _ = native(spoken_now[item.series_id][1], growth=item.growth, unit_scale=item.unit_scale)
            sigmas.setdefault(cell_name(item.freq, item.growth), {})[item.series_id] = sigma
    errors = [_error(item, quantiles) for item, (_, quantiles) in zip(past, spoken_past, strict=True)]
    available = [item for item in errors if item is not None]
    calibrator = Calibrator.of(available, sigmas=sigmas)

    answers = []
    by_series: dict[str, list[int]] = {}
    for index, item in enumerate(past):
        by_series.setdefault(item.series_id, []).append(index)
    for series_id, indices in by_series.items():
        own = sorted({(past[index].freq, past[index].growth) for index in indices})
        others = Calibrator.of(available, sigmas=sigmas, without=series_id, cells=own)
        for index in indices:
            names, quantiles = spoken_past[index]
            answers.append(_answer(past[index], names, quantiles, others))
    published = {item.series_id: _answer(item, *spoken_now[item.series_id], calibrator) for item in now}
    rankings = {cell_name(*cell): ranking for cell, ranking in full.items()}
    return Assessment(answers, published, refused, rankings, calibrator)


def _spoken(item: Trial, ranking: Sequence[tuple[str, float]]) -> tuple[tuple[str, ...], Floats]:
    names = chosen(ranking, item.member_forecasts, size=SIZE[item.growth])
    return names, combined([item.member_forecasts[name] for name in names], shares=weights(ranking, names))


def _error(item: Trial, quantiles: Floats) -> Score | None:
    if item.origin is None or item.constant:
        return None
    return score(
        item.series_id,
        quantiles,
        freq=item.freq,
        growth=item.growth,
        unit_scale=item.unit_scale,
        steps=item.origin.target_steps,
        targets=item.link.odds(item.origin.targets),
    )


def _answer(item: Trial, names: tuple[str, ...], quantiles: Floats, calibrator: Calibrator) -> PooledForecast:
    """The calibrated answer in the unit of the series; until here everything is of its odds."""
    band = calibrator.apply(
        quantiles, freq=item.freq, growth=item.growth, unit_scale=item.unit_scale, constant=item.constant
    )
    link = item.link
    trial = replace(
        item, member_forecasts={name: link.values(cast) for name, cast in item.member_forecasts.items()}, link=PLAIN
    )
    inside = link.band(band.quantiles, median=band.quantiles[:, MIDDLE])
    return PooledForecast(trial, names, link.values(quantiles), replace(band, quantiles=inside))


def step_class(step: int, *, season: int) -> str:
    """``first``, ``year`` (up to a year ahead) or ``beyond``."""
    if step == 1:
        return "first"
    return "year" if step <= max(season, 1) * HOLD_YEARS else "beyond"


def residual_rows(answers: Sequence[PooledForecast]) -> list[Mapping[str, object]]:
    """One row a scored step of the calibrated ensemble."""
    rows: list[Mapping[str, object]] = []
    for answer in answers:
        origin = answer.trial.origin
        if origin is None:
            continue
        bands = answer.trial.at_targets(answer.band.quantiles)
        pits = scores.pit(bands, observed=origin.targets, levels=FORECAST_LEVELS)
        for place, (step, actual) in enumerate(zip(origin.target_steps, origin.targets, strict=True)):
            median = float(bands[place, MIDDLE])
            positive = answer.trial.growth is not Growth.RAW and actual > 0
            rows.append(
                {
                    "series_id": answer.trial.series_id,
                    "freq": answer.trial.freq.value,
                    "origin": answer.trial.last.start,
                    "step": int(step),
                    "actual": float(actual),
                    "median": median,
                    "log_error": float(np.log(actual / median)) if positive else None,
                    "pit": float(pits[place]),
                    "rule": origin.rule,
                    "growth": answer.trial.growth.value,
                }
            )
    return rows


def score_rows(answers: Sequence[PooledForecast]) -> list[Mapping[str, object]]:
    """Scores per series, member, step class and rule: members, the ensemble, and its bands before calibration."""
    groups: dict[tuple[str, str, str, str, str, str], list[dict[str, float]]] = {}
    for answer in answers:
        origin = answer.trial.origin
        if origin is None:
            continue
        bands = dict(answer.trial.member_forecasts) | {ENSEMBLE: answer.band.quantiles, UNCALIBRATED: answer.native}
        season = answer.trial.freq.per_year
        for name, quantiles in bands.items():
            at = answer.trial.at_targets(quantiles)
            values = _per_step(at, origin.targets, scale=answer.trial.scale)
            for place, step in enumerate(origin.target_steps):
                key = (
                    answer.trial.series_id,
                    answer.trial.freq.value,
                    answer.trial.growth.value,
                    name,
                    step_class(int(step), season=season),
                    origin.rule,
                )
                groups.setdefault(key, []).append({column: float(array[place]) for column, array in values.items()})
    rows: list[Mapping[str, object]] = []
    for (series_id, freq, growth, name, steps, rule), group in groups.items():
        means = {column: _mean([item[column] for item in group]) for column in group[0]}
        rows.append(
            {"series_id": series_id, "freq": freq, "growth": growth, "member": name, "step_class": steps}
            | means
            | {"n": len(group), "rule": rule}
        )
    return rows


def _mean(values: Sequence[float]) -> float | None:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else None


def _per_step(bands: Floats, targets: Floats, *, scale: float) -> dict[str, Floats]:
    """Scores per step; ``crps_scaled`` and ``mase`` are in units of the in-sample seasonal difference."""
    crps = scores.crps(bands, observed=targets, levels=FORECAST_LEVELS)
    median = bands[:, MIDDLE]
    table: dict[str, Floats] = {
        "crps": crps,
        "crps_scaled": crps / scale,
        "wis": scores.wis(bands, observed=targets, levels=FORECAST_LEVELS),
    }
    for share in SHARES:
        inside = scores.covered(bands, observed=targets, levels=FORECAST_LEVELS, share=share)
        table[f"coverage_{round(100 * share)}"] = inside.astype(np.float64)
    return table | {"smape": scores.smape(median, observed=targets), "mase": np.abs(targets - median) / scale}
