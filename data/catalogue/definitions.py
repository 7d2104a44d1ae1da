"""What each series counts: the catalogue's own text, written by hand in rules and shipped as a table."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from data.base.errors import TableCorrupt
from data.base.layers import Layer
from data.base.shipped_tables import TABLES
from data.catalogue.forms import Form
from data.catalogue.registry import registry
from data.catalogue.support import Support, support_of_name

CONNECTED = TABLES.parent / "connectors" / "series"
"""Folder of the definitions connectors bring along: series that refreshes can add to the shipped ones."""

COLUMNS: tuple[str, ...] = (
    "series_id",
    "region",
    "metric",
    "unit",
    "freq",
    "table",
    "title",
    "definition",
    "crypto",
    "enterprise",
    "behind_the_meter",
    "power_basis",
    "h100e_basis",
    "support",
    "layer",
    "role",
    "edition",
    "connector",
    "caveat",
    "form",
    "form_of",
    "product_of",
)
"""Columns of a table of definitions, in file order; one row per series and frequency."""

OPTIONAL: tuple[str, ...] = ("layer", "role", "connector", "caveat", "form", "form_of", "product_of")
"""Columns that are blank where nothing is to be said."""

DERIVED = "derived."
"""Begins the ids of series that recipes make and no publisher gives."""

BETWEEN = " / "
"""Stands between the metrics, or the tables, of an id that several publishers fill with different questions."""


class Scope(StrEnum):
    """Whether a kind of load or building is counted."""

    YES = "yes"
    NO = "no"
    UNSPECIFIED = "unspecified"
    NOT_APPLICABLE = "not_applicable"


class PowerBasis(StrEnum):
    """Whether megawatts are those of the computers alone or of the whole facility with cooling and losses."""

    IT = "it"
    FACILITY = "facility"
    UNSPECIFIED = "unspecified"
    NOT_APPLICABLE = "not_applicable"


class H100eBasis(StrEnum):
    """Precision at which H100 equivalents are counted; figures of two bases are never joined."""

    BIT8 = "8bit"
    BIT16 = "16bit"
    UNSPECIFIED = "unspecified"
    NOT_APPLICABLE = "not_applicable"


class Role(StrEnum):
    """What the models take a series for."""

    DRIVER = "driver"  # read as it is
    LEVEL = "level"  # data-center electricity by publisher: too short to forecast, a level to start from
    STATE_SALES = "state_sales"  # commercial sales of a state with large data-center load: an indicator of the nowcast


@dataclass(frozen=True, slots=True)
class Definition:
    """What a series counts.

    Attributes:
        metric: what is measured, in one word; several are joined by " / " where publishers differ.
        units: unit by frequency; an id may be printed in two units at two frequencies.
        table: the shipped table its rows stand in; several are joined by " / ".
        title: short name for people.
        definition: what is counted, stock or flow, end of period or total, by whose definition.
        crypto: whether cryptocurrency mining is counted.
        enterprise: whether companies' own data centers and server rooms are counted.
        behind_the_meter: whether load fed by plants on the site itself is counted.
        power_basis: whose megawatts.
        h100e_basis: which H100 equivalents.
        support: the values it can take.
        layer: the layer of the gap it belongs to; None where it belongs to none.
        role: what the models take it for by its definition; None where they take it for nothing.
        edition: it is one edition or statement of a publisher, which is never extended.
        connector: the connector that brings further figures; None when no open source does.
        caveat: why to use it with wide bands or not at all; None for most.
        form: how it relates to another series; None where it is a quantity of its own.
        form_of: the id of that other series, ``derived.`` first where no publisher gives it; None without a form.
        product_of: the id of the family's series where it counts one product, which successors replace; None otherwise.
    """

    series_id: str
    region: str
    metric: str
    units: Mapping[str, str]
    table: str
    title: str
    definition: str
    crypto: Scope
    enterprise: Scope
    behind_the_meter: Scope
    power_basis: PowerBasis
    h100e_basis: H100eBasis
    support: Support
    layer: Layer | None
    role: Role | None
    edition: bool
    connector: str | None
    caveat: str | None
    form: Form | None
    form_of: str | None
    product_of: str | None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every name its rows may carry as their metric."""
        return tuple(self.metric.split(BETWEEN))

    @property
    def tables(self) -> tuple[str, ...]:
        """Every shipped table its rows may stand in."""
        return tuple(self.table.split(BETWEEN))


@cache
def definitions() -> Mapping[str, Definition]:
    """Every defined series by id, ascending: the shipped ones and those connectors can bring; read once.

    Raises :class:`TableCorrupt` when a file is malformed or two files disagree about an id.
    """
    return read_definitions([TABLES / "series.csv", *sorted(CONNECTED.glob("*.csv"))])


@cache
def by_role(role: Role) -> tuple[str, ...]:
    """Ids of the series the panel of drivers takes for something, ascending."""
    return tuple(one.series_id for one in definitions().values() if one.role is role)


@cache
def by_form() -> Mapping[str, tuple[Definition, ...]]:
    """Series that are a form of another one, by the id of that other."""
    forms: dict[str, list[Definition]] = {}
    for one in definitions().values():
        if one.form_of is not None:
            forms.setdefault(one.form_of, []).append(one)
    return MappingProxyType({name: tuple(definitions_of_form) for name, definitions_of_form in sorted(forms.items())})


def family_of(series_id: str) -> str | None:
    """The series of the family of which a series counts one product; None for all others."""
    definition = definitions().get(series_id)
    return None if definition is None else definition.product_of


def support_of(series_id: str, *, metric: str = "", unit: str = "") -> Support:
    """The support of a series: as the catalogue has it, by its names and unit where no catalogue defines it."""
    definition = definitions().get(series_id)
    return support_of_name(series_id, metric=metric, unit=unit) if definition is None else definition.support


def read_definitions(files: Iterable[Path]) -> Mapping[str, Definition]:
    """Definitions of several files, by id, ascending; the same line may stand in two files.

    Raises :class:`TableCorrupt` when a file lacks, has other columns, an unknown word or a connector the registry does
    not know, when two rows of an id differ in anything but their frequency, or in their unit at one frequency, and
    when a series is a form of one that no file defines and whose id does not begin with ``derived.``, or a product of
    one that no file defines.
    """
    files = list(files)
    by_series: dict[str, Definition] = {}
    for path in files:
        for definition in _read(path):
            before = by_series.get(definition.series_id)
            by_series[definition.series_id] = definition if before is None else _joined(before, definition, path.stem)
    for one in by_series.values():
        if one.form_of is not None and one.form_of not in by_series and not one.form_of.startswith(DERIVED):
            names = ", ".join(path.stem for path in files)
            raise TableCorrupt(names, f"{one.series_id} is a form of {one.form_of}, which is not defined")
        if one.product_of is not None and one.product_of not in by_series:
            names = ", ".join(path.stem for path in files)
            raise TableCorrupt(names, f"{one.series_id} is a product of {one.product_of}, which is not defined")
    return MappingProxyType(dict(sorted(by_series.items())))


def _read(path: Path) -> Iterable[Definition]:
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            header = tuple(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableCorrupt(path.stem, str(error)) from None
    if header != COLUMNS:
        raise TableCorrupt(path.stem, f"columns are {', '.join(header)}; expected {', '.join(COLUMNS)}")
    for line, row in enumerate(rows, start=2):
        blank = [name for name in COLUMNS if not row[name] and name not in OPTIONAL]
        if blank or None in row:
            raise TableCorrupt(path.stem, f"row {line}: {', '.join(blank) or 'too many columns'}")
        try:
            yield _definition(row)
        except ValueError as error:
            raise TableCorrupt(path.stem, f"row {line}, {row['series_id']}: {error}") from None


def _definition(row: Mapping[str, str]) -> Definition:
    if row["connector"] and row["connector"] not in registry():
        message = f"connector {row['connector']!r} is not in registry.csv"
        raise ValueError(message)
    if bool(row["form"]) != bool(row["form_of"]):
        message = "form and form_of stand together or not at all"
        raise ValueError(message)
    return Definition(
        series_id=row["series_id"],
        region=row["region"],
        metric=row["metric"],
        units=MappingProxyType({row["freq"]: row["unit"]}),
        table=row["table"],
        title=row["title"],
        definition=row["definition"],
        crypto=Scope(row["crypto"]),
        enterprise=Scope(row["enterprise"]),
        behind_the_meter=Scope(row["behind_the_meter"]),
        power_basis=PowerBasis(row["power_basis"]),
        h100e_basis=H100eBasis(row["h100e_basis"]),
        support=Support(row["support"]),
        layer=Layer(row["layer"]) if row["layer"] else None,
        role=Role(row["role"]) if row["role"] else None,
        edition=_yes(row["edition"]),
        connector=row["connector"] or None,
        caveat=row["caveat"] or None,
        form=Form(row["form"]) if row["form"] else None,
        form_of=row["form_of"] or None,
        product_of=row["product_of"] or None,
    )


def _yes(text: str) -> bool:
    if text not in {"yes", "no"}:
        message = f"{text!r} is neither yes nor no"
        raise ValueError(message)
    return text == "yes"


def _joined(one: Definition, other: Definition, table: str) -> Definition:
    # Two rows of one id differ in their frequency and perhaps their unit, in nothing else.
    units = {**other.units, **one.units}
    same = replace(other, units=one.units) == one
    if not same or any(units[freq] != unit for freq, unit in other.units.items()):
        raise TableCorrupt(table, f"{one.series_id} is defined twice and differently")
    return replace(one, units=MappingProxyType(units))
