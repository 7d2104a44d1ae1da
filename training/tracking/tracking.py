"""Tracking: one MLflow run per training, and the registered model analysts load.

Everything goes through a client with an explicit address: the file store is refused by current versions, and a fluent
global state would leak between trainings. A database is created once, under a lock: two processes that create it at the
same moment break each other's migration. Private trainings have an experiment and a registered model of their own, and
never an address that was named for public ones.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from data.base.artifacts import HIDDEN, new_file
from data.base.errors import ArtifactCorrupt, DataError, InvalidParameter, NotFound, StoreLocked, TrainingError
from data.base.scopes import Scope
from data.store.database import open_database
from data.store.ledger import ChampionStatus
from training.artifact.published import MANIFEST, Published
from training.tracking.relocation import relocate

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

EXPERIMENT = "headroom"
MODEL = "headroom-ensemble"
CHAMPION = "champion"
CHALLENGER = "challenger"
CODE = "code"
"""Folder in which MLflow keeps the code that a model carries."""
SQLITE = "sqlite:///"
DATABASES = frozenset({"postgres", "postgresql", "mysql", "mssql"})
"""Schemes of database servers that MLflow stores in."""
KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Else MLflow's pages open on tools for language models."""
LOCK_SECONDS = 120.0
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
_REMEDY = "check the tracking setting and that the store answers; nothing is lost: what was not sent waits in the spool"


@dataclass(frozen=True)
class Tracking:
    """Where trainings of a scope are recorded.

    Attributes:
        uri: of MLflow's database or server.
        spool: folder of records it has not taken yet.
        run_id: the run MLflow Projects opened for this training; None opens one.
        person: who trains, as MLflow shows it.
        scope: whose trainings; private ones bear names of their own.
    """

    uri: str
    spool: Path
    run_id: str | None = None
    person: str | None = None
    scope: Scope = Scope.PUBLIC

    @property
    def experiment(self) -> str:
        """Name of the experiment."""
        return self._scoped_name(EXPERIMENT)

    @property
    def model(self) -> str:
        """Name of the registered model."""
        return self._scoped_name(MODEL)

    @property
    def file(self) -> Path | None:
        """The database's file, None for a server."""
        return Path(self.uri.removeprefix(SQLITE)) if self.uri.startswith(SQLITE) else None

    def __str__(self) -> str:
        """The address without a password."""
        scheme, separator, rest = self.uri.partition("://")
        return f"{scheme}{separator}{rest.rpartition('@')[2]}"

    def _scoped_name(self, name: str) -> str:
        return name if self.scope is Scope.PUBLIC else f"{name}-{self.scope.value}"


def quiet() -> None:
    """Tell MLflow, before it is imported, to send no telemetry and to give up soon; what the caller set stays."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


@contextmanager
def connected(place: Tracking) -> Iterator["MlflowClient"]:
    """A client of the tracking store; faults of MLflow and of its database become :class:`TrainingError`."""
    quiet()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    _check_database(place)
    try:
        yield MlflowClient(tracking_uri=place.uri, registry_uri=place.uri)
    except MlflowException as error:
        raise TrainingError(f"tracking at {place}: {error.message}", remedy=_REMEDY) from error
    except SQLAlchemyError as error:
        raise TrainingError(f"tracking at {place}: {type(error).__name__}", remedy=_REMEDY) from error


def _check_database(place: Tracking) -> None:
    """Ask a database server for a connection: MLflow would ask for two minutes, with a page of warnings.

    Raises :class:`TrainingError` with what the server said, or that no driver for it is installed.
    """
    if place.uri.partition("://")[0].partition("+")[0] not in DATABASES:
        return
    try:
        with open_database(place.uri) as database:
            database.connect().close()
    except (DataError, InvalidParameter) as error:
        message = error.message if isinstance(error, InvalidParameter) else error.detail
        raise TrainingError(f"tracking at {place}: {message}", remedy=_REMEDY) from error


def prepare(place: Tracking) -> str | None:
    """Create the tracking store and the experiment if they are absent; safe from several processes.

    In a SQLite store artifacts lie beside the database. One that was moved or copied is mended here: what it holds is
    read, and what is new is written, where it lies now. Returns that in words, None where nothing was to be mended.

    Raises:
        StoreLocked: another process kept the creation lock.
        TrainingError: the address is a folder, MLflow refuses it, or nothing answers there.
    """
    if "://" not in place.uri:
        raise TrainingError(
            f"tracking at {place.uri}: a folder is refused", remedy="give a database URI, sqlite:///..."
        )
    file = place.file
    place.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    root = place.spool if file is None else file.parent
    root.mkdir(parents=True, exist_ok=True, mode=0o700 if place.scope is Scope.PRIVATE else 0o777)
    lock = root / ".tracking.lock"
    try:
        with FileLock(lock, timeout=LOCK_SECONDS):
            # Before there is a client: one that meets no database makes it.
            if file is not None and not file.exists():
                _create(place, file)
            with connected(place) as client:
                experiment = client.get_experiment_by_name(place.experiment)
                location = None if file is None else (root / "artifacts").resolve().as_uri()
                if experiment is None:
                    client.create_experiment(place.experiment, artifact_location=location, tags=KIND)
                elif location is not None and file is not None:
                    return relocate(file, experiment.experiment_id, experiment.artifact_location, location)
    except Timeout:
        raise StoreLocked(str(lock), LOCK_SECONDS) from None
    return None


def _create(place: Tracking, file: Path) -> None:
    """A new SQLite store, written whole: MLflow cannot go on where its own creation was killed."""
    for left in file.parent.glob(f"{HIDDEN}{file.name}-*"):
        left.unlink()
    with (
        new_file(file, mode=0o600 if place.scope is Scope.PRIVATE else 0o644) as new,
        connected(Tracking(f"{SQLITE}{new}", place.spool, scope=place.scope)) as client,
    ):
        client.get_experiment_by_name(place.experiment)


def is_registered(version: str, *, place: Tracking) -> bool:
    """Whether a version is registered; raises :class:`TrainingError` when the store cannot be asked."""
    with connected(place) as client:
        return registered(client, version, place=place) is not None


def registered(client: "MlflowClient", version: str, *, place: Tracking) -> "ModelVersion | None":
    """The newest registration of a published version, None where there is none."""
    order = ["version_number DESC"]
    items = client.search_model_versions(f"name='{place.model}' and tags.version='{version}'", order_by=order)
    return items[0] if items else None


def align(champion_status: ChampionStatus | None, *, place: Tracking) -> tuple[str, ...]:
    """Point the aliases where the promotion ledger of the scope says; returns what had to be repaired, in words.

    A challenger this store never had gets no alias. Raises :class:`TrainingError` when the store cannot be reached or
    the champion is not registered there.
    """
    if champion_status is None:
        return ()
    if place.file is not None and not place.file.exists():
        raise TrainingError(f"tracking at {place}: there is no such database yet", remedy="run: headroom models sync")
    repaired = []
    with connected(place) as client:
        targets = {CHAMPION: champion_status.promotion.model_version, CHALLENGER: champion_status.challenger}
        standing = _aliases(client, place)
        for alias, version in targets.items():
            item = None if version is None else registered(client, version, place=place)
            if alias == CHAMPION and item is None:
                raise TrainingError(f"{version} is not registered at {place}", remedy="run: headroom models sync")
            number = None if item is None else str(item.version)
            if number == standing.get(alias):
                continue
            if number is None:
                client.delete_registered_model_alias(place.model, alias)
            else:
                client.set_registered_model_alias(place.model, alias, number)
            repaired.append(f"{alias} -> {version if number else 'nothing'}")
    return tuple(repaired)


def _aliases(client: "MlflowClient", place: Tracking) -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        return {alias: str(number) for alias, number in client.get_registered_model(place.model).aliases.items()}
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return {}


def fetch(version: str, target: Path, *, place: Tracking) -> None:
    """Copy the published files of a registered version into an empty folder; their hashes are the caller's to check.

    Raises :class:`NotFound` when it is not registered or its files are gone, :class:`TrainingError` when the store
    cannot be reached.
    """
    with connected(place) as client, tempfile.TemporaryDirectory(prefix="headroom-fetch-") as folder:
        shutil.copytree(
            _published(_download(client, version, Path(folder), place), version), target, dirs_exist_ok=True
        )


def fault(version: str, *, sha256: str, place: Tracking) -> str | None:
    """Why a version cannot be loaded from the store as it was published, None where it can.

    Args:
        version: its id.
        sha256: of its manifest.
        place: the store.

    Raises :class:`TrainingError` when the store cannot be reached.
    """
    with connected(place) as client, tempfile.TemporaryDirectory(prefix="headroom-fetch-") as name:
        try:
            folder = _download(client, version, Path(name), place)
            digest = Published.load(_published(folder, version)).sha256
        except (NotFound, ArtifactCorrupt) as error:
            return error.remedy if isinstance(error, NotFound) else error.detail
        if not (folder / CODE).is_dir() or not _described(folder):
            return "it does not carry its code"
        return None if digest == sha256 else "its files are not those that were published"


def _download(client: "MlflowClient", version: str, folder: Path, place: Tracking) -> Path:
    """The folder of a registered model, copied from where the store says that it is."""
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    item = registered(client, version, place=place)
    if item is None:
        raise NotFound("registered version", version, hint="the tracking store never had it")
    source = client.get_model_version_download_uri(place.model, item.version)
    try:
        return Path(download_artifacts(source, dst_path=str(folder), tracking_uri=place.uri))
    except (MlflowException, OSError) as error:
        lost = f"the registered model cannot be read: {error}"
        raise NotFound("published files of version", version, hint=lost) from None


def _described(folder: Path) -> bool:
    from mlflow.models import Model

    try:
        Model.load(str(folder))
    except Exception:  # noqa: BLE001 - a description that is torn fails in many ways, and all mean the same
        return False
    return True


def _published(folder: Path, version: str) -> Path:
    manifests = sorted(folder.rglob(MANIFEST))
    if not manifests:
        raise NotFound("published files of version", version, hint="the registered model lost them")
    return manifests[0].parent
