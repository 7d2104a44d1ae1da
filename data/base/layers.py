"""The layers of the gap, with the unit and timing each is answered in."""

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """What can run short."""

    COMPUTE = "compute"
    POWER = "power"
    ENERGY = "energy"
    FIRM = "firm"
    STORAGE = "storage"


class UnitKind(StrEnum):
    """Which of the field's several meanings a unit has; figures of two kinds are never added."""

    BIT8 = "8bit_dense"
    BIT16 = "16bit_dense"
    FACILITY_AVERAGE = "facility_average"
    FACILITY_PEAK = "facility_peak"
    FACILITY_TOTAL = "facility_total"
    ACCREDITED = "accredited"
    INSTALLED = "installed"


class Timing(StrEnum):
    """What a value of a period means."""

    END = "end"
    AVERAGE = "average"
    TOTAL = "total"


class DemandConcept(StrEnum):
    """Which demand is meant; each is at least the next in every draw, and ``requested`` at least ``contracted``."""

    WANTED = "wanted"
    """What buyers would put into use if halls, power and chips were no limit."""
    BOUGHT = "bought"
    """What of it they take, with the chips there are and purchases beyond what halls house delayed."""
    CONTRACTED = "contracted"
    """What stands and what of orders and signed contracts is delivered."""
    REQUESTED = "requested"
    """What stands, contracts, and every request as if all of it were connected."""


class Status(StrEnum):
    """Whether the figures carry a cell."""

    AVAILABLE = "available"
    PARTIAL = "partial"
    UNAVAILABLE = "unavailable"


class Confidence(StrEnum):
    """How much of a cell rests on figures."""

    SUPPORTED = "supported"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """How a layer is answered."""

    layer: Layer
    unit: str
    unit_kind: UnitKind
    timing: Timing
    demand: str
    supply: str


LAYERS: dict[Layer, LayerSpec] = {
    Layer.COMPUTE: LayerSpec(
        Layer.COMPUTE,
        "H100e",
        UnitKind.BIT8,
        Timing.END,
        "accelerators in use, in H100 equivalents (dense 8-bit)",
        "H100 equivalents that are delivered and that halls can house and power",
    ),
    Layer.POWER: LayerSpec(
        Layer.POWER,
        "GW",
        UnitKind.FACILITY_PEAK,
        Timing.END,
        "peak facility draw of the equipment: chips and other IT, times PUE",
        "what halls that are built and connected can draw at their peak",
    ),
    Layer.ENERGY: LayerSpec(
        Layer.ENERGY,
        "TWh",
        UnitKind.FACILITY_TOTAL,
        Timing.TOTAL,
        "electricity the facilities draw over the period",
        "electricity available to data centers: what they use now, what standing plants can make beyond what they did, "
        "and plants to come, less growth of other use; of China all growth of generation",
    ),
    Layer.FIRM: LayerSpec(
        Layer.FIRM,
        "GW",
        UnitKind.ACCREDITED,
        Timing.END,
        "(data-center peak growth + other peak growth) x (1 + reserve margin)",
        "accredited additions net of retirements + behind the meter + starting headroom",
    ),
    Layer.STORAGE: LayerSpec(
        Layer.STORAGE,
        "EB",
        UnitKind.INSTALLED,
        Timing.END,
        "data-center disk capacity installed and forecast to be shipped",
        "drives shipped less retired, estimated apart from demand",
    ),
}


LAYER_OF_UNIT: dict[str, Layer] = {
    "H100e": Layer.COMPUTE,
    "USD_billion": Layer.COMPUTE,
    "MW": Layer.POWER,
    "TWh": Layer.ENERGY,
    "EB": Layer.STORAGE,
}
"""The layer a derived series belongs to, by its unit: its money is capital spending."""
