"""The mapping file: which of a user's own series replace drivers and assumptions of the projection.

It is TOML with two tables of names to ids of imported series, both optional::

    [drivers]
    "derived.world.hyperscaler_capex" = "private.capex"

    [assumptions]
    pue_ai = "private.pue"

This module only reads the file; :mod:`projection.simulate.substitution` checks that the names and series exist and fit
each other.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from data.base.errors import MappingInvalid

TABLES = ("drivers", "assumptions")


@dataclass(frozen=True, slots=True)
class StandIn:
    """An own series in the place of a driver.

    Attributes:
        name: id of the driver.
        series_id: of the own series, whose figures of frequency ``freq`` are read.
        unit: of the driver, to which they are converted.
    """

    name: str
    series_id: str
    freq: str
    unit: str


@dataclass(frozen=True)
class Substitutions:
    """Ids of a user's own series by what they stand in for.

    Attributes:
        drivers: by the id of a series the projection is driven by.
        assumptions: by the name of an assumption.
    """

    drivers: Mapping[str, str] = field(default_factory=dict)
    assumptions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a mapping file; none means no substitution.

        Raises:
            MappingInvalid: the file cannot be read, is no TOML, or has other tables or values than names and ids.
        """
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise MappingInvalid(str(path), str(error)) from error
        for name, entries in table.items():
            if name not in TABLES or not isinstance(entries, dict):
                raise MappingInvalid(f"[{name}]", "is not read", remedy=f"tables that are read: {', '.join(TABLES)}")
            for key, series_id in entries.items():
                if not isinstance(series_id, str):
                    raise MappingInvalid(
                        f"[{name}] {key}", "is not the id of a series", remedy="quote ids that have points in them"
                    )
        return cls(**table)

    @classmethod
    def of_manifest(cls, manifest: Mapping[str, Any]) -> Self:
        """What a version or edition was made with, by its manifest."""
        return cls(**manifest.get("substitutions", {}))

    def facts(self) -> dict[str, Any]:
        """What a manifest says of them, under ``substitutions``; empty without any, so that no identifier changes."""
        entries_by_kind = {name: dict(sorted(entries.items())) for name, entries in asdict(self).items() if entries}
        return {"substitutions": entries_by_kind} if entries_by_kind else {}

    def of_drivers(self) -> "Substitutions":
        """Those that training reads."""
        return Substitutions(drivers=self.drivers)

    def __bool__(self) -> bool:
        return bool(self.drivers or self.assumptions)

    def __str__(self) -> str:
        entries = [*self.drivers.items(), *self.assumptions.items()]
        return ", ".join(f"{name} = {series_id}" for name, series_id in sorted(entries)) or "no own series"
