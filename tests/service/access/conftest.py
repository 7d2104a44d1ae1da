"""A database of keys and counts, of both kinds, emptied for every test."""

import pytest
from databases import DIALECTS, migrated_once, postgres_url
from sqlalchemy import delete

from service.access.tables import COUNTS, KEYS

__all__ = ["postgres_url"]


@pytest.fixture(scope="session", params=DIALECTS)
def _access_database(request, tmp_path_factory):
    with migrated_once(request, tmp_path_factory) as database:
        yield database


@pytest.fixture
def access_database(_access_database):
    with _access_database.begin() as connection:
        for table in (KEYS, COUNTS):
            connection.execute(delete(table))
    return _access_database
