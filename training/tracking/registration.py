"""Sending records of trainings to MLflow: a run with its tables and figures, and the registered version.

The registered model is code plus the published files: nothing is pickled, and its requirements name no Headroom, which
it carries itself.
"""

import shutil
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.base.errors import ArtifactCorrupt, TrainingError
from training.artifact.published import Published
from training.tracking.outbox import Outbox
from training.tracking.record import PLOTS, TABLES
from training.tracking.tracking import Tracking, connected, registered

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

VERSION_TAG = "headroom.version"
REQUIREMENTS = ("mlflow", "numpy", "pandas", "polars")
"""What the registered model needs besides the code it carries."""
PACKAGES = ("data", "features", "training")
"""Packages whose code a registered model carries: it needs no Headroom installed where it is loaded."""
BATCH = 900
"""The store takes at most a thousand metrics at once."""


def send(place: Tracking, *, models: Path) -> tuple[str, ...]:
    """Send every record that waits, oldest first, and forget each once its version is registered.

    A record whose sending was cut short is taken up again in the run it had opened; one whose published files are gone
    or changed is left where it is. Returns the versions sent. Raises :class:`TrainingError` or :class:`OSError` when
    the store cannot be reached; what was not sent goes on waiting.
    """
    spool, sent = Outbox(place.spool), []
    with spool.sending() as ours, connected(place) as client:
        for version in spool.waiting() if ours else ():
            content = spool.read(version)
            item = registered(client, version, place=place)
            if item is not None and not (content.get("anew") and item.creation_timestamp < content["started"]):
                # Registered, and killed before its run was closed.
                _finish(client, item, ended=content["ended"])
            else:
                try:
                    published = Published.load(models / version)
                except ArtifactCorrupt:
                    continue
                _send(client, place, content, spool.folder / version, published)
            spool.drop(version)
            sent.append(version)
    return tuple(sent)


def _send(
    client: "MlflowClient", place: Tracking, content: Mapping[str, Any], folder: Path, published: Published
) -> None:
    run_id = _open(client, place, content)
    try:
        _log(client, content, folder, run_id)
        _register(client, place, published, run_id=run_id, description=content["description"])
    except BaseException:
        _close(client, run_id, status="FAILED", ended=content["ended"])
        raise
    _close(client, run_id, status="FINISHED", ended=content["ended"])


def _finish(client: "MlflowClient", item: "ModelVersion", *, ended: int) -> None:
    if item.run_id and client.get_run(item.run_id).info.status == "RUNNING":
        _close(client, item.run_id, status="FINISHED", ended=ended)


def _close(client: "MlflowClient", run_id: str, *, status: str, ended: int) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.set_terminated(run_id, status=status, end_time=ended)
    except (MlflowException, OSError):
        if status == "FINISHED":
            raise
        # The fault that brought us here is the one to raise.


def _open(client: "MlflowClient", place: Tracking, content: Mapping[str, Any]) -> str:
    """The run of a record: the one MLflow Projects opened, the one an earlier attempt opened, or a new one."""
    from mlflow.exceptions import MlflowException

    if content["run_id"] is not None:
        try:
            return str(client.get_run(content["run_id"]).info.run_id)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            # Opened in another store than the one it is sent to: a run of its own, then.
    experiment = client.get_experiment_by_name(place.experiment)
    if experiment is None:
        raise TrainingError(
            f"tracking at {place}: no experiment {place.experiment}", remedy="run: headroom models sync"
        )
    version = content["version"]
    same = f"tags.`{VERSION_TAG}` = '{version}' and attributes.start_time = {content['started']}"
    before = client.search_runs([experiment.experiment_id], same, max_results=1)
    if before:
        return str(before[0].info.run_id)
    tags = {VERSION_TAG: version}
    run = client.create_run(experiment.experiment_id, run_name=version, start_time=content["started"], tags=tags)
    return str(run.info.run_id)


def _log(client: "MlflowClient", content: Mapping[str, Any], folder: Path, run_id: str) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

    metrics = [Metric(name, value, content["ended"], step) for name, value, step in content["metrics"]]
    client.log_batch(
        run_id,
        params=[Param(name, value[:6000]) for name, value in content["parameters"].items()],
        tags=[RunTag(name, value[:5000]) for name, value in content["tags"].items()],
    )
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + BATCH])
    vintage = DatasetInput(Dataset(**content["dataset"]), [InputTag("mlflow.data.context", "training")])
    client.log_inputs(run_id, datasets=[vintage])
    client.log_artifacts(run_id, str(folder / TABLES), artifact_path=TABLES)
    client.log_artifacts(run_id, str(folder / PLOTS), artifact_path=PLOTS)


def _register(client: "MlflowClient", place: Tracking, published: Published, *, run_id: str, description: str) -> None:
    """Save the models-from-code wrapper beside the published files and register it as a version."""
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException

    from training.tracking.model import example, signature

    with tempfile.TemporaryDirectory(prefix="headroom-model-") as folder:
        target = Path(folder) / "model"
        mlflow.pyfunc.save_model(
            path=str(target),
            python_model=str(Path(__file__).with_name("model.py")),
            artifacts={"published": str(published.directory)},
            signature=signature(),
            input_example=example(published),
            code_paths=_code(Path(folder) / "code"),
            pip_requirements=[f"{name}=={metadata.version(name)}" for name in REQUIREMENTS],
        )
        client.log_artifacts(run_id, str(target), artifact_path="model")
    try:
        client.create_registered_model(
            place.model, description=f"Quantile forecasts of data-center series, trained on {place.scope} figures."
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    artifacts = client.get_run(run_id).info.artifact_uri
    client.create_model_version(
        place.model,
        source=f"{artifacts}/model",
        run_id=run_id,
        tags={"version": published.version},
        description=f"{published.version}: {description}"[:5000],
    )


def _code(target: Path) -> list[str]:
    """Copies of the packages' modules, without tables, for MLflow to carry with the model."""
    root = Path(__file__).resolve().parents[2]
    for package in PACKAGES:
        for module in (root / package).rglob("*.py"):
            place = target / module.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(module, place)
    return [str(target / package) for package in PACKAGES]
