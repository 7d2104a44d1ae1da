"""Builds from the settings what commands need: stores, models, editions. Imports packages only when needed."""

from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data.base.errors import ArtifactCorrupt, DataError, HeadroomError, NoChampion
from data.base.scopes import Scope
from headroom import children

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from data.connectors.contract import Access
    from data.connectors.fetch import Fetcher
    from data.store.drift_checks import DriftCheck
    from data.store.ledger import ChampionStatus, Promotion
    from data.store.store import Store
    from data.user_files import Limits
    from data.user_files.substitutions import Substitutions
    from features.view import View
    from headroom.settings import Settings
    from training.artifact.published import Published
    from training.champion.drift import Drift
    from training.champion.promotion import ModelStore
    from training.tracking.tracking import Tracking


def input_limits(settings: "Settings") -> "Limits":
    """How much of a user's file is read."""
    from data.user_files import Limits

    return Limits(settings.input_bytes, settings.input_rows, settings.input_series, settings.input_id_length)


def migrate(settings: "Settings") -> None:
    """Bring the database to the current schema; raises :class:`StoreLocked` when another process keeps the lock."""
    from data.store.database import upgrade

    settings.home.mkdir(parents=True, exist_ok=True)
    if settings.scope is Scope.PRIVATE:
        private = settings.models.parent
        private.mkdir(exist_ok=True)
        # Whatever the umask; a folder from before this rule is closed too.
        private.chmod(0o700)
    upgrade(settings.database_url.get_secret_value(), answer=settings.database_timeout)


def sweep(settings: "Settings") -> None:
    """Remove what killed commands left half written; the caller holds the home's lock, so no child is at work."""
    from data.base.artifacts import sweep as swept

    for beginning in (children.FOLDER, children.JOB_FOLDER):
        swept(settings.home, f"{beginning}*")
    swept(settings.models, ".m-*")
    swept(settings.editions, ".e-*")


def store(settings: "Settings") -> "Store":
    """The figures as models read them: under the private scope with own series where the mapping file puts them.

    Raises:
        TableCorrupt: a shipped table breaks its schema.
        DataError: the database is there and cannot be read.
        MappingInvalid: the mapping file cannot be read, or does not fit the figures.
    """
    from features.view import View

    figures, entries = stored(settings), substitutions(settings)
    if not entries:
        return figures
    from projection.simulate.substitution import stand_ins

    return figures.substituted(entries, stand_ins(View.of(figures, as_of=figures.newest), entries))


def view(settings: "Settings", *, as_of: date | None = None) -> "View":
    """The figures of :func:`store` as known on a day, the newest there is if None: made once per run and passed on."""
    from features.view import View

    figures = store(settings)
    return View.of(figures, as_of=as_of or figures.newest)


def stored(settings: "Settings") -> "Store":
    """The shipped figures and those stored in the database that the settings' scope may see.

    Raises:
        TableCorrupt: a shipped table breaks its schema.
        DataError: the database is there and cannot be read.
    """
    from data.store.store import Store

    if not prepared(settings):
        return Store.shipped()
    with ledger(settings) as engine:
        return Store.load(engine, scope=settings.scope)


def substitutions(settings: "Settings") -> "Substitutions":
    """What the mapping file says; nothing under the public scope. Raises :class:`data.base.errors.MappingInvalid`."""
    from data.user_files.substitutions import Substitutions

    return Substitutions.read(settings.mapping) if settings.scope is Scope.PRIVATE else Substitutions()


def prepared(settings: "Settings") -> bool:
    """Whether there is a database at all: reading figures makes none. A server database is taken to be there."""
    from data.store.database import database_url

    url = database_url(settings.database_url.get_secret_value())
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


@contextmanager
def ledger(settings: "Settings") -> "Iterator[Engine]":
    """The database's engine; whatever the database refuses inside is raised as :class:`DataError`."""
    from sqlalchemy.exc import DatabaseError

    from data.store.database import open_database

    try:
        with open_database(settings.database_url.get_secret_value(), timeout=settings.database_timeout) as database:
            yield database
    except DatabaseError as error:
        remedy = "nothing was changed; look at what was asked, and at: headroom data check"
        raise DataError(f"the database refused a statement: {error.orig}", remedy=remedy) from None


def champion(settings: "Settings") -> "Published":
    """What the champion published, every hash verified.

    Raises:
        NoChampion: nothing has been promoted.
        ArtifactCorrupt: the champion's folder is missing or differs from its manifest.
        DataError: the ledger cannot be read.
    """
    from data.store.ledger import champion as promoted
    from training.artifact.published import Published

    if not prepared(settings):
        raise NoChampion("the ledger")
    with ledger(settings) as engine:
        promotion = promoted(engine, scope=settings.scope)
    if promotion is None:
        raise NoChampion("the ledger")
    folder = settings.models / promotion.model_version
    try:
        return Published.load(folder)
    except OSError as error:
        # Present, but not to be read: no rights, a bad disk. To what follows that is the same as a wrong hash.
        raise ArtifactCorrupt(str(folder), f"cannot be read: {error.strerror}") from error


def champion_status(settings: "Settings") -> "ChampionStatus | None":
    """How the champion of the settings' scope came to be it; None before the first promotion."""
    from data.store.ledger import champion_status as status_of

    with ledger(settings) as engine:
        return status_of(engine, scope=settings.scope)


def drift(settings: "Settings", *, today: date) -> "Drift | None":
    """What the newest figures say about the champion, recorded; None while nothing is promoted.

    Raises:
        ArtifactCorrupt: the champion's folder is missing or differs from its manifest.
    """
    from data.store.drift_checks import record_check
    from training.champion.drift import check

    try:
        published = champion(settings)
    except NoChampion:
        return None
    drift_report = check(view(settings), published, today=today)
    with ledger(settings) as engine:
        record_check(
            engine,
            model_version=drift_report.version,
            data_as_of=drift_report.data_as_of,
            advised=drift_report.advised,
            report=drift_report.report(),
            scope=settings.scope,
        )
    return drift_report


def model_store(settings: "Settings") -> "ModelStore":
    """Where versions of the scope lie and decisions about them are written."""
    from training.champion.promotion import ModelStore

    url = settings.database_url.get_secret_value()
    return ModelStore(settings.models, url, settings.scope, lambda version: obstacle(settings, version))


def obstacle(settings: "Settings", version: "Published") -> str | None:
    """Why no edition can be made with a version, tried on a few draws; None where one can.

    Raises:
        OSError: the figures or the version cannot be read, which says nothing about the version.
    """
    from projection.project import attempt

    figures = view(settings, as_of=version.data_as_of)
    try:
        attempt(figures, version, seed=settings.seed)
    except HeadroomError as error:
        return error.detail
    except (MemoryError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever stops a projection is a reason not to promote
        return f"{type(error).__name__}: {error}"
    return None


def tracking(settings: "Settings") -> "Tracking":
    """Where trainings of the scope are recorded; inside ``mlflow run``, in the run it opened."""
    from headroom.settings import tracked
    from training.tracking.tracking import Tracking

    uri, run = tracked(settings)
    return Tracking(uri, settings.models.parent / "spool", run, person(), settings.scope)


def person() -> str:
    """The name this process runs under; ``unknown`` where the system knows none, as in some containers."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def commit() -> str | None:
    """The commit of the repository the code lies in; None where it lies in none, or git is not installed."""
    import subprocess

    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603 - our own command
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def access(settings: "Settings") -> "Access":
    """What the settings bring to reach sources: keys by setting, and the contact line."""
    from data.connectors.contract import Access

    keys = {name: getattr(settings, name).get_secret_value() for name in ("eia_key", "ember_key", "census_key")}
    return Access(keys={**keys, "contact": settings.contact}, contact=settings.contact)


def fetcher(settings: "Settings") -> "Fetcher":
    """A client of public sources by the settings; raises :class:`InvalidParameter` for a bad mirror or proxy."""
    from data.base.release import release
    from data.connectors.fetch import Fetcher
    from data.connectors.proxy import Proxy

    return Fetcher(
        timeout=settings.fetch_timeout,
        attempts=settings.fetch_attempts,
        limit=settings.payload_limit,
        mirror=settings.mirror or None,
        proxy=Proxy.parse(settings.proxy.get_secret_value(), settings.no_proxy),
        user_agent=f"headroom/{release()} {settings.contact}".strip(),
    )


def promotions(settings: "Settings") -> "tuple[Promotion, ...]":
    """The lines of the promotion ledger in the settings' scope, oldest first; none while there is no database."""
    from data.store.ledger import promotions as lines

    if not prepared(settings):
        return ()
    with ledger(settings) as engine:
        return tuple(line for line in lines(engine) if line.scope is settings.scope)


def last_drift(settings: "Settings", version: str) -> "DriftCheck | None":
    """The last recorded comparison of a version with newer figures; None without one, or while there is no database."""
    from data.store.drift_checks import last_check

    if not prepared(settings):
        return None
    with ledger(settings) as engine:
        return last_check(engine, model_version=version, scope=settings.scope)


def readings(settings: "Settings") -> "dict[str, datetime]":
    """When each source was last read with success, UTC; nothing while there is no database."""
    from data.store.refreshes import last_readings

    if not prepared(settings):
        return {}
    with ledger(settings) as engine:
        return last_readings(engine)


def published(settings: "Settings") -> "Published | str":
    """What the champion published, or the reason why there is nothing of it, as one sentence."""
    try:
        return champion(settings)
    except NoChampion as error:
        return error.detail
    except HeadroomError as error:
        return str(error)
