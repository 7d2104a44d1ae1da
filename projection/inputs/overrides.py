"""What a scenario does to assumptions, draw by draw, on the numbers of the base.

A value is set, scaled or shifted. What is set is read at the assumption's own number of the draw, so that a scenario
moves every draw by the difference of two distributions; the size of a scale or a shift that has a band has numbers of
its own, named after the scenario that states it, so that composing scenarios leaves them as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.base.streams import normals
from projection.inputs.distributions import Drawn, Fixed, Range

FloatArray = NDArray[np.floating[Any]]


class Change(StrEnum):
    """What is done to a value, in the order it is done."""

    SET = "set"
    SCALE = "scale"
    SHIFT = "shift"


ORDER = tuple(Change)


@dataclass(frozen=True)
class OverrideNormals:
    """Standard normals of the bands of overrides, (draw,), by stream.

    Attributes:
        draws: how many follow the first; positions: those of them that are meant, ascending; None for all.
        random: whether they are; else every size is its median.
    """

    seed: int
    draws: int
    first: int = 0
    positions: NDArray[np.int64] | None = None
    random: bool = True

    def at(self, positions: NDArray[np.int64]) -> "OverrideNormals":
        """The numbers of some of the draws."""
        return replace(self, positions=positions)

    def of(self, stream: str) -> FloatArray:
        """Those of a stream."""
        z = normals(self.seed, stream, self.draws, first=self.first)
        return z if self.positions is None else z[self.positions]


@dataclass(frozen=True)
class Override:
    """One change of one assumption.

    Attributes:
        spec: the value that is set, the factor or the summand, as it is drawn.
        origin: the scenario that states it.
    """

    assumption: str
    change: Change
    spec: Drawn
    origin: str

    @property
    def of_own_draw(self) -> bool:
        """Whether it is read at the assumption's own numbers."""
        return self.change is Change.SET

    def normals(self, normals: OverrideNormals | None, *, like: FloatArray) -> FloatArray:
        """Where a scale or a shift is read, (draw,); a constant is the same anywhere."""
        if normals is None or not normals.random or isinstance(self.spec, Fixed):
            return np.zeros_like(like)
        return normals.of(f"scenario/{self.origin}/{self.assumption}/{self.change}")

    def applied(self, values: FloatArray, z: FloatArray, allowed: Range) -> FloatArray:
        """Values, (draw,), after the change."""
        size = self.spec.read(z)
        if self.change is Change.SET:
            return size
        changed = values * size if self.change is Change.SCALE else values + size
        return np.asarray(np.clip(changed, *allowed))


@dataclass(frozen=True)
class Scenario:
    """A named set of overrides; none is the base."""

    name: str
    overrides: tuple[Override, ...] = ()

    @cached_property
    def by_assumption(self) -> Mapping[str, tuple[Override, ...]]:
        """Overrides by assumption, in one order however they were composed."""
        ordered = sorted(self.overrides, key=lambda one: (one.assumption, ORDER.index(one.change), one.origin))
        return {name: tuple(together) for name, together in groupby(ordered, key=lambda one: one.assumption)}

    @property
    def changed(self) -> frozenset[str]:
        """Names of the assumptions it overrides."""
        return frozenset(self.by_assumption)


BASE = Scenario("base")
"""Every assumption as it is listed."""
