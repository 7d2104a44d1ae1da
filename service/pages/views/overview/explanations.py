"""What stands behind the numbers at the head of the overview: meaning, unit, day, and the series they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.base.layers import DemandConcept
from data.catalogue.catalogue import SeriesInfo
from features.recipes import RECIPES
from projection.edition.edition import Cell, Edition
from projection.edition.points import Point
from service.api.gaps.gaps import GapReading
from service.pages.charts.style import KINDS
from service.pages.frame.names import Source, series_title, source_of
from service.pages.views.overview.answer import scale_of, when_of
from service.pages.words import MET, NEED, in_hundred

SHOWN = 4
"""Sources of a series that are named; its own page has all of them."""
MADE_OF = {recipe.series_id: recipe.inputs for recipe in RECIPES}


@dataclass(frozen=True, slots=True)
class Input:
    """A series that an answer rests on.

    Attributes:
        title: in words.
        series: ids of the series that have a page: itself, or those it is made of.
        period: the newest it knows.
        late: whether that is later than usual.
        sources: where its figures were published, the newest first.
    """

    title: str
    series: Sequence[str]
    period: str
    late: bool
    sources: Sequence[Source]


@dataclass(frozen=True, slots=True)
class Explained:
    """One number at the head of a page: ``term`` says what it is, ``how`` the unit it is counted in."""

    name: str
    value: str
    term: str
    unit: str
    when: str
    how: str


def explained_numbers(reading: GapReading, point: Point | None) -> list[Explained]:
    """The numbers of the answer in one period; none where there is no answer."""
    if point is None:
        return []
    scale, cell = scale_of(reading), reading.cell
    when = when_of(reading, point)
    demand = "needed" if cell.demand_concept is DemandConcept.WANTED else cell.demand_concept.value
    how = KINDS[cell.unit_kind]
    numbers = []
    if point.p_short is not None:
        chance = in_hundred(point.p_short)
        numbers.append(
            Explained("chance of a shortage", chance, "chance", "futures of 100", when, "counted over all futures")
        )
    numbers.append(Explained(NEED[cell.demand_concept], scale.text(point.demand["0.5"]), demand, scale.unit, when, how))
    if point.supply is not None:
        numbers.append(Explained(MET[cell.layer], scale.text(point.supply["0.5"]), "supply", scale.unit, when, how))
    if point.p_short and point.expected_shortfall is not None:
        shortfall = scale.text(point.expected_shortfall / point.p_short)
        numbers.append(Explained("average shortfall", shortfall, "shortfall", scale.unit, when, how))
    return numbers


def inputs_of(edition: Edition, cell: Cell, catalogue: Mapping[str, SeriesInfo]) -> list[Input]:
    """The series an answer rests on, in the order of the edition."""
    return [_input(driver, catalogue) for driver in edition.drivers_of(cell)]


def _input(driver: Mapping[str, Any], catalogue: Mapping[str, SeriesInfo]) -> Input:
    name = driver["series_id"]
    listed = [one for one in (name, *MADE_OF.get(name, ())) if one in catalogue]
    published = {source: None for one in listed for source in reversed(catalogue[one].sources)}
    return Input(
        series_title(name, catalogue),
        listed,
        str(driver["period"]),
        bool(driver["stale"]),
        [source_of(source) for source in published][:SHOWN],
    )
