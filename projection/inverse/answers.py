"""Answers about levers: the least change of one, and pairs of two."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What came of a search."""

    MET = "met"
    """The target is met without a change."""
    REACHED = "reached"
    NOT_REACHABLE = "not_reachable"
    """No setting within the tested range reaches it."""
    NOT_AFFECTED = "not_affected"
    """The lever moves no draw."""


@dataclass(frozen=True)
class Solution:
    """The least change of one lever.

    Attributes:
        neutral: the setting that does nothing; least, most: the tested range.
        start: the measure at the neutral setting.
        setting: nearest to the neutral one, it meets the target; outcome: the measure there. None where none does.
        best_setting, best_outcome: where the measure comes nearest, if no setting meets the target.
        monotone: whether the measure goes one way over the range; if not, settings were scanned.
        tolerance: a setting nearer to the neutral one by this does not meet the target.
        sentence: all of it in words.
    """

    lever: str
    unit: str
    neutral: float
    least: float
    most: float
    status: Status
    start: float
    setting: float | None
    outcome: float | None
    best_setting: float | None
    best_outcome: float | None
    monotone: bool
    tolerance: float
    sentence: str = ""


@dataclass(frozen=True)
class FrontierPoint:
    """A setting of the first lever, and the least change of the second beside it."""

    setting: float
    solution: Solution
    sentence: str


@dataclass(frozen=True)
class Frontier:
    """Pairs of settings that meet the target, the first lever over its tested range."""

    first: str
    second: str
    points: tuple[FrontierPoint, ...]


@dataclass(frozen=True)
class Solved:
    """An answer, and the question that it answers.

    Attributes:
        measure: ``p_short`` or ``gap``; target: the most it is to be, in ``unit``.
        draws: how many the answer rests on.
        solution: of one lever; frontier: of two.
    """

    region: str
    layer: str
    demand: str
    period: str
    measure: str
    target: float
    unit: str
    draws: int
    solution: Solution | None
    frontier: Frontier | None
