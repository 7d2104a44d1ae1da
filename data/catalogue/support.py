"""The support of a series: the set of values it can take. A fact of the catalogue, held by every quantile forecast.

The table of definitions names the support of each series; :func:`support_of_name` is the rule it is composed by, and
serves for series no catalogue knows: derived ones and a user's own.
"""

import re
from enum import StrEnum

from data.catalogue.bounds import CHANGES, CUMULATIVE, EFFECTIVENESS, SIGNED


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


def support_of_name(series_id: str, *, metric: str = "", unit: str = "") -> Support:
    """The support a series has by its id, metric and unit, by the same names as the bounds of single figures."""

    def named(pattern: str) -> bool:
        return re.search(pattern, series_id) is not None or re.search(pattern, metric) is not None

    if unit == "percent":
        return Support.REAL if named(CHANGES) or named(SIGNED) else Support.PERCENT
    if named(SIGNED):
        return Support.REAL
    if unit == "ratio" and re.search(EFFECTIVENESS, series_id):
        return Support.AT_LEAST_ONE
    return Support.NONDECREASING if named(CUMULATIVE.pattern) else Support.NONNEGATIVE
