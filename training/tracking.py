"""Tracking: one MLflow run per training, and the registered model analysts load.

Everything goes through a client with an explicit database URI: the file store is refused by current versions, and a
fluent global state would leak between trainings. The store is created once, under a lock: two processes that create
it at the same moment break each other's migration. Nothing is pickled: the model is code plus the published files.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from filelock import FileLock, Timeout

from data.errors import StoreLocked, TrainingError
from features.series import ModelSeries
from training.published import Published
from training.summary import leaderboard, summary

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "headroom"
MODEL = "headroom-ensemble"
CHAMPION = "champion"
CHALLENGER = "challenger"
SQLITE = "sqlite:///"
LOCK_SECONDS = 120.0
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
}


@contextmanager
def _client(uri: str) -> Iterator["MlflowClient"]:
    """A client of the tracking store; MLflow's own faults become :class:`TrainingError`."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        yield MlflowClient(tracking_uri=uri, registry_uri=uri)
    except MlflowException as error:
        raise TrainingError(
            f"tracking at {uri}: {error.message}", remedy="the version is published all the same"
        ) from error


def prepare(uri: str) -> None:
    """Create the tracking store and the experiment if they are absent; safe from several processes.

    Raises:
        StoreLocked: another process kept the creation lock.
        TrainingError: the address is a folder, or MLflow refuses it.
    """
    if "://" not in uri:
        raise TrainingError(f"tracking at {uri}: a folder is refused", remedy="give a database URI, sqlite:///...")
    root = _folder(uri)
    lock = Path(tempfile.gettempdir()) / "headroom-tracking.lock" if root is None else root / ".tracking.lock"
    if root is not None:
        root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=LOCK_SECONDS), _client(uri) as client:
            if client.get_experiment_by_name(EXPERIMENT) is None:
                place = None if root is None else (root / "artifacts").resolve().as_uri()
                client.create_experiment(EXPERIMENT, artifact_location=place)
    except Timeout:
        raise StoreLocked(str(lock), LOCK_SECONDS) from None


def _folder(uri: str) -> Path | None:
    return Path(uri.removeprefix(SQLITE)).parent if uri.startswith(SQLITE) else None


def record(published: Published, *, series: Mapping[str, ModelSeries], uri: str) -> None:
    """Log one training as one run and register its version; a version that is registered is left as it is.

    Parameters, batched metrics, tables, plots and the published directory itself are artifacts of the run. A run that
    could not be finished is marked failed. Raises :class:`TrainingError`.
    """
    with _client(uri) as client:
        if _registered(client, published.version) is not None:
            return
        experiment = client.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            raise TrainingError(f"tracking at {uri}: no experiment", remedy="run: headroom train again")
        run = client.create_run(experiment.experiment_id, run_name=published.version)
        try:
            _log(client, published, series=series, run_id=run.info.run_id, stamp=run.info.start_time)
        except BaseException:
            client.set_terminated(run.info.run_id, status="FAILED")
            raise
        client.set_terminated(run.info.run_id)


def _log(
    client: "MlflowClient", published: Published, *, series: Mapping[str, ModelSeries], run_id: str, stamp: int
) -> None:
    """Everything one run holds, the registered version last."""
    from mlflow.entities import Metric, Param, RunTag

    from training.plots import draw

    with tempfile.TemporaryDirectory(prefix="headroom-run-") as folder:
        manifest = published.manifest
        parameters = {
            "version": published.version,
            "data_as_of": manifest["data_as_of"],
            "data_sha256": manifest["data_sha256"],
            "code_sha256": manifest["code"]["sha256"],
            "seed": manifest["seed"],
            "members": ",".join(manifest["members"]),
            "series": len(series),
            "drivers": len(manifest["drivers"]),
            "origins": manifest["origins"],
            **{f"library_{name}": number for name, number in manifest["libraries"].items()},
        }
        metrics = [
            Metric(f"{name}/{cell.replace(',', '/')}", value, stamp, 0)
            for cell, values in summary(published.scores).items()
            for name, value in values.items()
        ]
        metrics += _by_step(published, stamp)
        for start in range(0, len(metrics), 900):
            # The store takes at most a thousand metrics in one batch.
            client.log_batch(run_id, metrics=metrics[start : start + 900])
        client.log_batch(
            run_id,
            params=[Param(name, str(value)[:6000]) for name, value in parameters.items()],
            tags=[RunTag("headroom.version", published.version)],
        )
        tables = Path(folder) / "tables"
        tables.mkdir()
        leaderboard(published.scores).write_csv(tables / "leaderboard.csv")
        published.scores.write_csv(tables / "scores.csv")
        published.drops.write_csv(tables / "drops.csv")
        client.log_artifacts(run_id, str(tables), artifact_path="tables")
        client.log_artifacts(run_id, str(draw(published, series, Path(folder) / "plots")), artifact_path="plots")
        _register(client, published, run_id=run_id, folder=Path(folder))


def _by_step(published: Published, stamp: int) -> list["object"]:
    """Mean absolute log error of every driver by step ahead, the step as the metric's step."""
    from mlflow.entities import Metric

    table = (
        published.residuals.filter(
            pl.col("series_id").is_in(list(published.drivers)) & pl.col("log_error").is_not_null()
        )
        .group_by("series_id", "step")
        .agg(pl.col("log_error").abs().mean())
        .sort("series_id", "step")
    )
    return [Metric(f"abs_log_error/{name}", value, stamp, step) for name, step, value in table.iter_rows()]


def _registered(client: "MlflowClient", version: str) -> str | None:
    """MLflow's own number of a published version, None where it is not registered."""
    found = client.search_model_versions(f"name='{MODEL}' and tags.version='{version}'")
    return str(found[0].version) if found else None


def _register(client: "MlflowClient", published: Published, *, run_id: str, folder: Path) -> None:
    """Save the models-from-code wrapper beside the published files and register it as a version."""
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException

    from training.model import EXAMPLE, signature

    target = folder / "model"
    mlflow.pyfunc.save_model(
        path=str(target),
        python_model=str(Path(__file__).with_name("model.py")),
        artifacts={"published": str(published.directory)},
        signature=signature(),
        input_example=EXAMPLE,
        pip_requirements=["headroom"],
    )
    client.log_artifacts(run_id, str(target), artifact_path="model")
    try:
        client.create_registered_model(MODEL, description="Quantile forecasts of public data-center series.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    place = client.get_run(run_id).info.artifact_uri
    client.create_model_version(MODEL, source=f"{place}/model", run_id=run_id, tags={"version": published.version})


def align(champion: str, *, challenger: str | None, uri: str) -> None:
    """Point the aliases where the promotion ledger says; raises :class:`TrainingError` when it cannot be done."""
    with _client(uri) as client:
        for alias, version in ((CHAMPION, champion), (CHALLENGER, challenger)):
            if version is None:
                continue
            number = _registered(client, version)
            if number is None:
                raise TrainingError(f"{version} is not registered at {uri}", remedy="the ledger stays the authority")
            client.set_registered_model_alias(MODEL, alias, number)
