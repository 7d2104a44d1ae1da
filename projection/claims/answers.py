"""The answer to a query of a claim, and what every kind of query needs to give one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.periods.period import Period
from data.periods.text import NAMED, parse

PROBABILITY, RATIO, LESS_LIKELY = "probability", "ratio", "difference of probabilities"
"""Units of what is no published figure."""


@dataclass(frozen=True)
class Answer:
    """A number with what it rests on.

    Attributes:
        unit: ``probability``, ``ratio`` or the unit of figures.
        detail: what it was read off: bands, events one by one, figures.
        sources: ids of sources.
    """

    value: float
    unit: str
    detail: dict[str, Any]
    sources: tuple[str, ...]


def period_of(text: str) -> Period:
    """A period from its label.

    >>> period_of("2028Q4").label, period_of("2028").label
    ('2028Q4', '2028')
    """
    named = parse(text)
    return Period(named.first, NAMED[named.form])


def once(sources: Sequence[str]) -> tuple[str, ...]:
    """Sources in their order, each once."""
    return tuple(sorted(set(sources)))
