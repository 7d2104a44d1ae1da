"""The support of a series: the set of values it can take. A fact of the catalogue, held by every quantile forecast.

The table of definitions names the support of each series; :func:`support_of_name` is the rule it is composed by, and
serves for series no catalogue knows: derived ones and a user's own.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path


class Support(StrEnum):
    """Values a series can take."""

    REAL = "real"  # balances, changes and errors have either sign
    NONNEGATIVE = "nonnegative"
    NONDECREASING = "nonnegative_nondecreasing"  # counts everything so far, and nothing leaves it
    PERCENT = "percent_of_whole"  # 0 to 100
    AT_LEAST_ONE = "at_least_one"  # a whole over one of its parts, such as power usage effectiveness

    @property
    def minimum(self) -> float | None:
        """Least value; None where there is none."""
        if self is Support.REAL:
            return None
        return 1.0 if self is Support.AT_LEAST_ONE else 0.0

    @property
    def maximum(self) -> float | None:
        """Largest value; None where there is none."""
        return 100.0 if self is Support.PERCENT else None


@dataclass(frozen=True, slots=True)
class _Rule:
    support: Support
    unit: str = ""
    words: Sequence[str] = ()
    parts: Sequence[str] = ()

    def fits(self, series_id: str, metric: str, unit: str) -> bool:
        names = (series_id, metric)
        return (
            self.unit in {"", unit}
            and (not self.words or any(word in name for word in self.words for name in names))
            and (not self.parts or any(part in re.split(r"[._]", name) for part in self.parts for name in names))
        )


@cache
def _rules() -> tuple[_Rule, ...]:
    file = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(_Rule(**{**rule, "support": Support(rule["support"])}) for rule in file["rule"])


def support_of_name(series_id: str, *, metric: str = "", unit: str = "") -> Support:
    """The support a series has by its id, metric and unit: the first rule of ``support.toml`` that fits.

    >>> support_of_name("private.hall.vacancy", unit="percent")
    <Support.PERCENT: 'percent_of_whole'>
    """
    return next(rule.support for rule in _rules() if rule.fits(series_id, metric, unit))
