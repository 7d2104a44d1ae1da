"""A PostgreSQL server that is stopped but not dead: nothing that is asked waits for it, and it is told."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import loopback
import pytest
from databases import postgres

from data.base.errors import DataError
from data.store.database import engine, upgrade, writing
from data.store.ledger import EDITIONS
from headroom import wiring
from headroom.editions import record
from headroom.settings import load
from projection.edition.edition import Edition

PATHS = ("/healthz", "/readyz", "/v1/gaps?region=US&layer=power&above={}", "/v1/series?limit=1", "/v1/layers")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """URL and postmaster of a PostgreSQL server that these tests stop and continue."""
    with postgres(tmp_path_factory.mktemp("run")) as postgres_server:
        upgrade(postgres_server[0])
        yield postgres_server


def processes(postmaster):
    """The postmaster and its children."""
    listed = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *map(int, listed)]


@contextmanager
def stopped(pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def service(server, editions, tmp_path):
    """``headroom serve`` over that database: its address and its log."""
    home = tmp_path / "var"
    home.mkdir()
    (home / "editions").symlink_to(editions)
    record(load(home=home, database_url=server[0]), Edition.load(next(editions.iterdir())))
    environment = os.environ | {
        "HEADROOM_HOME": str(home), "HEADROOM_DATABASE_URL": server[0], "HEADROOM_DATABASE_TIMEOUT": "2",
        "HEADROOM_REFRESH_INTERVAL": "0.2", "HEADROOM_DRAIN_DELAY": "0",
    }  # fmt: skip
    with (tmp_path / "log").open("w") as log:
        command = [sys.executable, "-P", "-m", "headroom", "serve", "--port", "0", "--json"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["detail"].split()[0]
        until(lambda: answered(url))
        yield url, tmp_path / "log"
    finally:
        process.terminate()
        process.wait(600)
        process.stdout.close()


def answered(url):
    try:
        return loopback.get(f"{url}/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def until(true, seconds=600):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def stale(url):
    return loopback.get(f"{url}/readyz", timeout=600).json()["stale"]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["the postmaster", "every process"])
def test_no_request_waits_for_a_database_that_hangs(service, server, part):
    url, log = service
    assert stale(url) is None
    with stopped(processes(server[1]) if part == "every process" else [server[1]]):
        with ThreadPoolExecutor(16) as pool:
            urls = [f"{url}{PATHS[turn % len(PATHS)].format(turn)}" for turn in range(100)]
            answers = list(pool.map(lambda address: loopback.get(address, timeout=600).status_code, urls))
        assert answers == [200] * 100
        until(lambda: stale(url) is not None)
        assert stale(url).startswith("figures not looked at since 20")
    until(lambda: stale(url) is None)
    assert log.read_text().count("figures_unreadable") == 1


def test_a_statement_that_gets_no_answer_ends_with_an_error(server):
    database_engine = engine(server[0], timeout=2)
    with database_engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with stopped([backend]):
            began = time.monotonic()
            with pytest.raises(Exception, match="did not answer within 2 s"):
                connection.exec_driver_sql("SELECT 2")
            assert time.monotonic() - began < 20
    database_engine.dispose()


def test_a_command_does_not_wait_for_a_database_that_hangs(server, tmp_path):
    settings = load(home=tmp_path, database_url=server[0], database_timeout=2)
    with stopped([server[1]]), pytest.raises(DataError, match="timeout"):
        wiring.store(settings)


def test_waiting_for_another_writer_may_take_longer_than_an_answer(server):
    database_engine = engine(server[0], timeout=2)
    with ThreadPoolExecutor(1) as pool:
        with writing(database_engine, EDITIONS):
            waiting = pool.submit(write, database_engine)
            time.sleep(4)
            assert not waiting.done()
            held_until = time.monotonic()
        assert waiting.result(600) >= held_until
    database_engine.dispose()


def write(database_engine):
    """Claim the table of editions; returns when that was had."""
    with writing(database_engine, EDITIONS, timeout=600):
        return time.monotonic()
