"""Tracking: one MLflow run per training, and the registered model analysts load.

Everything goes through a client with an explicit address: the file store is refused by current versions, and a fluent
global state would leak between trainings. A database is created once, under a lock: two processes that create it at the
same moment break each other's migration. Nothing is pickled: the model is code plus the published files.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from data.errors import ArtifactCorrupt, NotFound, StoreLocked, TrainingError
from data.ledger import Reign
from training.published import MANIFEST, Published
from training.record import PLOTS, TABLES
from training.spool import Spool

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "headroom"
MODEL = "headroom-ensemble"
CHAMPION = "champion"
CHALLENGER = "challenger"
VERSION_TAG = "headroom.version"
SQLITE = "sqlite:///"
KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Else MLflow's pages open on tools for language models."""
REQUIREMENTS = ("mlflow", "numpy", "pandas", "polars")
"""What the registered model needs besides the code it carries."""
CODE = ("data", "features", "training")
"""Packages whose code a registered model carries: it needs no Headroom installed where it is loaded."""
ASIDE = ".creating-"
LOCK_SECONDS = 120.0
BATCH = 900
"""The store takes at most a thousand metrics at once."""
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # A server that is gone is found out in seconds: the record waits in the spool, not the training.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


@dataclass(frozen=True)
class Tracking:
    """Where a training is recorded.

    Attributes:
        uri: of MLflow's database or server.
        spool: folder of records it has not taken yet.
        run_id: the run MLflow Projects opened for this training; None opens one.
        person: who trains, as MLflow shows it.
    """

    uri: str
    spool: Path
    run_id: str | None = None
    person: str | None = None


def quiet() -> None:
    """Tell MLflow, before it is imported, to send no telemetry and to give up soon; what the caller set stays."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


@contextmanager
def _client(uri: str) -> Iterator["MlflowClient"]:
    """A client of the tracking store; faults of MLflow and of its database become :class:`TrainingError`."""
    quiet()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield MlflowClient(tracking_uri=uri, registry_uri=uri)
    except MlflowException as error:
        raise TrainingError(f"tracking at {_shown(uri)}: {error.message}", remedy=_REMEDY) from error
    except SQLAlchemyError as error:
        raise TrainingError(f"tracking at {_shown(uri)}: {type(error).__name__}", remedy=_REMEDY) from error


_REMEDY = "the version is published all the same; headroom models sync sends what waits"


def _shown(uri: str) -> str:
    """The address without a password."""
    scheme, found, rest = uri.partition("://")
    return f"{scheme}{found}{rest.rpartition('@')[2]}"


def prepare(uri: str) -> None:
    """Create the tracking store and the experiment if they are absent; safe from several processes.

    Raises:
        StoreLocked: another process kept the creation lock.
        TrainingError: the address is a folder, MLflow refuses it, or nothing answers there.
    """
    if "://" not in uri:
        raise TrainingError(f"tracking at {uri}: a folder is refused", remedy="give a database URI, sqlite:///...")
    root = _folder(uri)
    lock = Path(tempfile.gettempdir()) / "headroom-tracking.lock" if root is None else root / ".tracking.lock"
    if root is not None:
        root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=LOCK_SECONDS):
            # Before there is a client: one that meets no database makes it.
            if (file := _file(uri)) is not None and not file.exists():
                _create(file)
            with _client(uri) as client:
                if client.get_experiment_by_name(EXPERIMENT) is None:
                    place = None if root is None else (root / "artifacts").resolve().as_uri()
                    client.create_experiment(EXPERIMENT, artifact_location=place, tags=KIND)
    except Timeout:
        raise StoreLocked(str(lock), LOCK_SECONDS) from None


def _create(file: Path) -> None:
    """A new SQLite store, made aside and moved into place: MLflow cannot go on where its own creation was killed."""
    for left in file.parent.glob(f"{ASIDE}*"):
        left.unlink()
    aside = file.with_name(f"{ASIDE}{file.name}")
    with _client(f"{SQLITE}{aside}") as client:
        client.get_experiment_by_name(EXPERIMENT)
    aside.rename(file)


def _file(uri: str) -> Path | None:
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def _folder(uri: str) -> Path | None:
    file = _file(uri)
    return None if file is None else file.parent


def known(version: str, *, uri: str) -> bool:
    """Whether a version is registered; raises :class:`TrainingError` when the store cannot be asked."""
    with _client(uri) as client:
        return _registered(client, version) is not None


def send(spool: Spool, *, models: Path, uri: str) -> tuple[str, ...]:
    """Send every record that waits, oldest first, and forget each once its version is registered.

    A record whose sending was cut short is taken up again in the run it had opened; one whose published files are gone
    or changed is left where it is. Returns the versions sent. Raises :class:`TrainingError` or :class:`OSError` when
    the store cannot be reached; what was not sent goes on waiting.
    """
    sent = []
    with spool.sending() as ours, _client(uri) as client:
        for version in spool.waiting() if ours else ():
            content = spool.read(version)
            if _registered(client, version) is not None:
                # Registered, and killed before its run was closed.
                _finish(client, version, ended=content["ended"])
            else:
                try:
                    published = Published.load(models / version)
                except ArtifactCorrupt:
                    continue
                _send(client, content, spool.folder / version, published)
            spool.drop(version)
            sent.append(version)
    return tuple(sent)


def _send(client: "MlflowClient", content: Mapping[str, Any], folder: Path, published: Published) -> None:
    run_id = _open(client, content)
    try:
        _log(client, content, folder, run_id)
        _register(client, published, run_id=run_id, description=content["description"])
    except BaseException:
        _close(client, run_id, status="FAILED", ended=content["ended"])
        raise
    _close(client, run_id, status="FINISHED", ended=content["ended"])


def _finish(client: "MlflowClient", version: str, *, ended: int) -> None:
    for item in client.search_model_versions(f"name='{MODEL}' and tags.version='{version}'"):
        if item.run_id and client.get_run(item.run_id).info.status == "RUNNING":
            _close(client, item.run_id, status="FINISHED", ended=ended)


def _close(client: "MlflowClient", run_id: str, *, status: str, ended: int) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.set_terminated(run_id, status=status, end_time=ended)
    except (MlflowException, OSError):
        if status == "FINISHED":
            raise
        # The fault that brought us here is the one to tell.


def _open(client: "MlflowClient", content: Mapping[str, Any]) -> str:
    """The run of a record: the one MLflow Projects opened, the one an earlier attempt opened, or a new one."""
    from mlflow.exceptions import MlflowException

    if content["run_id"] is not None:
        try:
            return str(client.get_run(content["run_id"]).info.run_id)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            # Opened in another store than the one it is sent to: a run of its own, then.
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        raise TrainingError("tracking: no experiment", remedy="run: headroom models sync")
    version = content["version"]
    before = client.search_runs([experiment.experiment_id], f"tags.`{VERSION_TAG}` = '{version}'", max_results=1)
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


def _registered(client: "MlflowClient", version: str) -> str | None:
    """MLflow's own number of a published version, None where it is not registered."""
    found = client.search_model_versions(f"name='{MODEL}' and tags.version='{version}'")
    return str(found[0].version) if found else None


def _register(client: "MlflowClient", published: Published, *, run_id: str, description: str) -> None:
    """Save the models-from-code wrapper beside the published files and register it as a version."""
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException

    from training.model import example, signature

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
        client.create_registered_model(MODEL, description="Quantile forecasts of public data-center series.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    place = client.get_run(run_id).info.artifact_uri
    client.create_model_version(
        MODEL,
        source=f"{place}/model",
        run_id=run_id,
        tags={"version": published.version},
        description=f"{published.version}: {description}"[:5000],
    )


def _code(target: Path) -> list[str]:
    """Copies of the packages' modules, without tables, for MLflow to carry with the model."""
    root = Path(__file__).resolve().parent.parent
    for package in CODE:
        for module in (root / package).rglob("*.py"):
            place = target / module.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(module, place)
    return [str(target / package) for package in CODE]


def align(reign: Reign | None, *, uri: str) -> tuple[str, ...]:
    """Point the aliases where the promotion ledger says; returns what had to be repaired, in words.

    A challenger this store never had gets no alias. Raises :class:`TrainingError` when the store cannot be reached or
    the champion is not registered there.
    """
    if reign is None:
        return ()
    if (file := _file(uri)) is not None and not file.exists():
        raise TrainingError(f"tracking at {_shown(uri)}: there is no such database yet", remedy=_REMEDY)
    repaired = []
    with _client(uri) as client:
        wanted = {CHAMPION: reign.promotion.model_version, CHALLENGER: reign.challenger}
        found = _aliases(client)
        for alias, version in wanted.items():
            number = None if version is None else _registered(client, version)
            if alias == CHAMPION and number is None:
                raise TrainingError(f"{version} is not registered at {_shown(uri)}", remedy=_REMEDY)
            if number == found.get(alias):
                continue
            if number is None:
                client.delete_registered_model_alias(MODEL, alias)
            else:
                client.set_registered_model_alias(MODEL, alias, number)
            repaired.append(f"{alias} -> {version if number else 'nothing'}")
    return tuple(repaired)


def _aliases(client: "MlflowClient") -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        return {alias: str(number) for alias, number in client.get_registered_model(MODEL).aliases.items()}
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return {}


def fetch(version: str, target: Path, *, uri: str) -> None:
    """Copy the published files of a registered version into a new folder; their hashes are the caller's to check.

    Raises :class:`NotFound` when it is not registered, :class:`TrainingError` when the store cannot be reached.
    """
    with _client(uri) as client, tempfile.TemporaryDirectory(prefix="headroom-fetch-") as folder:
        from mlflow.artifacts import download_artifacts

        found = client.search_model_versions(f"name='{MODEL}' and tags.version='{version}'")
        if not found:
            raise NotFound("registered version", version, hint="the tracking store never had it")
        place = download_artifacts(f"{found[0].source}/artifacts", dst_path=folder, tracking_uri=uri)
        manifests = sorted(Path(place).rglob(MANIFEST))
        if not manifests:
            raise NotFound("published files of version", version, hint="the registered model lost them")
        shutil.copytree(manifests[0].parent, target)
