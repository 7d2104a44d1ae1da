"""The queue over HTTP: what is shown, and from where work may be asked for."""

from dataclasses import replace

import pytest
from job_tools import NOON
from sqlalchemy import update
from starlette.testclient import TestClient

from data.base.errors import StoreUnreachable
from data.store.database import writing
from service.app import create_app
from service.jobs.queue import Outcome, Queue
from service.jobs.schedules import Schedules
from service.jobs.tables import JOBS
from service.problems import Problem


@pytest.fixture
def local(client, database):
    """A program on this machine."""
    app = create_app(replace(client.app.state.serving.inputs, database=lambda: database))
    return TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000), raise_server_exceptions=False)


def test_a_job_is_asked_for_shown_and_cancelled(local):
    answer = local.post("/v1/jobs", json={"kind": "refresh"}, headers={"X-Request-ID": "r-1"})
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"jobs/{job['id']}")
    assert answer.headers["cache-control"] == "no-store"
    assert (job["kind"], job["state"], job["cause"], job["actor"], job["request"]) == (
        "refresh", "queued", "request", "api", "r-1",
    )  # fmt: skip
    assert local.get(f"/v1/jobs/{job['id']}").json() == job
    (item,) = local.get("/v1/jobs?state=queued&kind=refresh").json()["items"]
    assert item == {name: value for name, value in job.items() if name not in {"history", "log", "document"}}
    cancelled = local.post(f"/v1/jobs/{job['id']}:cancel").json()
    assert (cancelled["state"], cancelled["cancelled_by"]) == ("cancelled", "api")
    assert local.get("/v1/jobs?state=queued").json() == {"items": [], "next": None}


def test_a_job_shows_its_runs_progress_and_the_end_of_its_log(local, database):
    queue = Queue(database, clock=lambda: NOON)
    number = queue.add("refresh", actor="ann").id
    job = queue.claim("w1")
    queue.beat(job, progress="refresh 3/18 4 s", log="a line\nrefresh 3/18 4 s\n")
    shown = local.get(f"/v1/jobs/{number}").json()
    assert (shown["progress"], shown["log"]) == ("refresh 3/18 4 s", "a line\nrefresh 3/18 4 s\n")
    queue.finish(job, Outcome.FAILED, error="source_error: no network")
    (run,) = local.get(f"/v1/jobs/{number}").json()["history"]
    assert run == {
        "number": 1, "worker": "w1", "started": "2026-11-23T12:00:00Z", "finished": "2026-11-23T12:00:00Z",
        "outcome": "failed", "error": "source_error: no network",
    }  # fmt: skip


def test_jobs_come_in_pages(local, database):
    numbers = [Queue(database).add("score", actor="ann").id for _ in range(5)]
    first = local.get("/v1/jobs?limit=3").json()
    second = local.get(f"/v1/jobs?limit=3&cursor={first['next']}").json()
    assert [item["id"] for page in (first, second) for item in page["items"]] == numbers[::-1]
    assert second["next"] is None
    assert local.get(f"/v1/jobs?state=dead&cursor={first['next']}").status_code == 422


def test_schedules_are_listed(local, database):
    Schedules(Queue(database, clock=lambda: NOON)).seed()
    items = local.get("/v1/schedules").json()["items"]
    assert items[1] == {
        "name": "refresh-daily", "kind": "refresh", "cron": "10 5 * * *", "zone": "UTC", "catch_up": "latest",
        "paused": False, "next_slot": "2026-11-24T05:10:00Z", "last_slot": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Host": "headroom.example.org"}, "another name than localhost"),
        ({"Origin": "https://evil.example"}, "a page of another site"),
        ({"Origin": "null"}, "a page of another site"),
        ({"Origin": "http://127.0.0.1:9000"}, "a page of another site"),
        ({"X-Forwarded-For": "203.0.113.9"}, "a proxy passed it on"),
        ({"X-Forwarded-Prefix": "/headroom"}, "a proxy passed it on"),
        ({"Via": "1.1 nginx"}, "a proxy passed it on"),
    ],
)
def test_work_is_not_taken_from_elsewhere(local, database, headers, words):
    for path in ("/v1/jobs", "/v1/jobs/1:cancel"):
        answer = local.post(path, json={"kind": "refresh"}, headers=headers)
        assert answer.status_code == 403
        problem = Problem.model_validate(answer.json())
        assert problem.code == "local_only"
        assert words in problem.detail
    assert Queue(database).jobs() == ()


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "testclient", "::ffff:192.0.2.7"])
def test_work_is_not_taken_from_another_machine(local, peer):
    remote = TestClient(local.app, base_url="http://localhost", client=(peer, 50000))
    assert remote.post("/v1/jobs", json={"kind": "refresh"}).status_code == 403
    assert remote.get("/v1/jobs").status_code == 200


def test_a_page_of_the_service_itself_may_ask(local):
    answer = local.post("/v1/jobs", json={"kind": "score"}, headers={"Origin": "http://127.0.0.1:8000"})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"kind": "water"}', b'{"kind": 3}', b'{"kind": "score", "x": 1}', b"\xff"]
)
def test_what_is_no_job_is_a_problem(local, body):
    answer = local.post("/v1/jobs", content=body)
    assert answer.status_code == 422
    problem = Problem.model_validate(answer.json())
    assert problem.errors[0].parameter in {"kind", "body"}


def test_a_body_that_is_too_large_or_too_deep_is_a_problem(local):
    large = local.post("/v1/jobs", content=b"x" * 5000)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    deep = local.post("/v1/jobs", content=b"[" * 40 + b"]" * 40)
    assert (deep.status_code, deep.json()["errors"][0]["parameter"]) == (422, "body")


def test_a_job_names_no_folder_of_the_server(local, database):
    job = local.post("/v1/jobs", json={"kind": "score"}).json()["id"]
    with writing(database) as connection:
        connection.execute(update(JOBS).where(JOBS.c.id == job).values(progress="wrote /srv/home/var/x.parquet"))
    assert local.get(f"/v1/jobs/{job}").json()["progress"] == "wrote x.parquet"


@pytest.mark.parametrize("name", ["0", "7", "-1", "x", "99999999999999999999", "%00", "²"])
def test_an_unknown_job_is_not_found(local, name):
    assert local.get(f"/v1/jobs/{name}").status_code == 404


def test_without_a_database_it_says_so(client):
    answer = client.get("/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unusable")


def test_a_database_that_is_down_is_a_problem_of_these_paths_alone(client):
    def down():
        raise StoreUnreachable("postgresql at db:5432", "connection refused")

    service = TestClient(create_app(replace(client.app.state.serving.inputs, database=down)))
    assert service.get("/v1/jobs").json()["code"] == "store_unreachable"
    assert service.get("/v1/layers").status_code == 200
