"""The tables of refreshed and imported figures, all append-only."""

from typing import Any

import polars as pl
from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeEngine

from data.catalogue import observations
from data.catalogue.observations import OBSERVATION, TABLE
from data.store.metadata import METADATA, Utc

_TYPES: dict[type[pl.DataType], TypeEngine[Any]] = {pl.String: String(), pl.Date: Date(), pl.Float64: Float(53)}


def _column(one: observations.Column) -> Column[Any]:
    # A note may be long; a refreshed figure has at least the day it was read.
    kind = Text() if one.name == "note" else _TYPES[one.dtype]
    return Column(one.name, kind, nullable=one.nullable and one.name != "published")


REFRESHES = Table(
    "refreshes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("started", Utc, nullable=False),
    Column("finished", Utc, nullable=False),
    Column("status", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("read", Integer, nullable=False),
    Column("marked", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    sqlite_autoincrement=True,
)
ANSWERS = Table(
    "answers",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("refresh_id", Integer, ForeignKey("refreshes.id"), nullable=False, index=True),
    Column("request", Text, nullable=False, index=True),
    Column("retrieved", Utc, nullable=False),
    Column("sha256", String, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("etag", String, nullable=True),
    Column("last_modified", String, nullable=True),
    Column("followed", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
OBSERVATIONS = Table(
    "observations",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("refresh_id", Integer, ForeignKey("refreshes.id"), nullable=False, index=True),
    Column("scope", String, nullable=False),
    *map(_column, (*OBSERVATION, TABLE)),
    Column("retrieved", Utc, nullable=False),
    UniqueConstraint(
        "scope",
        "source_id",
        "series_id",
        "freq",
        "period",
        "scenario",
        "published",
        "refresh_id",
        name="observations_vintage",
    ),
    sqlite_autoincrement=True,
)
SITE_STEPS = Table(
    "site_steps",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("refresh_id", Integer, ForeignKey("refreshes.id"), nullable=False, index=True),
    Column("vintage", Date, nullable=False),
    Column("site", String, nullable=False),
    Column("date", Date, nullable=False),
    Column("buildings", Float(53), nullable=True),
    Column("it_mw", Float(53), nullable=True),
    Column("facility_mw", Float(53), nullable=True),
    Column("h100e", Float(53), nullable=True),
    UniqueConstraint("vintage", "site", "date", name="site_steps_vintage"),
    sqlite_autoincrement=True,
)
ACCELERATORS = Table(
    "accelerators",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("refresh_id", Integer, ForeignKey("refreshes.id"), nullable=False, index=True),
    Column("retrieved", Utc, nullable=False),
    Column("vendor", String, nullable=False),
    Column("chip", String, nullable=False),
    Column("release_date", Date, nullable=True),
    Column("bf16_tflops", Float(53), nullable=True),
    Column("fp8_tflops", Float(53), nullable=True),
    Column("memory_gb", Float(53), nullable=True),
    Column("bandwidth_gb_s", Float(53), nullable=True),
    Column("tdp_w", Float(53), nullable=True),
    Column("price_usd", Float(53), nullable=True),
    Column("source_id", String, nullable=False),
    Column("confidence", String, nullable=False),
    UniqueConstraint("source_id", "vendor", "chip", "refresh_id", name="accelerators_vintage"),
    sqlite_autoincrement=True,
)
QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("refresh_id", Integer, ForeignKey("refreshes.id"), nullable=False, index=True),
    Column("scope", String, nullable=False),
    Column("source", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("seen", Utc, nullable=False),
    UniqueConstraint("scope", "source", "digest", name="quarantine_once"),
    sqlite_autoincrement=True,
)
ACCEPTANCES = Table(
    "acceptances",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("quarantine_id", Integer, ForeignKey("quarantine.id"), nullable=False, unique=True),
    Column("accepted", Utc, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)
WITHDRAWALS = Table(
    "withdrawals",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("refresh_id", Integer, ForeignKey("refreshes.id"), nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("withdrawn", Utc, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)
GROWING = (REFRESHES, ANSWERS, OBSERVATIONS, SITE_STEPS, ACCELERATORS, QUARANTINE, ACCEPTANCES, WITHDRAWALS)
"""Tables the database itself refuses to change or delete a row of."""

Index("observations_series", OBSERVATIONS.c.series_id, OBSERVATIONS.c.freq, OBSERVATIONS.c.period)
