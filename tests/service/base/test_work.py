"""What is not in memory is answered by few threads, and refused when too many requests wait for one."""

import time
from threading import Lock

import anyio
import httpx2
import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.base.work import THREADS

NEW = "/v1/gaps?region=US&layer=power&above={}"


@pytest.fixture
def app(make_context, editions):
    return create_app(make_context(editions))


def test_too_many_are_told_when_to_come_back(app, monkeypatch):
    with TestClient(app) as client:
        before = client.get(NEW.format(1))
        monkeypatch.setattr("service.base.work.WAITING", 0)
        refused = client.get(NEW.format(2))
        assert (refused.status_code, refused.json()["code"]) == (503, "service_busy")
        assert refused.headers["retry-after"] == "1"
        assert client.get(NEW.format(1)).content == before.content, "what is in memory needs no thread"
        assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]


def test_no_more_are_answered_at_once_than_there_are_threads(app, monkeypatch):
    working, most, lock = 0, 0, Lock()

    def slow(*_arguments, **_options):
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        time.sleep(0.02)
        with lock:
            working -= 1
        return {}

    monkeypatch.setattr("service.api.figures.series.catalogue", slow)

    async def ask():
        async with (
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client,
            anyio.create_task_group() as group,
        ):
            for number in range(3 * THREADS):
                group.start_soon(client.get, f"/v1/series?q={number}")

    anyio.run(ask)
    assert most == THREADS
