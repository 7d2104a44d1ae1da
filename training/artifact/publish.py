"""Writing a model version: JSON and Parquet, hashed, which appears whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.base.artifacts import new_folder
from data.base.errors import ArtifactCorrupt
from data.base.quantiles import FORECAST_LEVELS
from features.flows import derivation
from features.series import ModelSeries
from training.artifact.published import MANIFEST, Published, sha256
from training.backtest.backtest import Trial
from training.backtest.origins import PSEUDO
from training.ensemble.assessment import Assessment, PooledForecast

FORECASTS: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "level": pl.Float64,
    "value": pl.Float64,
}
RESIDUALS: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "freq": pl.String,
    "origin": pl.Date,
    "step": pl.Int64,
    "actual": pl.Float64,
    "median": pl.Float64,
    "log_error": pl.Float64,
    "pit": pl.Float64,
    "rule": pl.String,
    "growth": pl.String,
}
HISTORY: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "value": pl.Float64,
}
SCORES: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "freq": pl.String,
    "growth": pl.String,
    "member": pl.String,
    "step_class": pl.String,
    "crps": pl.Float64,
    "crps_scaled": pl.Float64,
    "wis": pl.Float64,
    "coverage_50": pl.Float64,
    "coverage_80": pl.Float64,
    "coverage_95": pl.Float64,
    "smape": pl.Float64,
    "mase": pl.Float64,
    "n": pl.Int64,
    "rule": pl.String,
}
DROPS: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "member": pl.String,
    "origin": pl.Date,
    "reason": pl.String,
}


def meta_frame(assessment: Assessment, series: Mapping[str, ModelSeries]) -> pl.DataFrame:
    """One row a series: how its forecast was made, or why there is none."""
    rules = {answer.trial.series_id: answer.trial.origin.rule for answer in assessment.answers if answer.trial.origin}
    rows = [_meta_row(answer, series[name], rule=rules.get(name)) for name, answer in assessment.published.items()]
    rows += [_refused_row(name, series[name], reason) for name, reason in assessment.refused.items()]
    schema = {
        "series_id": pl.String(),
        "freq": pl.String(),
        "unit": pl.String(),
        "region": pl.String(),
        "method": pl.String(),
        "n_scores": pl.Int64(),
        "reduced": pl.String(),
        "last_observed": pl.Date(),
        "pseudo_vintage": pl.Boolean(),
        "sources": pl.List(pl.String()),
        "status": pl.String(),
        "reason": pl.String(),
        "derivation": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema).sort("series_id", "freq")


def _refused_row(name: str, item: ModelSeries, reason: str) -> dict[str, Any]:
    return _head(name, item) | {
        "method": "none",
        "n_scores": 0,
        "reduced": None,
        "pseudo_vintage": item.pseudo_vintage,
        "status": "unavailable",
        "reason": reason,
    }


def _meta_row(answer: PooledForecast, item: ModelSeries, *, rule: str | None) -> dict[str, Any]:
    parts = list(answer.band.reduced)
    tails = {str(answer.trial.parameters[name].get("gap_free_tail")) for name in answer.members}
    tails.discard("None")
    if tails:
        parts.append(f"some members saw only the gap-free tail of {', '.join(sorted(tails))} points")
    if rule is None:
        parts.append("too short to be backtested itself: widths come from other series")
    return _head(answer.trial.series_id, item) | {
        "method": f"weighted({','.join(answer.members)});{answer.band.method}",
        "n_scores": answer.band.n_scores,
        "reduced": "; ".join(parts) or None,
        "pseudo_vintage": item.pseudo_vintage or rule == PSEUDO,
        "status": "available",
        "reason": None,
    }


def _head(name: str, item: ModelSeries) -> dict[str, Any]:
    return {
        "series_id": name,
        "freq": item.freq.value,
        "unit": item.unit,
        "region": item.region,
        "last_observed": item.periods[-1].start,
        "sources": list(item.sources),
        "derivation": derivation(item),
    }


def forecast_frame(published: Mapping[str, PooledForecast]) -> pl.DataFrame:
    """The published bands, long."""
    parts = []
    for name, answer in published.items():
        bands = answer.band.quantiles
        days = [answer.trial.last.shift(step).start for step in range(1, len(bands) + 1)]
        parts.append(
            pl.DataFrame(
                {
                    "series_id": [name] * bands.size,
                    "freq": [answer.trial.freq.value] * bands.size,
                    "period": np.repeat(np.array(days, dtype="datetime64[D]"), bands.shape[1]),
                    "level": np.tile(np.asarray(FORECAST_LEVELS, dtype=np.float64), len(bands)),
                    "value": bands.reshape(-1),
                },
                schema=FORECASTS,
            )
        )
    return pl.concat([pl.DataFrame(schema=FORECASTS), *parts]).sort("series_id", "freq", "period", "level")


def history_frame(series: Mapping[str, ModelSeries]) -> pl.DataFrame:
    """The figures every series was trained on, long."""
    parts = [
        pl.DataFrame(
            {
                "series_id": [name] * len(item),
                "freq": [item.freq.value] * len(item),
                "period": [period.start for period in item.periods],
                "value": item.values,
            },
            schema=HISTORY,
        )
        for name, item in series.items()
    ]
    return pl.concat(parts).sort("series_id", "freq", "period")


def drop_frame(trials: Sequence[Trial]) -> pl.DataFrame:
    """Every member that did not answer, with the reason; ``origin`` is null for the published fit."""
    rows = [
        {
            "series_id": item.series_id,
            "member": member,
            "origin": item.last.start if item.origin is not None else None,
            "reason": reason,
        }
        for item in trials
        for member, reason in item.drops.items()
    ]
    return pl.DataFrame(rows, schema=DROPS).sort("series_id", "member", "origin", nulls_last=True)


def write(
    models: Path,
    *,
    version: str,
    manifest: Mapping[str, Any],
    frames: Mapping[str, pl.DataFrame],
    documents: Mapping[str, Any],
) -> Path:
    """Write a version and return its directory, in place of one of that name that does not verify.

    It appears whole or not at all (:func:`data.base.artifacts.new_folder`). Raises
    :class:`data.base.errors.ArtifactCorrupt` when what was written does not read back.
    """
    target = models / version
    # Another training of the same version may be first; what stands may be promoted and is never replaced.
    with new_folder(target, keep=_verifies) as place:
        for name, frame in frames.items():
            frame.write_parquet(place / f"{name}.parquet", compression="zstd", statistics=False)
        for name, content in documents.items():
            _write_json(place / name, content)
        files = {path.name: sha256(path) for path in sorted(place.iterdir())}
        _write_json(place / MANIFEST, {**manifest, "version": version, "files": files})
        Published.load(place)
    return target


def _verifies(folder: Path) -> bool:
    try:
        Published.load(folder)
    except ArtifactCorrupt:
        return False
    return True


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n", encoding="utf-8")
