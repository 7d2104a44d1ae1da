"""What would have to be true for a published figure to be our middle case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.view import View
from projection.edition.edition import Edition
from service.api.gaps.comparisons import ComparisonQuery, comparison
from service.api.scenarios.requirements import RequirementsQuery
from service.evaluations.question import RequirementsQuestion
from service.pages.views.what_if.query import WhatIfPageQuery


@dataclass(frozen=True, slots=True)
class Choice:
    """A published figure one may ask about: its address, and what it is."""

    address: str
    text: str


def choices(edition: Edition, view: View, query: WhatIfPageQuery, year: int) -> list[Choice]:
    """Figures of a year that can be laid beside the cell, as ``/v1/comparisons`` has them."""
    compared = comparison(edition, view, ComparisonQuery.model_validate({"region": query.region, "layer": query.layer}))
    return [
        Choice(item.line.figure.at[0], f"{item.line.figure.publisher}, {item.line.figure.edition}")
        for one in compared.years
        if one.period.year == year
        for item in one.published
        if item.converted is not None
    ]


def question_of(edition: Edition, view: View, query: WhatIfPageQuery, year: int) -> RequirementsQuestion:
    """What the processes are asked; raises :class:`InvalidParameter` for a figure that is not comparable."""
    texts = {"projection": query.figure, "period": str(year), "beside": query.layer.value}
    return RequirementsQuestion(edition.id, RequirementsQuery.model_validate(texts).number(edition, view))


def sentences_of(content: Mapping[str, Any]) -> list[str]:
    """The figure beside ours, and what gives it."""
    return list(content["sentences"])
