"""Stages of a pass: every part is computed when it is asked for, once, and under a scenario only if it has to be.

A stage remembers which assumptions were read while it was computed, those of the stages it asked for included. A pass
under a scenario takes over, from the base's pass on the same random numbers, every stage that read none of the
assumptions the scenario overrides: what it would compute is the same to the last bit. So a question costs what lies
between it and the overrides, and a cell whose stages were all taken over is one the scenario cannot move.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from projection.inputs.assumption_values import Values

FloatArray = NDArray[np.floating[Any]]
Part = TypeVar("Part")


class Stages:
    """Parts of one pass by name.

    Args:
        values: assumption draws of the pass.
        base: stages of the base on the same random numbers; None for a pass that takes over nothing.
        changed: assumptions whose values differ from the base's.
    """

    def __init__(
        self, values: "Values", *, base: "Stages | None" = None, changed: AbstractSet[str] = frozenset()
    ) -> None:
        self._base, self._changed = base, changed
        self._parts: dict[str, Any] = {}
        self._reads: dict[str, frozenset[str]] = {}
        self._open: list[set[str]] = []
        self.moved: set[str] = set()
        """Stages that were not taken over."""
        self.values = cast("Values", _Recorded(cast("Mapping[str, FloatArray]", values), self._open))

    def under(self, differing: "Values", changed: AbstractSet[str]) -> "Stages":
        """Stages of a scenario beside these, with the values in which it differs."""
        return Stages(cast("Values", {**self.values, **differing}), base=self, changed=changed)

    def of(self, name: str, make: Callable[[], Part]) -> Part:
        """The part of a name, made where it has to be; whoever asked for it has then read what it read."""
        if name not in self._parts:
            if self._base is not None and self._base.serves(name, self._changed):
                self._parts[name], self._reads[name] = self._base.part(name)
            else:
                reads: set[str] = set()
                self._open.append(reads)
                try:
                    self._parts[name] = make()
                finally:
                    self._open.pop()
                self._reads[name] = frozenset(reads)
                self.moved.add(name)
        if self._open:
            self._open[-1].update(self._reads[name])
        return cast("Part", self._parts[name])

    def serves(self, name: str, changed: AbstractSet[str]) -> bool:
        """Whether the part is there, or the base's would be taken over, and read none of some assumptions."""
        if name in self._parts:
            return not self._reads[name] & changed
        return self._base is not None and self._base.serves(name, self._changed | changed)

    def reads(self, name: str) -> frozenset[str]:
        """Assumptions that a part rests on."""
        return self._reads[name]

    def part(self, name: str) -> tuple[Any, frozenset[str]]:
        """The part, and what it read; of one that was not asked for here, the base's."""
        if name not in self._parts and self._base is not None:
            return self._base.part(name)
        return self._parts[name], self._reads[name]


class _Recorded(dict[str, FloatArray]):
    """Values that note which of them are read while a stage is computed."""

    def __init__(self, values: Mapping[str, FloatArray], readers: list[set[str]]) -> None:
        super().__init__(values)
        self._readers = readers

    def __getitem__(self, name: str) -> FloatArray:
        if self._readers:
            self._readers[-1].add(name)
        return super().__getitem__(name)
