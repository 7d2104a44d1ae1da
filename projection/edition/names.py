"""What an edition keeps things under: cells, columns of draws, and the files they are in."""

from data.base.layers import DemandConcept, Layer
from data.periods.period import Period
from projection.cells.paths import EXPECTED, Paths

FUNNEL = "funnel.json"
"""The document of the funnel by region."""
POSITIONS = "positions.parquet"
"""The file of the positions of an edition's draws among those of the prior."""
PACES = "paces.parquet"
"""The file of additions of generation by technology, of the base scenario, one row a draw."""
FORMER_FORMATS = frozenset({2, 3})
"""Formats whose editions told less apart: their one demand is what is now bought, before the model error was drawn."""
FORMER_WANTED = {Layer.COMPUTE: "unconstrained", Layer.POWER: "unconstrained", Layer.STORAGE: "demand"}
"""Columns of what is now wanted, by the layers that told it; storage has always had one demand."""


BOOKED = {DemandConcept.CONTRACTED: {"supply"}, DemandConcept.REQUESTED: {"supply", EXPECTED}}
"""Demand by order books and queues, and what stands beside it."""
BESIDE = frozenset(Paths.names()) - {concept.value for concept in DemandConcept} - {"binding"}
"""Quantities beside what is wanted or bought. What binds is the region's, of all layers of power: limits tell it."""


def read_by(concept: DemandConcept) -> frozenset[str]:
    """Quantities of a cell that its answers read under a demand concept."""
    beside = BOOKED.get(concept, BESIDE | {DemandConcept.BOUGHT.value})
    return frozenset({concept.value, *beside})


def column(region: str, layer: Layer, quantity: str, period: Period) -> str:
    """Name of a column of draws."""
    return f"{region}|{layer}|{quantity}|{period.freq}|{period.start}"


def pace_column(region: str, name: str, year: Period) -> str:
    """Name of a column of :data:`PACES`."""
    return f"{region}|{name}|{year.start}"


def draws_file(scenario: str, name: str) -> str:
    """The file that holds a column of draws: one a cell and quantity, small enough to be hashed at every reading.

    >>> draws_file("base", "US|power|wanted|A|2028-01-01")
    'draws/base/US.power.wanted.parquet'
    """
    region, layer, quantity, *_ = name.split("|")
    return f"draws/{scenario}/{region}.{layer}.{quantity}.parquet"


def cell_name(region: str, layer: Layer, concept: DemandConcept = DemandConcept.WANTED) -> str:
    """What an edition keeps a cell under."""
    return f"{region}|{layer}" if concept is DemandConcept.WANTED else f"{region}|{layer}|{concept}"


def former_demand(layer: Layer, concept: DemandConcept) -> str | None:
    """The quantity that is kept of a concept in :data:`FORMER_FORMATS`; None where they did not tell it.

    What they called requested is another quantity.
    """
    match concept:
        case DemandConcept.WANTED:
            return FORMER_WANTED.get(layer)
        case DemandConcept.BOUGHT:
            return "demand"
        case DemandConcept.CONTRACTED:
            return "committed"
        case DemandConcept.REQUESTED:
            return None


def former_cell_name(region: str, layer: Layer, concept: DemandConcept) -> str:
    """What a cell is kept under in :data:`FORMER_FORMATS`."""
    quantity = former_demand(layer, concept)
    return f"{region}|{layer}|committed" if quantity == "committed" else f"{region}|{layer}"
