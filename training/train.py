"""Train: figures as of a day → backtest → ensemble → calibration → a published version, one MLflow run, a promotion."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import polars as pl

from data.errors import ArtifactCorrupt, HeadroomError, NoChampion
from data.scopes import Scope
from data.store import Rule, Store
from features.panel import forecastable, panel
from features.series import ModelSeries
from features.view import View
from training import tracking
from training.assessment import Answer, assess, residual_rows, score_rows
from training.backtest import run
from training.dependence import dependence
from training.ledger import champion, promote
from training.origins import all_origins
from training.publish import RESIDUALS, SCORES, drop_frame, forecast_frame, meta_frame, write
from training.published import REALISATION, Published
from training.realisation_fit import fit as fit_realisation
from training.registry import MEMBERS
from training.summary import summary

TIMEOUT_SECONDS = 1200.0
Progress = Callable[[int, int], None]
LIBRARIES = ("numpy", "polars", "prophet", "statsforecast", "statsmodels")


@dataclass(frozen=True)
class Trained:
    """What a training led to."""

    published: Published
    promoted: bool
    reason: str
    tracking_fault: str | None
    """Why the run could not be tracked, or None; the version is published either way."""


def train(
    store: Store,
    *,
    as_of: date,
    seed: int,
    models: Path,
    tracking_uri: str,
    database_url: str,
    progress: Progress,
    promote_anyway: bool = False,
    workers: int = 2,
) -> Trained:
    """Backtest and fit every series, publish the version, track it, and promote it if nothing stands before it.

    The same figures, code, libraries and seed name the same version; training it again publishes nothing new. A later
    version stays a challenger unless ``promote_anyway``.

    Raises:
        TrainingError: the pool of fits ran out of time. A fault of tracking is not raised but told in the result.
    """
    series = {**forecastable(store, as_of=as_of), **panel(store, as_of=as_of, rule=Rule.STRICT).series}
    drivers = sorted(panel(store, as_of=as_of).series)
    facts = _facts(store, as_of=as_of, seed=seed)
    version = f"m-{as_of:%Y%m%d}-{hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]}"
    found = _existing(models / version)
    # The tracking store takes seconds to create: it is made while the members are fitted.
    with ThreadPoolExecutor(max_workers=1) as background:
        prepared = background.submit(tracking.prepare, tracking_uri)
        if found is None:
            found = _fit(store, series, drivers, as_of, models, version, facts, progress, workers)
        promoted, reason = _promotion(found, database_url=database_url, anyway=promote_anyway, scope=store.scope)
        fault: str | None = None
        try:
            prepared.result()
            # A version that an earlier, interrupted training left untracked is recorded now.
            tracking.record(found, series=series, uri=tracking_uri)
            standing = champion(database_url, scope=store.scope)
            tracking.align(standing, challenger=None if promoted else found.version, uri=tracking_uri)
        except (HeadroomError, OSError) as error:
            fault = str(error)
    return Trained(published=found, promoted=promoted, reason=reason, tracking_fault=fault)


def _fit(
    store: Store,
    series: Mapping[str, ModelSeries],
    drivers: list[str],
    as_of: date,
    models: Path,
    version: str,
    facts: Mapping[str, Any],
    progress: Progress,
    workers: int,
) -> Published:
    chosen = frozenset(drivers)
    origins = all_origins(store, as_of=as_of, series=series, drivers=chosen)
    trials = run(series, origins, drivers=chosen, workers=workers, timeout=TIMEOUT_SECONDS, progress=progress)
    assessment = assess(trials)
    residuals = residual_rows(assessment.answers)
    directory = write(
        models,
        version=version,
        manifest={
            **facts,
            "drivers": drivers,
            "origins": len(trials) - len(series),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        frames={
            "forecasts": forecast_frame(assessment.published),
            "forecast_meta": meta_frame(assessment, series),
            "residuals": pl.DataFrame(residuals, schema=RESIDUALS, orient="row"),
            "scores": pl.DataFrame(score_rows(assessment.answers), schema=SCORES, orient="row"),
            "drops": drop_frame(trials),
        },
        documents={
            "correlation.json": dependence(residuals, drivers=drivers).to_json(),
            "calibration.json": assessment.calibrator.to_json(),
            "ensemble.json": {name: [list(item) for item in ranking] for name, ranking in assessment.rankings.items()},
            REALISATION: fit_realisation(View.of(store, as_of=as_of)).to_json(),
            "parameters.json": {name: _parameters(answer) for name, answer in assessment.published.items()},
        },
    )
    return Published.load(directory)


def _parameters(answer: Answer) -> dict[str, Any]:
    """Members that speak for a series and their fitted parameters, as JSON values."""
    fits = answer.trial.parameters
    return {
        "members": list(answer.members),
        "fits": {
            name: {key: _plain(value) for key, value in fits[name].items()} for name in answer.members if name in fits
        },
    }


def _plain(value: object) -> object:
    """A parameter as JSON: numpy values unwrapped, what is not finite as text."""
    unwrap = getattr(value, "tolist", None)
    plain = value if unwrap is None else unwrap()
    return plain if not isinstance(plain, float) or math.isfinite(plain) else str(plain)


def _facts(store: Store, *, as_of: date, seed: int) -> dict[str, Any]:
    return {
        "data_as_of": as_of.isoformat(),
        "data_sha256": store.sha256(as_of),
        "scope": store.scope.value,
        "code": {"version": metadata.version("headroom"), "sha256": code_sha256()},
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "members": sorted(MEMBERS),
        "seed": seed,
    }


def code_sha256() -> str:
    """Hash of the code that turns figures into a version."""
    digest = hashlib.sha256()
    for room in ("data", "features", "training", "training.members"):
        for entry in sorted(resources.files(room).iterdir(), key=lambda item: item.name):
            if entry.is_file() and entry.name.endswith(".py"):
                digest.update(entry.name.encode())
                digest.update(entry.read_bytes())
    return digest.hexdigest()


def _existing(directory: Path) -> Published | None:
    try:
        return Published.load(directory)
    except ArtifactCorrupt:
        return None


def _promotion(found: Published, *, database_url: str, anyway: bool, scope: Scope) -> tuple[bool, str]:
    """Append to the ledger if this version is to be champion; says why or why not."""
    try:
        standing = champion(database_url, scope=scope)
    except NoChampion:
        standing = None
    if standing == found.version:
        return True, f"{found.version} is the champion already"
    directory = found.directory.parent
    if standing is None:
        reason = "first version: nothing stands before it"
    elif anyway:
        reason = f"promoted by hand over {standing}"
    elif _existing(directory / standing) is None:
        reason = f"the champion {standing} is missing or does not verify"
    else:
        return False, f"challenger: {standing} stays champion"
    evidence = summary(found.scores)
    promote(database_url, version=found.version, actor="train", evidence=evidence, reason=reason, scope=scope)
    return True, reason
