"""Types of a check: a rule, its severity, its violations, and the report of all of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

SHOWN = 5
"""Examples kept of a rule's failures."""


class Severity(StrEnum):
    """An error makes the tables unfit; a warning is a fact to know when reading them."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class RuleResult:
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
    test: Callable[[Tables], RuleResult]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule with its verdict."""

    code: str
    severity: Severity
    holds: str
    verdict: RuleResult


@dataclass(frozen=True, slots=True)
class Report:
    """Every rule's finding."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """No rule of severity error failed; warnings do not count."""
        return all(f.verdict.failed == 0 for f in self.findings if f.severity is Severity.ERROR)


def verdict(frame: pl.DataFrame, broken: pl.Expr, *, say: Iterable[str] = ("series_id", "period")) -> RuleResult:
    """Rows for which ``broken`` holds; a null counts as holding nothing."""
    failed = frame.filter(broken.fill_null(value=False))
    return RuleResult(frame.height, failed.height, examples(failed, say))


def examples(frame: pl.DataFrame, say: Iterable[str]) -> tuple[str, ...]:
    """The first few rows, as the named columns in words."""
    return tuple(" ".join(str(value) for value in row) for row in frame.select(*say).head(SHOWN).iter_rows())
