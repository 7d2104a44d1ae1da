"""A database of its own for every test, on both dialects where a test asks for ``migrated``."""

import pytest
from databases import database, migrated, postgres_url

from data.store.database import engine, upgrade

__all__ = ["database", "migrated", "postgres_url"]


@pytest.fixture
def ledger(tmp_path):
    """A SQLite database."""
    upgrade(tmp_path / "headroom.db")
    database = engine(tmp_path / "headroom.db")
    yield database
    database.dispose()
