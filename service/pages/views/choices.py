"""Choices of a page as links: regions, layers, years and readings of demand; those that cannot answer say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency
from projection.cells.cells import COUNTRIES, GRIDS, STATES
from projection.edition.edition import Cell, Edition
from service.pages.words import DEMAND_NAME, LAYER_NAME, region_title

LAYERS_SHOWN = (Layer.POWER, Layer.COMPUTE, Layer.ENERGY, Layer.FIRM, Layer.STORAGE)
ANSWERED = (*COUNTRIES, *GRIDS, *STATES)
"""Regions that have cells."""
Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One link of a row.

    Attributes:
        text: on the link.
        parameters: of the view it leads to.
        current: whether it is the one that is open.
        status: whether it answers; None where every choice of the row does.
        reason: why it does not, or not all of it.
    """

    text: str
    parameters: Parameters
    current: bool
    status: Status | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of choices under a name."""

    name: str
    choices: Sequence[Choice]


def regions(edition: Edition, chosen: Parameters, *, layer: Layer, demand: DemandConcept) -> list[Row]:
    """Countries, grids and states, each with what it answers of a layer."""
    order = ("US", "CN", "EU", "WORLD")
    named = {
        "Country": tuple(code for code in order if code in COUNTRIES),
        "Grid": GRIDS,
        "State": STATES,
    }
    return [
        Row(
            name,
            [
                _of_cell(
                    region_title(code), edition.cell(code, layer, demand=demand), {**chosen, "region": code}, chosen
                )
                for code in codes
            ],
        )
        for name, codes in named.items()
    ]


def layers(edition: Edition, chosen: Parameters, *, region: str, demand: DemandConcept) -> Row:
    """Every layer with what it answers of a region."""
    return Row(
        "What",
        [
            _of_cell(
                LAYER_NAME[layer], edition.cell(region, layer, demand=demand), {**chosen, "layer": layer.value}, chosen
            )
            for layer in LAYERS_SHOWN
        ],
    )


def demands(edition: Edition, chosen: Parameters, *, region: str, layer: Layer) -> Row:
    """Every reading of demand with what it answers of a cell."""
    return Row(
        "Demand",
        [
            _of_cell(name, edition.cell(region, layer, demand=demand), {**chosen, "demand": demand.value}, chosen)
            for demand, name in DEMAND_NAME.items()
        ],
    )


def periods(edition: Edition, chosen: Parameters, cell: Cell, *, freq: Frequency, marked: date | None) -> Row:
    """Every period a cell is answered for, the one asked about marked."""
    answered = edition.periods(cell, freq)
    return Row(
        "By the end of" if cell.timing.value == "end" else "In",
        [Choice(period.label, {**chosen, "period": period.label}, period.start == marked) for period in answered],
    )


def frequencies(chosen: Parameters, *, freq: Frequency) -> Row:
    """Years or quarters; a period of the one is none of the other."""
    names = {Frequency.YEAR: "Years", Frequency.QUARTER: "Quarters"}
    return Row(
        "Periods",
        [Choice(text, {**chosen, "freq": one.value, "period": None}, one is freq) for one, text in names.items()],
    )


def answering(edition: Edition, chosen: Parameters, *, region: str) -> list[Choice]:
    """What a region does answer, over layers and readings of demand: where to go from a cell that does not."""
    answered = []
    for layer in LAYERS_SHOWN:
        for demand in DemandConcept:
            cell = edition.cell(region, layer, demand=demand)
            if cell.status is not Status.UNAVAILABLE and demand is not DemandConcept.BOUGHT:
                text = f"{LAYER_NAME[layer]}: {DEMAND_NAME[demand].lower()}"
                there = {**chosen, "layer": layer.value, "demand": demand.value}
                answered.append(Choice(text, there, current=False, status=cell.status))
    return answered


def _of_cell(text: str, cell: Cell, parameters: Parameters, chosen: Parameters) -> Choice:
    """The choice that leads to a cell from the one that is open."""
    return Choice(text, parameters, parameters == chosen, cell.status, cell.reason or "")
