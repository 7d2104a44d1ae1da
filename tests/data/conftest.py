"""The databases every test of stored figures runs on."""

from databases import database, migrated, postgres_url

__all__ = ["database", "migrated", "postgres_url"]
