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
    """Which demand is meant."""

    EQUIPMENT = "equipment"
    COMMITTED = "committed"
    REQUESTED = "requested"


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
        "accelerators installed or obtainable, in H100 equivalents (dense 8-bit)",
        "H100 equivalents that can be housed and powered; a positive gap is stranded chips",
    ),
    Layer.POWER: LayerSpec(
        Layer.POWER,
        "GW",
        UnitKind.FACILITY_PEAK,
        Timing.END,
        "peak facility draw of the equipment: chips and other IT, times PUE",
        "operating sites and the pipeline after plan realisation, times peak over nameplate",
    ),
    Layer.ENERGY: LayerSpec(
        Layer.ENERGY,
        "TWh",
        UnitKind.FACILITY_TOTAL,
        Timing.TOTAL,
        "electricity the facilities draw over the period",
        "electricity available to data centers: what they use now plus generation growth left to them",
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
