"""A service as the files in deploy/ watch it."""

from datetime import timedelta

import pytest
from issued_editions import Recorded
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from features.view import View
from projection.scoreboard.board import Board
from projection.scoreboard.judging import scoreboard
from projection.scoreboard.own_entries import own_entries
from service.app import create_app
from service.jobs.tables import State
from service.state import JobCounts


@pytest.fixture(scope="module")
def watched(make_context, editions, store):
    """A client of a service of which everything can be measured: its source was read and scored, a job is done."""
    now = make_context(editions).clock()
    ours = own_entries(editions, Recorded(editions)())
    outcomes = scoreboard(View.of(store, as_of=now.date()), ours=ours.entries)
    data = {"readings": {"eia": now - timedelta(hours=1)}, "board": Board(now.date(), outcomes)}
    jobs = JobCounts({("score", State.QUEUED): 1}, {"score": now - timedelta(hours=1)})
    app = create_app(make_context(editions, data, jobs=lambda: jobs))
    app.state.serving.refresh()
    with TestClient(app, raise_server_exceptions=False) as client:
        client.get("/v1/regions")
        yield client


@pytest.fixture(scope="module")
def exposed_metrics(watched):
    """Names of the samples on /metrics, and of the metrics whose samples depend on a fault."""
    families = [*text_string_to_metric_families(watched.get("/metrics").text)]
    return {sample.name for family in families for sample in family.samples} | {family.name for family in families}
