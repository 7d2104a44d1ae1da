"""Train: figures as of a day → backtest → ensemble → calibration → a published version, one MLflow run, a promotion."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import polars as pl

from data.base.code_hash import packages_sha256
from data.base.errors import HeadroomError, InvalidParameter, NotFound
from data.base.release import lock_sha256, release
from data.periods.timestamps import rfc3339
from data.store.store import Rule
from features.electricity import MONTHLY, SALES
from features.flows import flow_of
from features.grids.definitions import METERED
from features.panel import forecastable, panel, totals
from features.series import ModelSeries
from features.view import View
from training.artifact.publish import RESIDUALS, SCORES, drop_frame, forecast_frame, history_frame, meta_frame, write
from training.artifact.published import OPEN_MODELS, REALISATION, Published
from training.artifact.trials import trial_frame
from training.backtest.backtest import run
from training.backtest.engines import runner
from training.backtest.member_forecasts import MemberForecasts, remembering
from training.backtest.origins import all_origins
from training.champion import ledger
from training.champion.gate import GateDecision, Limits
from training.champion.promotion import ModelStore, by_gate, verified
from training.ensemble.accumulation import as_they_stand, assess_with_totals
from training.ensemble.assessment import PooledForecast, residual_rows, score_rows
from training.ensemble.dependence import dependence
from training.members.registry import MEMBERS, RANKED, plug_in_facts
from training.open_models.fit import fit as fit_open_models
from training.options import Options
from training.plans.generation_fit import with_generation
from training.plans.realisation_fit import fit as fit_realisation
from training.tracking.outbox import Outbox
from training.tracking.record import Circumstances, compose
from training.tracking.registration import send
from training.tracking.tracking import Tracking, align, is_registered, prepare, quiet

Progress = Callable[[int, int], None]
HEAVY = ("matplotlib.figure", "matplotlib.backends.backend_agg", "training.tracking.model")
"""What writing and sending the record needs."""
SUMMED = (MONTHLY, *SALES, *METERED)
"""Series the projection sums along their path, so that how their errors last must be told; no drivers of training."""
CODE = ("data", "features", "training")
"""Packages whose code and tables turn figures into a version."""
LIBRARIES = ("numpy", "polars", "prophet", "statsforecast", "statsmodels")


@dataclass(frozen=True)
class Wanted:
    """What is trained: everything by default. A choice makes an experiment, which is never promoted by itself.

    Attributes:
        series: ids; empty takes all.
        members: names an ensemble may listen to, for every series; empty takes each series' own.
    """

    series: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was chosen."""
        return not self.series and not self.members


@dataclass(frozen=True)
class Trained:
    """What a training led to."""

    published: Published
    promoted: bool
    reason: str
    verdict: GateDecision | None
    tracking_fault: str | None
    """Why the run could not be tracked, or None; the version is published and its record waits in the spool."""
    seconds: Mapping[str, float]
    """Spent on fitting (``fit``), judging (``gate``), and writing and sending the record (``record``, ``send``)."""


def train(
    view: View,
    *,
    seed: int,
    model_store: ModelStore,
    tracking: Tracking,
    progress: Progress,
    now: Callable[[], datetime],
    choice: Wanted | None = None,
    options: Options | None = None,
    promote: bool = True,
    stored_forecasts: MemberForecasts | None = None,
) -> Trained:
    """Backtest and fit every series, publish the version, let the gate decide, and track it.

    The same figures, code, libraries, choice and seed name the same version; training it again publishes nothing new.
    Every step leaves the house as it was or as it is to be, so a training that was killed is simply run again.

    Args:
        view: the figures as known on a day, by publication.
        seed: of every named stream.
        model_store: where versions and decisions go.
        tracking: where the run goes.
        progress: called with (fits done, fits in all).
        now: the moment it is, UTC.
        choice: a choice of series and members.
        options: how it runs and what the gate asks for.
        promote: False keeps the champion whatever the gate finds.
        stored_forecasts: fits that an interrupted training left, to go on from.

    Raises:
        NotFound: a chosen series or member is not known.
        InvalidParameter: no series had enough figures on that day.
        TrainingError: the pool of fits ran out of time. A fault of tracking is not raised but told in the result.
    """
    chosen, how = choice or Wanted(), options or Options()
    started, clock = now(), Clock()
    series, added, drivers = _series(view, choice=chosen)
    facts = _facts(view, seed=seed, choice=chosen)
    version = f"m-{view.as_of:%Y%m%d}-{hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]}"
    published = verified(model_store.models / version)
    spool = Outbox(tracking.spool)
    # The tracking store takes seconds to create: it is made while the members are fitted.
    quiet()
    with ThreadPoolExecutor(max_workers=1) as background:
        prepared = background.submit(_prepared, tracking, version)
        if published is None:
            published = fit_version(
                view,
                series,
                added,
                drivers,
                model_store.models,
                version,
                facts,
                progress,
                chosen,
                how,
                stored_forecasts,
            )
        clock.lap("fit")
        before = ledger.champion_status(model_store.database_url, scope=model_store.scope)
        decided = by_gate(
            published,
            model_store=model_store,
            today=started.date(),
            limits=how.gate,
            held_back=_held_back(chosen, how, as_of=view.as_of, newest=view.newest, promote=promote),
        )
        clock.lap("gate")
        fault = None
        try:
            registered = prepared.result()
        except (HeadroomError, OSError) as error:
            registered, fault = False, str(error)
    if not registered:
        standing = None if before is None else verified(model_store.models / before.promotion.model_version)
        circumstances = Circumstances(
            started, now(), tracking.run_id, f"{how.engine}, {how.workers} workers", decided.reason, tracking.person
        )
        spool.put(
            version,
            partial(
                compose,
                published=published,
                series={**series, **added},
                champion=None if standing is None or standing.version == version else standing,
                verdict=decided.verdict,
                circumstances=circumstances,
            ),
        )
    clock.lap("record")
    if fault is None:
        try:
            send(tracking, models=model_store.models)
            align(ledger.champion_status(model_store.database_url, scope=model_store.scope), place=tracking)
        except (HeadroomError, OSError) as error:
            fault = str(error)
    clock.lap("send")
    return Trained(published, decided.promoted, decided.reason, decided.verdict, fault, clock.laps)


class Clock:
    """Seconds between one lap and the next."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """End the lap of that name."""
        now = time.monotonic()
        self.laps[name] = now - self._last
        self._last = now


def _prepared(place: Tracking, version: str) -> bool:
    """Create what is missing of the tracking store; whether it has the version already."""
    # Seconds of imports, while this process only waits for its workers.
    for name in HEAVY:
        import_module(name)
    prepare(place)
    return is_registered(version, place=place)


def _held_back(choice: Wanted, how: Options, *, as_of: date, newest: date, promote: bool) -> str | None:
    """Why a training is an experiment, which only a person promotes; None where the gate decides."""
    if not choice.whole:
        return "an experiment on chosen series or members is not promoted by itself"
    if how.gate != Limits():
        return "an experiment under other limits than the gate's own is not promoted by itself"
    if as_of < newest:
        return f"a version of a past day is not promoted by itself: figures of {newest} are known, it saw {as_of}"
    return None if promote else "it was to be trained without promotion"


def _series(view: View, *, choice: Wanted) -> tuple[dict[str, ModelSeries], dict[str, ModelSeries], list[str]]:
    """What is fitted, what is added up from it, and which are drivers; raises as :func:`train` for a choice or a day.

    The flow of a chosen total is fitted too.
    """
    drivers = panel(view).series
    series, added = {**forecastable(view), **drivers}, totals(view)
    if not series:
        raise InvalidParameter(
            "as_of", f"no series had enough figures to be forecast on {view.as_of}", allowed=["a later day"]
        )
    for name in choice.members:
        if name not in RANKED:
            raise NotFound("member", name, allowed=sorted(RANKED))
    all_series = series | added
    for name in choice.series:
        if name not in all_series:
            close = get_close_matches(name, all_series, n=5)
            raise NotFound(
                "series with enough figures", name, allowed=close, hint="" if close else "headroom data list"
            )
    names = set(choice.series or all_series)
    names |= {flow_of(name) for name in names & added.keys()}
    fitted = {name: item for name, item in series.items() if name in names}
    return fitted, {name: item for name, item in added.items() if name in names}, sorted(names & drivers.keys())


def fit_version(
    view: View,
    series: Mapping[str, ModelSeries],
    added: Mapping[str, ModelSeries],
    drivers: list[str],
    models: Path,
    version: str,
    facts: Mapping[str, Any],
    progress: Progress,
    choice: Wanted,
    options: Options,
    stored_forecasts: MemberForecasts | None = None,
) -> Published:
    """Backtest, pool, calibrate, add up and publish a version under ``models``: training between figures and gate."""
    chosen = frozenset(drivers)
    engine = runner(options.engine, address=options.address)
    fitted = {**series, **as_they_stand(added)}
    origins = all_origins(view, series=fitted, drivers=chosen)
    trials = run(
        fitted,
        origins,
        drivers=chosen,
        workers=options.workers,
        timeout=options.timeout_seconds,
        progress=progress,
        members=choice.members or None,
        runner=engine if stored_forecasts is None else remembering(engine, stored_forecasts),
    )
    assessment = assess_with_totals(view, trials, flows=series, totals=added)
    published_series = {**series, **added}
    residuals = residual_rows(assessment.answers)
    strict = view.at(view.as_of, rule=Rule.STRICT)
    directory = write(
        models,
        version=version,
        manifest={
            **facts,
            "drivers": drivers,
            "origins": len(trials) - len(fitted),
            "created": rfc3339(datetime.now(UTC)),
            "lock_sha256": lock_sha256(),
        },
        frames={
            "forecasts": forecast_frame(assessment.published),
            "forecast_meta": meta_frame(assessment, published_series),
            "residuals": pl.DataFrame(residuals, schema=RESIDUALS, orient="row"),
            "scores": pl.DataFrame(score_rows(assessment.answers), schema=SCORES, orient="row"),
            "drops": drop_frame(trials),
            "trials": trial_frame(assessment.answers),
            "history": history_frame(published_series),
        },
        documents={
            "correlation.json": dependence(residuals, drivers=sorted({*drivers, *SUMMED} & series.keys())).to_json(),
            "calibration.json": assessment.calibrator.to_json(),
            "recent_errors.json": assessment.persistence.to_json(),
            "ensemble.json": {name: [list(item) for item in ranking] for name, ranking in assessment.rankings.items()},
            REALISATION: with_generation(fit_realisation(strict), strict).to_json(),
            OPEN_MODELS: fit_open_models(strict, seed=int(facts["seed"])).to_json(),
            "parameters.json": {name: _parameters(answer) for name, answer in assessment.published.items()},
        },
    )
    return Published.load(directory)


def _parameters(answer: PooledForecast) -> dict[str, Any]:
    """Members that speak for a series, their fitted parameters and what recent errors did, as JSON values."""
    fits = answer.trial.parameters
    return {
        "members": list(answer.members),
        "recent_error": {
            "standardised": answer.correction.recent,
            "factor": answer.correction.factor,
            "shift": answer.correction.shift.tolist(),
        },
        "fits": {
            name: {key: _plain(value) for key, value in fits[name].items()} for name in answer.members if name in fits
        },
    }


def _plain(value: object) -> object:
    """A parameter as JSON: numpy values unwrapped, what is not finite as text."""
    unwrap = getattr(value, "tolist", None)
    plain = value if unwrap is None else unwrap()
    return plain if not isinstance(plain, float) or math.isfinite(plain) else str(plain)


def _facts(view: View, *, seed: int, choice: Wanted) -> dict[str, Any]:
    series_choice: dict[str, Any] = {"chosen_series": sorted(choice.series)} if choice.series else {}
    return (
        series_choice
        | plug_in_facts()
        | view.substitutions.of_drivers().facts()
        | {
            "data_as_of": view.as_of.isoformat(),
            "data_sha256": view.sha256(),
            "scope": view.scope.value,
            "code": {"version": release(), "sha256": packages_sha256(*CODE)},
            "libraries": {name: metadata.version(name) for name in LIBRARIES},
            "members": sorted(choice.members or MEMBERS),
            "seed": seed,
        }
    )
