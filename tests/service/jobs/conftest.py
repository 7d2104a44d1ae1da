"""Jobs on both databases, each migrated once and emptied for every test, with a clock of their own."""

import pytest
from databases import DIALECTS, migrated_once, postgres_url
from job_tools import KINDS, Clock
from sqlalchemy import delete

from service.jobs.queue import Queue
from service.jobs.tables import JOBS, RUNS, SCHEDULES

__all__ = ["postgres_url"]


@pytest.fixture(scope="session", params=DIALECTS)
def _database(request, tmp_path_factory):
    with migrated_once(request, tmp_path_factory) as database:
        yield database


@pytest.fixture
def migrated(_database):
    with _database.begin() as connection:
        for table in (RUNS, JOBS, SCHEDULES):
            connection.execute(delete(table))
    return _database


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def queue(migrated, clock):
    return Queue(migrated, kinds=KINDS, clock=clock)
