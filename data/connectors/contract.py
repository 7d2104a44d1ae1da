"""The interface of a connector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import polars as pl

from data.base.errors import SourceKeyMissing
from data.base.shipped_tables import SCHEMAS
from data.catalogue.observations import COLUMNS, TABLE
from data.catalogue.reasons import Reason
from data.connectors.payload import Payload, Request

OBSERVATIONS = "observations"
ROW_SCHEMA: dict[str, type[pl.DataType]] = {**COLUMNS, TABLE.name: TABLE.dtype}
"""Columns of observation rows as a connector gives them: those of the shipped tables, and the table they belong to."""


@dataclass(frozen=True)
class Access:
    """What a user brings to reach a source: keys by name, and the contact line some publishers ask for."""

    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    contact: str = ""

    def key(self, name: str, *, source: str) -> str:
        """The key of that name; raises :class:`SourceKeyMissing` naming the setting."""
        value = self.keys.get(name, "")
        if not value:
            raise SourceKeyMissing(source, name)
        return value


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row the parser could not turn into a figure.

    Attributes:
        where: where it stands, such as "line 17" or "facts/…/units/USD[3]".
        row: the row as text, as far as it could be read.
    """

    reason: Reason
    detail: str
    where: str
    row: Mapping[str, str]


@dataclass(frozen=True)
class Parsed:
    """What one answer said.

    Attributes:
        tables: frames by table name: ``observations`` (:data:`ROW_SCHEMA`), ``site_vintages`` or ``accelerators``
            (:data:`data.base.shipped_tables.SCHEMAS`).
        rejected: rows that could not be read, each with its reason.
        rows_read: rows of figures the answer held, whether wanted or not.
        marked: cells that carry the publisher's own mark for "no data" or "withheld": neither a figure nor a fault.
    """

    tables: Mapping[str, pl.DataFrame]
    rejected: tuple[Rejected, ...] = ()
    rows_read: int = 0
    marked: int = 0

    def __post_init__(self) -> None:
        """Every table has exactly its columns and types."""
        for name, frame in self.tables.items():
            expected = ROW_SCHEMA if name == OBSERVATIONS else SCHEMAS[name]
            if dict(frame.schema) != {column: kind() for column, kind in expected.items()}:
                message = f"{name}: {dict(frame.schema)} instead of {expected}"
                raise TypeError(message)

    @property
    def observations(self) -> pl.DataFrame:
        """Rows of observations; empty when the source gives other tables only."""
        return self.tables.get(OBSERVATIONS, pl.DataFrame(schema=ROW_SCHEMA))


@runtime_checkable
class Connector(Protocol):
    """One source. Instances hold no state: everything they know is their addresses and formats."""

    @property
    def name(self) -> str:
        """Identifier in the registry and on the command line, such as ``eia_netgen``."""

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:
        """What to ask first. ``since`` narrows to periods from that day on where the source can; raises SourceError."""

    def following(self, payload: Payload, access: Access) -> Request | None:
        """The next page of an answer, or None when it was the last."""

    def parse(self, payload: Payload) -> Parsed:
        """The figures of one answer; raises :class:`data.base.errors.SourceChanged` for any other format."""


def observations(
    frame: pl.DataFrame,
    *,
    source_id: str,
    published: date | None = None,
    kind: str | None = None,
    table: str | None = None,
    confidence: str = "primary",
    note: str = "",
) -> pl.DataFrame:
    """Rows of :data:`ROW_SCHEMA` from a frame with at least series_id, region, metric, unit, freq, period and value.

    Columns given as arguments are set where the frame lacks them; ``low`` and ``high`` become null, ``scenario`` and
    ``note`` empty text.
    """
    common: dict[str, object] = {
        "published": published,
        "kind": kind,
        "table": table,
        "confidence": confidence,
        "note": note,
        "source_id": source_id,
        "scenario": "",
        "low": None,
        "high": None,
    }
    filled = frame.with_columns(
        pl.lit(value, dtype=ROW_SCHEMA[name]).alias(name) for name, value in common.items() if name not in frame.columns
    )
    return filled.select(pl.col(name).cast(kind_) for name, kind_ in ROW_SCHEMA.items())
