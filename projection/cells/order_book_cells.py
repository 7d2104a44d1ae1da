"""Cells of demand from order books and queues: which ones the figures carry, with status, reason and notes."""

from dataclasses import dataclass

from data.base.errors import NotFound
from data.base.layers import Confidence, DemandConcept, Layer, Status


@dataclass(frozen=True, slots=True)
class Carried:
    """What the figures can carry of one cell under a demand concept other than equipment."""

    status: Status
    confidence: Confidence | None
    reason: str | None
    notes: tuple[str, ...] = ()


_ENDS = "Contracts are dated to 2030 by one publisher; what stands after it is no forecast."
_LARGE = "The count is of large loads; the data centers' share of them is an assumption read off ERCOT's queue."
_BOTH = (
    "What landlords build beyond the 17 GW that utilities count as under construction may stand in both: 4 of 120 GW."
)
_SUBMITTED = (
    "What comes of ERCOT's growth as submitted rests on its editions that met a summer: 0.18 of it, with the weather's "
    "error (five forecasts, two summers); growth that comes without requests is taken off."
)
_FILLING = "Halls that are connected already and still fill up are in no book: the first years are a lower bound."


def _none(reason: str) -> Carried:
    return Carried(Status.UNAVAILABLE, None, reason)


def _partial(reason: str, *notes: str) -> Carried:
    return Carried(Status.PARTIAL, Confidence.WEAK, reason, notes)


CARRIED: dict[tuple[str, Layer, DemandConcept], Carried] = {
    ("US", Layer.POWER, DemandConcept.COMMITTED): Carried(
        Status.AVAILABLE, Confidence.WEAK, None, (_ENDS, _LARGE, _BOTH, _FILLING)
    ),
    ("WORLD", Layer.POWER, DemandConcept.COMMITTED): _partial(
        "Outside the United States only the foreign part of announced deals is known: a lower bound.",
        *(_ENDS, _LARGE, _BOTH, _FILLING),
    ),
    ("US-VA", Layer.POWER, DemandConcept.COMMITTED): _partial(
        "One utility's agreements and letters; what its connected customers draw is derived, not metered.",
        "No deliverable supply of Virginia is modelled with them, so they carry a demand and no gap.",
    ),
    ("US-TX", Layer.POWER, DemandConcept.COMMITTED): _partial(
        "Only loads approved to energise are known, about a year ahead; what is signed behind them is not published.",
        "The metered large load contains crypto mines.",
    ),
    ("WORLD", Layer.COMPUTE, DemandConcept.COMMITTED): _partial(
        "NVIDIA's orders end with 2027; of other designers only gigawatt deals are known.",
        "Price and chips' share of an order are read off NVIDIA's last quarters.",
    ),
    ("US", Layer.COMPUTE, DemandConcept.COMMITTED): _partial(
        "The world's book times the assumed share of chips that stand in the United States: no order states a place.",
        "NVIDIA's orders end with 2027; of other designers only gigawatt deals are known.",
    ),
    ("US", Layer.POWER, DemandConcept.REQUESTED): _partial(
        "Two grids' queues stand for the country (ERCOT, Dominion): a lower bound of what is asked for.",
        _LARGE,
        _SUBMITTED,
    ),
    ("US-VA", Layer.POWER, DemandConcept.REQUESTED): _partial(
        "One utility's letters for substations; no supply of Virginia is modelled with them."
    ),
    ("US-TX", Layer.POWER, DemandConcept.REQUESTED): _partial(
        "One forecast with every request in it, of April 2025; publishers count 225 to 439 GW of requests since.",
        _LARGE,
        _SUBMITTED,
    ),
    ("WORLD", Layer.POWER, DemandConcept.REQUESTED): _none(
        "No connection queue outside the United States is in the figures; two grids there say nothing of the world."
    ),
    **{
        (grid, Layer.POWER, concept): _none(f"What is signed and asked for there stands under {state}; {apart}.")
        for grid, state, apart in (
            ("US-PJM", "US-VA", "of PJM's other utilities no book is in the figures"),
            ("US-ERCOT", "US-TX", "ERCOT serves about nine tenths of Texas"),
        )
        for concept in (DemandConcept.COMMITTED, DemandConcept.REQUESTED)
    },
    ("CN", Layer.POWER, DemandConcept.COMMITTED): _none("No signed power of Chinese data centers is published."),
    ("CN", Layer.COMPUTE, DemandConcept.COMMITTED): _none("No order book of Chinese chip designers is published."),
    ("EU", Layer.POWER, DemandConcept.COMMITTED): _none("No signed power of data centers in the EU is in the figures."),
    ("EU", Layer.COMPUTE, DemandConcept.COMMITTED): _none("No order states a place in the EU."),
}
"""Cells with a verdict of their own."""

_OTHER: dict[Layer, str] = {
    Layer.COMPUTE: "Nobody publishes a queue for chips, and no order states a state.",
    Layer.POWER: "No order, contract or queue of that region is in the figures.",
    Layer.ENERGY: "Contracts and queues are in gigawatts; the hours they will run are not in them.",
    Layer.FIRM: "Contracts and queues are of customers' load; none says what firm capacity it was accepted against.",
    Layer.STORAGE: "No order book of disks or flash for data centers is in the figures.",
}


def carried(region: str, layer: Layer, concept: DemandConcept) -> Carried:
    """The verdict of a cell under ``committed`` or ``requested``; raises :class:`NotFound` for ``equipment``."""
    if concept is DemandConcept.EQUIPMENT:
        raise NotFound("verdict", concept, allowed=(DemandConcept.COMMITTED, DemandConcept.REQUESTED))
    return CARRIED.get((region, layer, concept)) or _none(_OTHER[layer])
