"""Levers: a few numbers that stand for many assumptions, each within a range that was tested (``levers.toml``)."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, Self

from pydantic import Field, model_validator

from data.base.errors import InvalidParameter
from data.base.toml_tables import Entry, read_shipped
from projection.inputs.assumptions import DATES
from projection.inputs.distributions import Drawn, Fixed
from projection.inputs.overrides import Change, Override, Scenario

MOST = 8
"""How many levers there may be: more would not be looked at."""


class Effect(Entry):
    """What a lever does to one assumption.

    Attributes:
        change: ``scale`` by the setting to a power, ``shift`` by the setting times a factor, or ``ramp``: the setting,
            or its log, is the size of a dated assumption that comes between two calendar years.
    """

    assumption: str
    change: Literal["scale", "shift", "ramp"]
    power: float = 1.0
    times: float = 1.0
    log: bool = False
    from_: float | None = Field(default=None, alias="from")
    until: float | None = None

    def overrides(self, value: float, origin: str) -> Iterator[Override]:
        """At a setting of the lever."""
        if self.change == "scale":
            yield Override(self.assumption, Change.SCALE, _fixed(value**self.power), origin)
        elif self.change == "shift":
            yield Override(self.assumption, Change.SHIFT, _fixed(value * self.times), origin)
        else:
            # A summand, so that a lever comes on top of what a scenario sets.
            yield Override(self.assumption, Change.SHIFT, _fixed(math.log(value) if self.log else value), origin)
            for end, date in zip(DATES, (self.from_, self.until), strict=True):
                assert date is not None  # noqa: S101 - the table is checked when it is read
                yield Override(f"{self.assumption}_{end}", Change.SET, _fixed(date), origin)


class Lever(Entry):
    """One lever.

    Attributes:
        would: what would have to happen for a setting, as the end of a sentence.
        unit: what its setting is; neutral: the setting that does nothing; range: least and most that were tested.
        evidence: why the range ends there.
    """

    title: str
    would: str
    unit: str
    neutral: float
    range: tuple[float, float]
    evidence: str
    effects: tuple[Effect, ...]

    @model_validator(mode="after")
    def _holds(self) -> Self:
        low, high = self.range
        if not low <= self.neutral <= high:
            raise ValueError("the neutral setting lies outside the range")
        if "{setting}" not in self.would:
            raise ValueError("what would have to happen does not name the setting")
        if any(effect.change == "ramp" and None in {effect.from_, effect.until} for effect in self.effects):
            raise ValueError("a ramp needs two dates")
        return self


class _File(Entry):
    levers: dict[str, Lever] = Field(max_length=MOST)


@cache
def levers() -> Mapping[str, Lever]:
    """Every lever by name."""
    return read_shipped(_File, __package__, "levers.toml").levers


def scenario(settings: Mapping[str, float], *, path: str = "levers") -> Scenario:
    """Settings of levers as a scenario; those that are neutral do nothing.

    Raises:
        InvalidParameter: an unknown lever, or a setting outside its tested range; it names the path.
    """
    overrides: list[Override] = []
    for name, value in settings.items():
        lever = levers().get(name)
        if lever is None:
            raise InvalidParameter(f"{path}.{name}", "is no lever", allowed=list(levers()))
        low, high = lever.range
        if not low <= value <= high:
            raise InvalidParameter(
                f"{path}.{name}", f"{value:g} is outside the tested range", allowed=[f"{low:g} to {high:g}"]
            )
        if value != lever.neutral:
            overrides += [one for effect in lever.effects for one in effect.overrides(value, name)]
    return Scenario(path, tuple(overrides))


def _fixed(value: float) -> Drawn:
    return Fixed(distribution="fixed", value=value)
