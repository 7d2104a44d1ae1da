"""The tables of keys and of counted requests."""

from sqlalchemy import Column, Integer, String, Table, Text

from data.store.metadata import METADATA, Utc

KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False),
    Column("label", String, nullable=False, unique=True),
    Column("digest", String, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", Utc, nullable=False),
    Column("actor", String, nullable=False),
    Column("expires", Utc, nullable=True),
    Column("last_used", Utc, nullable=True),
    Column("revoked", Utc, nullable=True),
    sqlite_autoincrement=True,
)
"""``label`` is the part of a key that may be shown; of the rest the SHA-256 is kept, as ``digest``."""

COUNTS = Table(
    "request_counts",
    METADATA,
    Column("caller", String, primary_key=True),
    Column("budget", String, primary_key=True),
    Column("window", Integer, primary_key=True),
    Column("requests", Integer, nullable=False),
)
"""What all servers of a database counted of a caller in a window of time."""
