"""Numbers of others that one of ours can be laid beside, by the address of the figure and its year.

Two tables say which: figures that ``/v1/comparisons`` turns into the unit of a layer, and figures that are laid beside
one of our own quantities because they are of no layer's kind, as a shortfall or what is added in a year
(``explanations.toml``). What neither says how to compare is not compared, and the reason is the table's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter, NotFound
from data.base.layers import LAYERS, DemandConcept, Layer
from features.view import View
from projection.base.timeline import Timeline
from projection.edition.edition import Edition
from projection.inverse.run_draws import RunDraws
from projection.third_party.comparisons import Beside, Contents, compare
from projection.third_party.explanations import Explanation, Pair, explanations
from projection.third_party.own_quantities import QUANTITIES, OwnQuantities
from projection.third_party.projections import NEAREST, Figure, lines, shipped

if TYPE_CHECKING:
    from projection.scenarios.evaluation import Run

FloatArray = NDArray[np.float64]
CLOSE = 5
"""How many close addresses an unknown one is answered with."""


@dataclass(frozen=True)
class OwnNumber:
    """What of ours a number is laid beside: demand of a layer by one reading, or one of our own quantities.

    Attributes:
        layer, reading: of demand; quantity: a name of :data:`QUANTITIES`. One of the two.
    """

    timeline: Timeline
    region: str
    year: int
    layer: Layer | None = None
    reading: DemandConcept = DemandConcept.WANTED
    quantity: str | None = None

    @property
    def beside(self) -> str:
        """What it is called: the layer, or the quantity."""
        return self.quantity or str(self.layer)

    @property
    def name(self) -> str:
        """What it is called among the stages of a run."""
        return f"own {self.region} {self.beside} {self.reading} {self.year}"

    @property
    def title(self) -> str:
        """In words."""
        if self.quantity is not None:
            return f"{self.region} {QUANTITIES[self.quantity].title}"
        return f"{self.region} {self.layer} {self.reading}"

    @property
    def unit(self) -> str:
        """Its unit."""
        return LAYERS[self.layer].unit if self.layer is not None else QUANTITIES[self.quantity or ""].unit

    def of(self, run: "Run") -> FloatArray:
        """Its draws, (draw,); raises :class:`NotFound` where the figures carry none."""
        return self.draws(OwnQuantities(RunDraws(run, self.timeline)))

    def draws(self, quantities: OwnQuantities) -> FloatArray:
        """The same of an edition, or of a run read as one."""
        if self.layer is not None:
            return quantities.demand(self.region, self.layer, self.year, self.reading)
        return QUANTITIES[self.quantity or ""].draws(quantities, self.region, self.year)


@dataclass(frozen=True)
class PublishedNumber:
    """A number that somebody published, in the unit of ours.

    Attributes:
        address: of the figure, as ``series@source``; says: what it is, in words.
        value: in our unit: as it is printed, or the median of its conversion on the edition's draws.
        converted: whether it is a conversion.
        position: share of our draws that are not above it.
    """

    address: str
    publisher: str
    edition: str
    says: str
    ours: OwnNumber
    value: float
    converted: bool
    position: float


def published(edition: Edition, view: View, *, address: str, year: int, beside: str | None = None) -> PublishedNumber:
    """One number.

    Args:
        edition: whose draws are ours.
        view: what was known of others on a day.
        address: ``series@source``, and ``#scenario`` where one of several is meant.
        year: of both.
        beside: the layer or quantity of ours, where there are several; the one converted least when None.

    Raises:
        InvalidParameter: an unknown address, a year it is not printed for, a number that is not comparable, or nothing
            of that name to lay it beside; it says what is allowed.
    """
    figures = [one for one in shipped().figures if address in map(_short, one.at) or address in one.at]
    pairs = [(of, pair) for of in explanations() for pair in of.pair if address in {pair.at, _short(pair.at)}]
    if not figures and not pairs:
        addresses = sorted({_short(text) for one in shipped().figures for text in one.at})
        addresses += [pair.at for of in explanations() for pair in of.pair]
        close = get_close_matches(address, addresses, n=CLOSE, cutoff=0.3)
        raise InvalidParameter(
            "projection", f"{address!r} is compared with nothing of ours", allowed=close or addresses
        )
    numbers, reasons = [], []
    for figure in figures:
        for item in _beside(edition, view, figure, address, year):
            if isinstance(item, str):
                reasons.append(item)
            else:
                numbers.append(item)
    numbers += [number for of, pair in pairs if (number := _of_pair(edition, view, of, pair, year)) is not None]
    if beside is not None:
        named = [one for one in numbers if one.ours.beside == beside]
        if numbers and not named:
            allowed = [one.ours.beside for one in numbers]
            raise InvalidParameter("beside", f"{address} is not laid beside {beside!r}", allowed=allowed)
        numbers = named
    if numbers:
        return numbers[0]
    if reasons:
        raise InvalidParameter("projection", f"{address} of {year} is not comparable: {reasons[0]}")
    years = sorted({pair.year for _, pair in pairs} | _years(view, figures))
    raise InvalidParameter("period", f"{address} has no number of {year}", allowed=[str(one) for one in years])


def _short(text: str) -> str:
    """An address without its scenario."""
    return text.partition("#")[0]


def _beside(edition: Edition, view: View, figure: Figure, address: str, year: int) -> Iterator[PublishedNumber | str]:
    """What a figure of a year is in each layer, the one converted least first; a reason where it is not comparable."""
    layers = sorted(figure.shown_beside, key=lambda layer: _conversion(figure, layer))
    for layer in layers:
        for item in _items(edition, view, figure, layer, year):
            if item.converted is None or item.position is None:
                yield item.why or "It is not converted."
                continue
            yield PublishedNumber(
                address=address,
                publisher=figure.publisher,
                edition=figure.edition,
                says=figure.what or f"{figure.kind} of {figure.region}",
                ours=OwnNumber(Timeline(edition.base_year), figure.region, year, layer=layer, reading=item.reading),
                value=item.converted["0.5"],
                converted=item.line.unit != LAYERS[layer].unit or _conversion(figure, layer) > 0,
                position=item.position,
            )


def _conversion(figure: Figure, layer: Layer) -> int:
    """How much a figure is converted for a layer."""
    order = NEAREST.get(layer, ())
    return order.index(figure.kind) if figure.kind in order else 0


def _items(edition: Edition, view: View, figure: Figure, layer: Layer, year: int) -> list[Beside]:
    cell, contents = edition.cell(figure.region, layer), Contents(date(year, 1, 1), date(year, 12, 31), history=True)
    years = compare(edition, cell, view, contents)
    return [item for one in years for item in one.published if item.line.figure is figure]


def _years(view: View, figures: Sequence[Figure]) -> set[int]:
    """Years that figures are printed for."""
    return {
        line.year
        for figure in figures
        for line in lines(view, figure.region, figure.shown_beside[0], table=shipped())
        if line.figure is figure
    }


def _of_pair(edition: Edition, view: View, of: Explanation, pair: Pair, year: int) -> PublishedNumber | None:
    """A figure laid beside one of our quantities; None where it is of another year or not known that day."""
    if pair.year != year:
        return None
    ours = OwnNumber(Timeline(edition.base_year), pair.region, year, quantity=pair.beside)
    try:
        value, draws = pair.printed(view), ours.draws(OwnQuantities(edition))
    except NotFound:
        return None
    return PublishedNumber(
        address=pair.at,
        publisher=of.publisher,
        edition=_short(pair.at).partition("@")[2],
        says=pair.says,
        ours=ours,
        value=value,
        converted=pair.less is not None,
        position=float(np.mean(draws <= value)),
    )
