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
from training.ensemble.calibration import MIDDLE, Band, Calibrator, Score, cell_name, mean_log_sigma, native, score
from training.ensemble.ensemble import SIZE, Merits, choose, combined, weights
from training.ensemble.recent_errors import Correction, Expectation, Persistence, corrections

ENSEMBLE = "ensemble"
UNCALIBRATED = "ensemble_native"
SHARES = (0.5, 0.8, 0.95)
HOLD_YEARS = 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PooledForecast:
    """A history with the ensemble's answer: its members, their native weighted band, the corrected and calibrated one.

    ``correction`` is what the errors of the series' earlier forecasts did to it, in the space of the pools.
    """

    trial: Trial
    members: tuple[str, ...]
    native: Floats
    band: Band
    correction: Correction


@dataclass(frozen=True, eq=False)
class Assessment:
    """Everything the backtest taught.

    Attributes:
        answers: the scored answers, one an origin.
        published: the answers to publish, one a series, by id; refused: the reason where no member answered.
        rankings: ``FREQ,class`` -> members from best to worst with shrunk merit.
        calibrator: widths learned from every score.
        persistence: how far errors last, learned from every scored forecast that has an earlier one.
    """

    answers: Sequence[PooledForecast]
    published: Mapping[str, PooledForecast]
    refused: Mapping[str, str]
    rankings: Mapping[str, Sequence[tuple[str, float]]]
    calibrator: Calibrator
    persistence: Persistence


def assess(trials: Sequence[Trial], *, judged: Sequence[Trial] | None = None) -> Assessment:
    """Choose, combine, correct, calibrate.

    ``judged`` are the trials that tell which members are right, where they are others than those that are forecast:
    differences of counts are not among them, and how long errors last is learned of them apart.
    """
    judged = trials if judged is None else judged
    differences = {item.series_id for item in trials} - {item.series_id for item in judged}
    merits = Merits.of(judged)
    cells = sorted({(item.freq, item.growth) for item in trials})
    full = {cell: merits.ranking(cell) for cell in cells}
    past = [item for item in trials if item.origin is not None and item.eligible]
    now = [item for item in trials if item.origin is None and item.eligible]
    refused = {
        item.series_id: "no member answered: " + "; ".join(item.drops.values())
        for item in trials
        if item.origin is None and not item.eligible
    }

    left_out: dict[tuple[str, str, str], list[tuple[str, float]]] = {}
    combined_past = []
    for item in past:
        key = (item.series_id, item.freq.value, item.growth.value)
        if key not in left_out:
            left_out[key] = merits.ranking((item.freq, item.growth), without=item.series_id)
        combined_past.append(_combined(item, left_out[key]))
    combined_now = [_combined(item, full[item.freq, item.growth]) for item in now]

    sigmas = _sigmas(combined_now)
    log_sigma = mean_log_sigma(sigmas)
    corrected = corrections(
        *(
            [
                Expectation.of(item.trial, item.quantiles, log_sigma, difference=item.trial.series_id in differences)
                for item in items
            ]
            for items in (combined_past, combined_now)
        )
    )
    errors = [_error(*pair) for pair in zip(combined_past, corrected.past, strict=True)]
    available = [item for item in errors if item is not None]
    calibrator = Calibrator.of(available, sigmas=sigmas)

    answers = []
    by_series: dict[str, list[int]] = {}
    for index, item in enumerate(past):
        by_series.setdefault(item.series_id, []).append(index)
    for series_id, indices in by_series.items():
        cells_of_series = sorted({(past[index].freq, past[index].growth, past[index].short) for index in indices})
        others = Calibrator.of(available, sigmas=sigmas, without=series_id, cells=cells_of_series)
        answers += [_answer(combined_past[index], corrected.past[index], others) for index in indices]
    published = {
        item.trial.series_id: _answer(item, correction, calibrator)
        for item, correction in zip(combined_now, corrected.now, strict=True)
    }
    rankings = {cell_name(*cell): ranking for cell, ranking in full.items()}
    return Assessment(answers, published, refused, rankings, calibrator, corrected.persistence)


@dataclass(frozen=True, eq=False)
class _Combined:
    """A trial, the members chosen for it, and their band, of the odds of the series."""

    trial: Trial
    members: tuple[str, ...]
    quantiles: Floats


def _combined(item: Trial, ranking: Sequence[tuple[str, float]]) -> _Combined:
    names = choose(ranking, item.eligible, size=SIZE[item.growth])
    band = combined([item.member_forecasts[name] for name in names], shares=weights(ranking, names))
    return _Combined(item, names, band)


def _sigmas(items: Sequence[_Combined]) -> dict[str, dict[str, Floats]]:
    """Native standard deviations by cell and series."""
    sigmas: dict[str, dict[str, Floats]] = {}
    for item in items:
        trial = item.trial
        if not trial.constant:
            _, sigma, _ = native(item.quantiles, growth=trial.growth, unit_scale=trial.unit_scale)
            sigmas.setdefault(cell_name(trial.freq, trial.growth), {})[trial.series_id] = sigma
    return sigmas


def _error(item: _Combined, correction: Correction) -> Score | None:
    trial = item.trial
    if trial.origin is None or trial.constant:
        return None
    return score(
        trial.series_id,
        correction.moved(item.quantiles, trial),
        freq=trial.freq,
        growth=trial.growth,
        unit_scale=trial.unit_scale,
        steps=trial.origin.target_steps,
        targets=trial.link.odds(trial.origin.targets),
        factor=correction.factor,
        short=trial.short,
    )


def _answer(item: _Combined, correction: Correction, calibrator: Calibrator) -> PooledForecast:
    """The calibrated answer in the unit of the series; until here everything is of its odds."""
    trial, link = item.trial, item.trial.link
    band = calibrator.apply(
        correction.moved(item.quantiles, trial),
        freq=trial.freq,
        growth=trial.growth,
        unit_scale=trial.unit_scale,
        constant=trial.constant,
        factor=correction.factor,
        short=trial.short,
    )
    inside = link.band(band.quantiles, median=band.quantiles[:, MIDDLE])
    in_unit = replace(
        trial, member_forecasts={name: link.values(cast) for name, cast in trial.member_forecasts.items()}, link=PLAIN
    )
    return PooledForecast(
        in_unit, item.members, link.values(item.quantiles), replace(band, quantiles=inside), correction
    )


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
