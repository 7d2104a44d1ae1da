"""What Epoch AI's tables of chip sales and of chip owners share: spellings, designers, quarters, percentiles.

Both come as medians with a 5th and a 95th percentile under headings that changed between editions; the spellings are
those of the publisher's own inventory (docs/current_schema.md and docs/schema.md of its chip-count repository).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.epoch.csv_rows import LINE, Sheet
from data.connectors.payload import Payload

HUB: Final = "https://epoch.ai/data"
"""Folder of the data hub's downloads."""

DESIGNERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AMD": "amd",
        "Amazon": "amazon_trainium",
        "Cambricon": "cambricon",
        "Google": "google_tpu",
        "Huawei": "huawei_ascend",
        "Nvidia": "nvidia",
        "NVIDIA": "nvidia",
    }
)
"""Start of the series id by Epoch's name of the designer."""

_LEVELS: Final = ("median", "5th percentile", "95th percentile")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity given as three columns.

    Attributes:
        name: column of the median; ``_low`` and ``_high`` name the percentiles.
        spellings: headings of the three columns, one triple per known spelling.
        factor: what a figure is multiplied with to be in ``unit``.
        digits: decimals kept, so that division leaves no noise.
    """

    name: str
    spellings: tuple[tuple[str, str, str], ...]
    unit: str
    factor: float
    digits: int

    @property
    def columns(self) -> tuple[str, str, str]:
        """Names of the three columns once they are read."""
        return self.name, f"{self.name}_low", f"{self.name}_high"

    def present(self, header: list[str]) -> tuple[str, str, str] | None:
        """The spelling a file uses, None where the file has no such quantity."""
        return next((triple for triple in self.spellings if set(triple) <= set(header)), None)


def _labelled(stem: str) -> tuple[str, str, str]:
    median, low, high = (f"{stem} ({level})" for level in _LEVELS)
    return median, low, high


def _bare(stem: str) -> tuple[str, str, str]:
    return (stem, *_labelled(stem)[1:])


_H100E = _labelled("H100e")
UNITS: Final = Quantity(
    "units",
    (
        _labelled("Number of units"),
        _labelled("Number of Units"),
        _bare("Number of Units"),
    ),
    "chips_thousand",
    0.001,
    6,
)
COMPUTE: Final = Quantity(
    "compute",
    (
        _labelled("Compute estimate in H100e"),
        ("Compute estimate in H100e (median)", *_H100E[1:]),
        _labelled("H100e compute power"),
        _H100E,
    ),
    "H100e",
    1.0,
    3,
)
POWER: Final = Quantity("power", (_labelled("Power in MW"), _labelled("Power (MW)")), "MW", 1.0, 6)
COST: Final = Quantity("cost", (_labelled("Cost (USD)"),), "USD_billion", 1e-9, 6)

_DESIGNER: Final = ("Designer", "Chip manufacturer")
_START: Final = ("Series start date", "Start date")
_END: Final = "End date"
_OPTIONAL: Final = ("Owner", "Chip type", "Incomplete", "Notes")


@dataclass(frozen=True, slots=True)
class Estimates:
    """A table of estimates, ready to be named.

    Attributes:
        sheet: rows with ``designer`` (start of the series id), ``start``, ``period`` (first day of the quarter the
            row ends with), the columns of ``quantities``, and Owner and Chip type where the file has them.
        quantities: what the file gives.
    """

    sheet: Sheet
    quantities: tuple[Quantity, ...]


def estimates(payload: Payload, quantities: tuple[Quantity, ...], *, also: tuple[str, ...] = ()) -> Estimates:
    """Read a table of estimates; ``also`` names columns it must have besides.

    A quarter marked Incomplete is a figure for a part of the quarter and leaves the table, counted as marked. Raises
    :class:`SourceChanged` when UNITS, COMPUTE or a column is missing.
    """
    header = Sheet.of(payload, (), optional=_everything(quantities)).frame.columns
    designer = _first(_DESIGNER, header, payload)
    start = _first(_START, header, payload)
    spellings = {quantity: cells for quantity in quantities if (cells := quantity.present(header)) is not None}
    for quantity in (UNITS, COMPUTE):
        if quantity in quantities and quantity not in spellings:
            raise SourceChanged(payload.request.key, f"has no columns of {quantity.name} with its percentiles")
    headings = [cell for three in spellings.values() for cell in three]
    optional = [name for name in _OPTIONAL if name not in also]
    sheet = Sheet.of(payload, (designer, start, _END, *also, *headings), optional=optional)
    sheet = sheet.with_values(designer, *also).days(start, _END).numbers(*headings)
    unknown = pl.col(designer).is_in(list(DESIGNERS)).not_()
    sheet = sheet.without(unknown, Reason.SERIES_UNKNOWN, "no series is known for this designer", (designer, _END))
    off = pl.col(_END) != pl.col(_END).dt.month_end()
    off |= pl.col(_END).dt.month().is_in([3, 6, 9, 12]).not_()
    detail = "ends with no calendar quarter"
    sheet = sheet.without(off, Reason.FISCAL_UNMAPPED, detail, (designer, start, _END))
    return Estimates(_complete(_typed(sheet, designer, start, spellings)), tuple(spellings))


def triple(quantity: Quantity) -> list[pl.Expr]:
    """A quantity as value, low and high in its unit."""
    return [
        (pl.col(column) * quantity.factor).round(quantity.digits).alias(name)
        for column, name in zip(quantity.columns, ("value", "low", "high"), strict=True)
    ]


def _everything(quantities: tuple[Quantity, ...]) -> tuple[str, ...]:
    cells = [cell for quantity in quantities for three in quantity.spellings for cell in three]
    return tuple(dict.fromkeys((*_DESIGNER, *_START, *cells)))


def _first(spellings: tuple[str, ...], header: list[str], payload: Payload) -> str:
    for name in spellings:
        if name in header:
            return name
    raise SourceChanged(payload.request.key, f"has no column {' or '.join(spellings)}")


def _typed(sheet: Sheet, designer: str, start: str, cells_of: Mapping[Quantity, tuple[str, str, str]]) -> Sheet:
    new_names = {
        old: new for quantity, cells in cells_of.items() for old, new in zip(cells, quantity.columns, strict=True)
    }
    label_columns = [name for name in ("Owner", "Chip type") if name in sheet.frame.columns]
    frame = sheet.frame.select(
        LINE,
        pl.col(designer).replace_strict(DESIGNERS, return_dtype=pl.String).alias("designer"),
        pl.col(start).alias("start"),
        pl.col(_END).dt.month_start().dt.offset_by("-2mo").alias("period"),
        _partial(sheet.frame.columns).alias("partial"),
        *label_columns,
        *(pl.col(old).alias(new) for old, new in new_names.items()),
    )
    return replace(sheet, frame=frame)


def _partial(header: list[str]) -> pl.Expr:
    # Some tables have the mark as a column, others only as the first word of the notes.
    marks = []
    if "Incomplete" in header:
        marks.append(pl.col("Incomplete").str.to_lowercase().ne("false").fill_null(value=False))
    if "Notes" in header:
        marks.append(pl.col("Notes").str.starts_with("Incomplete").fill_null(value=False))
    return pl.any_horizontal(marks) if marks else pl.lit(value=False)


def _complete(sheet: Sheet) -> Sheet:
    complete = sheet.frame.filter(~pl.col("partial"))
    left = sheet.frame.height - complete.height
    return replace(sheet, frame=complete.drop("partial"), marked=sheet.marked + left)
