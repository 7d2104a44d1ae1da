"""Checks of a folder of tables: every rule is run, counted and reported, none stops another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from data.errors import TableCorrupt
from data.observations import THEMES, read_observations
from data.tables import SCHEMAS, TABLES, read_table

SHOWN = 5
"""Examples kept of a rule's failures."""


class Severity(StrEnum):
    """An error makes the tables unfit; a warning is a fact to know when reading them."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule found.

    Attributes:
        checked: rows, pairs or files looked at.
        failed: those that break the rule.
        examples: some of them, in words.
    """

    checked: int
    failed: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tables:
    """A folder of tables, read."""

    folder: Path
    observations: pl.DataFrame
    others: dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class TableRule:
    """A rule: its stable code, how grave a failure is, what must hold, and the test."""

    code: str
    severity: Severity
    holds: str
    test: Callable[[Tables], Verdict]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule with its verdict."""

    code: str
    severity: Severity
    holds: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """Every rule's finding."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """No rule of severity error failed; warnings do not count."""
        return all(f.verdict.failed == 0 for f in self.findings if f.severity is Severity.ERROR)


def verdict(frame: pl.DataFrame, broken: pl.Expr, *, say: Iterable[str] = ("series_id", "period")) -> Verdict:
    """Rows for which ``broken`` holds; a null counts as holding nothing."""
    failed = frame.filter(broken.fill_null(value=False))
    return Verdict(frame.height, failed.height, examples(failed, say))


def examples(frame: pl.DataFrame, say: Iterable[str]) -> tuple[str, ...]:
    """The first few rows, as the named columns in words."""
    return tuple(" ".join(str(value) for value in row) for row in frame.select(*say).head(SHOWN).iter_rows())


def check(folder: Path = TABLES, *, stored: tuple[Finding, ...] = ()) -> Report:
    """Run every rule on the tables of a folder; ``stored`` are findings on what a database holds beside them.

    A table that cannot be read fails the rule ``table.readable``; the other rules then run on what could be read.
    """
    from data.rules import RULES

    corrupt: list[str] = []
    themes: list[pl.DataFrame] = []
    others: dict[str, pl.DataFrame] = {}
    for theme in THEMES:
        try:
            themes.append(read_observations(theme, folder=folder))
        except TableCorrupt as error:
            corrupt.append(error.detail)
    for name, columns in SCHEMAS.items():
        try:
            others[name] = read_table(name, columns, folder=folder)
        except TableCorrupt as error:
            corrupt.append(error.detail)
            others[name] = pl.DataFrame(schema=columns)
    empty = read_observations(THEMES[0]).clear()
    tables = Tables(folder, pl.concat([empty, *themes]), others)
    readable = Finding(
        "table.readable",
        Severity.ERROR,
        "every table is there, with its columns and types",
        Verdict(len(THEMES) + len(SCHEMAS), len(corrupt), tuple(corrupt[:SHOWN])),
    )
    found = [Finding(rule.code, rule.severity, rule.holds, rule.test(tables)) for rule in RULES]
    return Report((readable, *found, *stored))
