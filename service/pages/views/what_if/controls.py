"""Levers as sliders: by group, with their base value, and greyed where they do not affect the layer."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from projection.edition.points import shortest
from projection.scenarios.attribution.groups import group_of, groups
from projection.scenarios.levers import Lever, levers

STEPS = 20
"""A range has at least so many steps."""
FACTOR = "factor"
TAIL = re.compile(r" (of|beyond|by) .*")
"""What of a unit says more than a slider has room for."""


@dataclass(frozen=True, slots=True)
class Control:
    """One lever.

    Attributes:
        name, title, meaning: the lever, in words; evidence: why its range ends where it does.
        unit: of the number that is shown.
        least, most, step, base, value: of the slider, as text.
        base_place: where the base value stands, percent of the range.
        moved: whether it is set apart from its base value.
        affects: whether it affects the layer; None where that is not known yet.
    """

    name: str
    title: str
    meaning: str
    evidence: str
    unit: str
    least: str
    most: str
    step: str
    base: str
    value: str
    base_place: float
    moved: bool
    affects: bool | None


def controls(settings: Mapping[str, float], affecting: Collection[str] | None) -> list[tuple[str, list[Control]]]:
    """Levers under the titles of the groups of drivers that they belong to.

    Args:
        settings: of those that do something.
        affecting: names of those that affect the layer; None where that is not known yet.
    """
    by_group: dict[str, list[Control]] = {name: [] for name in groups()}
    for name, lever in levers().items():
        value = settings.get(name, lever.neutral)
        affects = None if affecting is None else name in affecting
        by_group[group_of(lever.effects[0].assumption)].append(_control(name, lever, value, affects=affects))
    return [(groups()[name].title, members) for name, members in by_group.items() if members]


def _control(name: str, lever: Lever, value: float, *, affects: bool | None) -> Control:
    low, high = lever.range
    return Control(
        name=name,
        title=lever.title,
        meaning=lever.unit,
        evidence=lever.evidence,
        unit=unit_of(lever),
        least=shortest(low),
        most=shortest(high),
        step=shortest(step_of(lever)),
        base=shortest(lever.neutral),
        value=shortest(value),
        base_place=100 * (lever.neutral - low) / (high - low),
        moved=value != lever.neutral,
        affects=affects,
    )


def unit_of(lever: Lever) -> str:
    """The unit of a lever in a word or two.

    >>> unit_of(levers()["nuclear"])
    'GW'
    """
    return "\N{MULTIPLICATION SIGN} forecast" if lever.unit.startswith(FACTOR) else TAIL.sub("", lever.unit)


def step_of(lever: Lever) -> float:
    """How far one press of a key moves a lever."""
    return float(10.0 ** math.floor(math.log10((lever.range[1] - lever.range[0]) / STEPS)))


def outward(name: str, setting: float) -> float:
    """The next stop of a slider that is at least as far from its base value."""
    lever = levers()[name]
    low, high = lever.range
    step = step_of(lever)
    stops = (setting - low) / step
    whole = math.floor(stops + 1e-9) if setting < lever.neutral else math.ceil(stops - 1e-9)
    return float(f"{min(max(low + whole * step, low), high):.6g}")
