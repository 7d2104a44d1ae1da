"""A service that clients ask: a database with events, and evaluations that take two looks."""

from dataclasses import dataclass, replace

import pytest
from evaluations_here import PoolHere
from fastapi import FastAPI
from job_tools import NOON
from threaded_server import answering

from data.store.database import engine, upgrade
from service.app import create_app
from service.events.events import Fact, Kind, record


class PoolOfTwoLooks(PoolHere):
    """Answers a question when it is looked at for the second time, as one that takes longer."""

    def submit(self, question):
        """The evaluation, done if it was asked for before."""
        self.upto = "full" if question.name in self.questions else "nothing"
        return super().submit(question)

    def find(self, name):
        """The evaluation of a name, done; or None."""
        return self.submit(self.questions[name].question) if name in self.questions else None


@dataclass
class Service:
    """A service in a thread of the test."""

    app: FastAPI
    database: object
    url: str

    def happens(self, number):
        """An event comes to pass."""
        fact = Fact(Kind.EDITION_PUBLISHED, f"e-{number}:{number}", number, NOON, {"edition": f"e-{number}"})
        assert record(self.database, [fact]) == 1


@pytest.fixture
def service(client, tmp_path, monkeypatch):
    monkeypatch.setattr("service.base.waiting.PATIENCE", 0.0)
    monkeypatch.setattr("headroom_client.asking.LOOK_SECONDS", 0.01)
    upgrade(tmp_path / "headroom.db")
    database = engine(tmp_path / "headroom.db")
    app = create_app(replace(client.app.state.serving.inputs, database=lambda: database))
    app.state.evaluations = PoolOfTwoLooks("nothing")
    with answering(app) as port:
        yield Service(app, database, f"http://127.0.0.1:{port}")
    database.dispose()
