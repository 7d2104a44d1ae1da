"""The database of one test."""

import pytest

from data.store.database import engine, upgrade


@pytest.fixture
def database(tmp_path):
    upgrade(tmp_path / "headroom.db")
    database = engine(tmp_path / "headroom.db")
    yield database
    database.dispose()
