"""What the address of the page says: the cell, the setting, and what of the page is answered."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field

from data.base.errors import InvalidParameter
from data.base.layers import Layer
from data.periods.text import excerpt
from projection.cells.cells import REGIONS_ANSWERED
from projection.inputs.overrides import BASE
from projection.scenarios.levers import levers
from service.api.scenarios.setting import settings_of
from service.api.scenarios.what_if import SettingQuery
from service.base.query import Text, one_of, span

EACH = "each"
LEAST, MOST = 1, 99
"""Futures of a hundred that a target may be."""
YES_OR_NO = ("no", "yes")


def _target(text: str) -> int:
    if text.isdecimal() and LEAST <= int(text) <= MOST:
        return int(text)
    raise InvalidParameter("target", f"{excerpt(text)} is no target", allowed=[f"{LEAST} to {MOST}"])


class WhatIfPageQuery(SettingQuery):
    """The cell, the setting, and what of the page is answered.

    Attributes:
        draws: whether a preview is enough.
        why: whether it is worked out where the difference comes from.
        target: futures of a hundred that may fall short, at most, where it is asked what that takes.
        take, beside: the lever that is solved for, ``each`` for every one alone, and the second one of a frontier.
        figure: address of a published figure of which is asked what would have to be true.
        part: what of the page is answered, for a script that swaps it.
    """

    region: Annotated[str, one_of("region", REGIONS_ANSWERED)] = "US"
    layer: Annotated[Layer, one_of("layer", list(Layer))] = Layer.POWER
    period: Annotated[date | None, Text(lambda text: span("period", text)[1]), Field(examples=["2028"])] = None
    draws: Annotated[str, one_of("draws", ("full", "preview"))] = "full"
    why: Annotated[str, one_of("why", YES_OR_NO)] = "no"
    target: Annotated[int | None, Text(_target)] = None
    take: Annotated[str, one_of("take", (EACH, *levers()))] = EACH
    beside: Annotated[str | None, one_of("beside", list(levers()))] = None
    figure: Annotated[str | None, Text(str)] = None
    part: Annotated[str, one_of("part", ("all", "answer", "why", "takes"))] = "all"

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """From an address, in which a form without a script names each lever by itself and leaves choices blank.

        Raises:
            InvalidParameter: what is wrong with any of them.
        """
        texts = {name: text for name, text in parameters.items() if text.strip()}
        by_lever = [f"{name}:{texts.pop(name)}" for name in levers() if name in texts]
        if "levers" in texts:
            by_lever.insert(0, texts.pop("levers"))
        return cls.model_validate(texts | ({"levers": ",".join(by_lever)} if by_lever else {}))

    @property
    def settings(self) -> dict[str, float]:
        """Settings of levers that do something."""
        return settings_of(self.levers)

    @property
    def is_base(self) -> bool:
        """Whether nothing is changed."""
        return self.scenario == BASE.name and self.levers is None

    @property
    def chosen(self) -> dict[str, Any]:
        """The parameters of the view, those that are as usual left out."""
        return {
            "region": self.region,
            "layer": self.layer.value,
            "period": None if self.period is None else str(self.period.year),
            "scenario": None if self.scenario == BASE.name else self.scenario,
            "levers": self.levers,
        }
