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


METRICS: dict[Layer, tuple[str, ...]] = {
    Layer.COMPUTE: (
        "ai_",
        "capex_",
        "company_revenue",
        "contracted_backlog",
        "data_center_segment_revenue",
        "gpu_rental_price",
        "hpc_share_of_revenue",
        "networking_revenue",
        "semiconductor_sales",
        "share_of_tracked_cluster_compute",
        "tokens_processed",
        "tracked_cluster_compute",
        "tracked_h100e",
    ),
    Layer.POWER: (
        "construction_spending",
        "inventory",
        "power_usage_effectiveness",
        "tracked_facility_power",
        "tracked_it_power",
        "under_construction",
    ),
    Layer.ENERGY: (
        "carbon_intensity_electricity",
        "datacenter_electricity",
        "electricity_",
        "net_electricity_imports",
        "share_of_metered_electricity",
    ),
    Layer.FIRM: (
        "capacity_auction",
        "forecast_error_of_actual_peak",
        "solar_capacity",
        "summer_peak",
        "total_capacity_installed",
        "wind_capacity",
    ),
    Layer.STORAGE: ("hdd_",),
}
"""How the metrics begin that tell of a layer, be it its demand, its supply or what drives them."""

UNITS: dict[str, Layer] = {
    "H100e": Layer.COMPUTE,
    "USD_billion": Layer.COMPUTE,
    "MW": Layer.POWER,
    "TWh": Layer.ENERGY,
    "EB": Layer.STORAGE,
}
"""Layers of what has no metric in the catalogue: derived series, whose money is capital spending."""


def layer_of(metric: str | None, *, unit: str) -> Layer | None:
    """The layer a series tells of, by its metric in the catalogue or, for a derived one (None), by its unit.

    None where it tells of none.

    >>> layer_of("hdd_units_shipped", unit="million_units")
    <Layer.STORAGE: 'storage'>
    >>> layer_of(None, unit="TWh")
    <Layer.ENERGY: 'energy'>
    """
    if metric is None:
        return UNITS.get(unit)
    return next((layer for layer, starts in METRICS.items() if metric.startswith(starts)), None)
