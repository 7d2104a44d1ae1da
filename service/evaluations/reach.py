"""The work of ``GET /v1/levers/reach``: which levers move a cell, on the first draws."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from data.base.layers import Layer
from projection.scenarios.evaluation import BaseDraws, check_cell, parts_of
from projection.scenarios.levers import levers, scenario
from service.evaluations.question import Answer, ReachQuestion

OF_THE_GAP = ("wanted", "supply")
"""Quantities that a lever may move: what is wanted, and what meets it."""


@dataclass(frozen=True)
class ReachWork:
    """See :class:`service.evaluations.work.Work`."""

    base: BaseDraws
    key: tuple[str, Layer]

    @classmethod
    def of(cls, base: BaseDraws, question: ReachQuestion) -> Self:
        """For a question; raises :class:`NotFound` for a cell that no edition answers."""
        key = question.region, question.layer
        check_cell(key)
        return cls(base, key)

    def parts(self) -> Iterator[list[str]]:
        """Names of the levers of which an end of the range changes a draw: more draws would tell no other ones."""
        yield [name for name in levers() if any(self._moves(name, end) for end in levers()[name].range)]

    def _moves(self, name: str, end: float) -> bool:
        if end == levers()[name].neutral:
            return False
        (evaluated,) = parts_of(self.base, scenario({name: end}), [self.key], parts=1)
        here, before = (cells[self.key].paths for cells in (evaluated.scenario, evaluated.base))
        return not all(np.array_equal(here[one], before[one], equal_nan=True) for one in OF_THE_GAP if one in here)

    def answer(self, together: Sequence[list[str]], *, preview: bool) -> Answer:
        """The names, in the order of the levers."""
        del preview
        return [{"levers": together[0]}]
