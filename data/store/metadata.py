"""Shared by all tables of the database: one metadata object, and a type for times that keeps their zone."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from data.base.errors import InvalidParameter

METADATA = MetaData()
"""The tables as the migrations leave them; a test compares the two."""


class Utc(TypeDecorator[datetime]):
    """A moment. SQLite keeps no time zone: it is stored in UTC and read back as UTC, on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC without a zone; raises :class:`InvalidParameter` for a moment that has none."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidParameter("moment", f"{value} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to UTC with its zone."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)
