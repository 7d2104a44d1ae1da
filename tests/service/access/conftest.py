"""A database of keys and counts, of both kinds, emptied for every test."""

import pytest
from databases import DIALECTS, postgres_url
from sqlalchemy import delete

from data.store.database import engine, upgrade
from service.access.tables import COUNTS, KEYS

__all__ = ["postgres_url"]


@pytest.fixture(scope="session", params=DIALECTS)
def _access_database(request, tmp_path_factory):
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path_factory.mktemp('keys') / 'headroom.db'}" if sqlite else None
    url = url or request.getfixturevalue("postgres_url")
    upgrade(url)
    database = engine(url)
    yield database
    database.dispose()


@pytest.fixture
def access_database(_access_database):
    with _access_database.begin() as connection:
        for table in (KEYS, COUNTS):
            connection.execute(delete(table))
    return _access_database
