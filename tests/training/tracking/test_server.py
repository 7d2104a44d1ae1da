"""Tracking over HTTP: a real ``mlflow server`` on PostgreSQL with an artifact store, and what happens when it dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime

import httpx2
import loopback
import pytest
from databases import DIALECTS, postgres_url
from sqlalchemy import create_engine, text

from data.base.scopes import Scope
from data.periods.period import Frequency
from data.store.database import engine, upgrade
from data.store.store import Store
from features.view import View
from training import train as training
from training.artifact.published import Published
from training.champion.ledger import champion_status
from training.champion.promotion import ModelStore
from training.options import parse_options
from training.tracking.outbox import Outbox
from training.tracking.registration import send
from training.tracking.tracking import Tracking, align, fetch, is_registered, prepare

__all__ = ["postgres_url"]

pytestmark = pytest.mark.slow
FEW = ("nvidia.datacenter.revenue", "cn.electricity.generation.total.owid")
START_SECONDS = 120


class Server:
    """An ``mlflow server`` on loopback; started, killed and started again on the same stores."""

    def __init__(self, backend, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._backend, self._folder = backend, folder
        self._process = None

    def start(self):
        command = [
            sys.executable, "-m", "mlflow", "server", "--backend-store-uri", self._backend,
            "--artifacts-destination", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", "1",
        ]  # fmt: skip
        environment = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}
        with (self._folder / "server.log").open("ab") as log:
            # A group of its own: the server keeps its workers in it.
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True, cwd=self._folder
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                assert loopback.get(f"{self.url}/health", timeout=600).status_code == 200
            except httpx2.TransportError:
                assert self._process.poll() is None, (self._folder / "server.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.3)
            else:
                return

    def kill(self):
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(600)
            self._process = None


@pytest.fixture
def server(postgres_url, tmp_path):
    assert "postgresql" in DIALECTS
    url = engine(postgres_url).url
    main = create_engine(url, isolation_level="AUTOCOMMIT")
    with main.connect() as connection:
        connection.execute(text("CREATE DATABASE tracking"))
    folder = tmp_path / "artifacts"
    folder.mkdir()
    tracking_server = Server(url.set(database="tracking").render_as_string(hide_password=False), folder)
    try:
        tracking_server.start()
        yield tracking_server
    finally:
        tracking_server.kill()
        with main.connect() as connection:
            connection.execute(text("DROP DATABASE tracking WITH (FORCE)"))
        main.dispose()


@pytest.fixture
def home(tmp_path):
    upgrade(tmp_path / "headroom.db")
    return tmp_path


def placed(home, server):
    return Tracking(server.url, home / "spool")


def train_at(home, server, *, seed=1, progress=lambda _count, _total: None):
    return training.train(
        View.of(Store.shipped(), as_of=date(2026, 11, 23)),
        seed=seed,
        model_store=ModelStore(home / "models", str(home / "headroom.db"), Scope.PUBLIC),
        tracking=placed(home, server),
        progress=progress,
        now=lambda: datetime.now(UTC),
        choice=training.Wanted(series=FEW, members=("naive2", "drift", "theta_log")),
        options=parse_options(["workers=1"]),
    )


@contextmanager
def soon(monkeypatch):
    """A dead server refuses at once, so that the test need not wait for retries; a living one may be slow."""
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        yield


def test_a_run_a_model_and_its_files_go_over_http_and_come_back(server, home, monkeypatch):
    version = train_at(home, server)
    assert version.tracking_fault is None
    assert Outbox(home / "spool").waiting() == ()
    assert list((server._folder).rglob("MLmodel")), "artifacts lie in the server's store"
    fetch(version.published.version, home / "fetched", place=placed(home, server))
    assert Published.load(home / "fetched").sha256 == version.published.sha256

    import mlflow
    import pandas as pd

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    mlflow.set_tracking_uri(server.url)
    try:
        model = mlflow.pyfunc.load_model("models:/headroom-ensemble/1")
        last, value = max(version.published.history(FEW[0], Frequency.QUARTER).items())
        answer = model.predict(pd.DataFrame({"series_id": [FEW[0]], "period": [last.label], "value": [value]}))
    finally:
        mlflow.set_tracking_uri(None)
    assert set(answer["series_id"]) == {FEW[0]}
    assert (answer.groupby("period")["value"].diff().dropna() >= 0).all(), "quantiles ascend"


@pytest.mark.nightly
def test_a_server_that_dies_while_training_costs_nothing_but_time(server, home, monkeypatch):
    """Killed in the middle of the fits: the training ends, the record waits, and is sent when the server is back."""

    def killing(count, _total):
        if count:
            server.kill()

    with soon(monkeypatch):
        version = train_at(home, server, progress=killing)
    assert version.tracking_fault is not None
    assert Published.load(home / "models" / version.published.version).sha256 == version.published.sha256
    spool = Outbox(home / "spool")
    assert spool.waiting() == (version.published.version,)
    server.start()
    prepare(placed(home, server))
    assert send(placed(home, server), models=home / "models") == (version.published.version,)
    assert is_registered(version.published.version, place=placed(home, server))
    assert spool.waiting() == ()
    assert align(champion_status(home / "headroom.db"), place=placed(home, server)) == ()


def test_a_record_cut_short_is_taken_up_in_the_run_it_had_opened(server, home, monkeypatch):
    """The server dies between the metrics and the model; sending again finishes that run and opens no second one."""
    from training.tracking import registration

    register = registration._register

    def killing(*arguments, **more):
        server.kill()
        return register(*arguments, **more)

    with soon(monkeypatch), monkeypatch.context() as patch:
        patch.setattr(registration, "_register", killing)
        version = train_at(home, server)
    assert version.tracking_fault is not None
    server.start()
    send(placed(home, server), models=home / "models")
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server.url)
    (run,) = client.search_runs([client.get_experiment_by_name("headroom").experiment_id])
    assert (run.info.run_name, run.info.status) == (version.published.version, "FINISHED")
    assert is_registered(version.published.version, place=placed(home, server))
