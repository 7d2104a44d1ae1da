"""Yardsticks: one quantity of a region by period, every draw of it, read off an edition under one scenario.

A difference or a chance between two regions is taken draw by draw: row ``i`` of every yardstick is the same future.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency, Period
from projection.cells.paths import Binding
from projection.edition.edition import BASE, Cell, Edition
from projection.edition.names import PACES, pace_column
from projection.inputs.assumption_values import Values
from projection.open_models.answers import CHINA, ModelLayer
from projection.open_models.shares import HuaweiLink

FloatArray = NDArray[np.float64]


class YardstickName(StrEnum):
    """What regions are compared by."""

    INSTALLED = "installed_h100e"
    DELIVERABLE = "deliverable_h100e"
    INSTALLED_16_BIT = "installed_h100e_16_bit"
    WESTERN_CHIPS = "installed_h100e_western"
    CHINESE_CHIPS = "installed_h100e_chinese"
    COMPUTE_HEADROOM = "compute_headroom"
    POWER_HEADROOM = "power_headroom"
    ENERGY_HEADROOM = "energy_headroom"
    FIRM_HEADROOM = "firm_headroom"
    DATA_CENTERS_ADDED = "data_centers_added"
    GENERATION_ADDED = "generation_added"
    SOLAR_ADDED = "solar_added"
    REACTORS_ADDED = "reactors_added"
    OPEN_MODEL_SHARE = "open_model_share"
    LIMITED_BY_HALLS = "limited_by_halls"
    LIMITED_BY_GRID = "limited_by_grid"
    HUAWEI_PART = "huawei_part"
    DOMESTIC_PART = "domestic_part"
    SERVED_ON_HUAWEI = "served_on_huawei"
    SERVED_FOR_OTHERS = "served_for_others"
    TRAINED_ON_HUAWEI = "trained_on_huawei"


@dataclass(frozen=True)
class RegionDraws:
    """A yardstick of one region.

    Attributes:
        periods: ascending.
        draws: shape (draw, period), in the yardstick's unit.
        sources: what the region's cell rests on: ids of sources, or publishers in words.
    """

    periods: tuple[Period, ...]
    draws: FloatArray
    sources: tuple[str, ...]

    def at(self, period: Period) -> FloatArray:
        """Draws of one period, (draw,); raises :class:`NotFound` for one that is not answered."""
        if period not in self.periods:
            answered = f"{self.periods[0].label} to {self.periods[-1].label}"
            raise NotFound("period", period.label, hint=f"answered is {answered}")
        return self.draws[:, self.periods.index(period)]


@dataclass(frozen=True)
class Futures:
    """The draws of an edition under one scenario.

    Attributes:
        values: assumptions that shares of models are read with, (draw,); None where the edition keeps them.
    """

    edition: Edition
    scenario: str = BASE
    values: Values | None = None

    def cell(self, region: str, layer: Layer, demand: DemandConcept = DemandConcept.WANTED) -> Cell:
        """A cell under the scenario."""
        return self.edition.cell(region, layer, scenario=self.scenario, demand=demand)

    def models(self) -> ModelLayer:
        """Use of models under the scenario; raises :class:`NotFound` where the edition carries none."""
        return ModelLayer.of(self.edition, scenario=self.scenario, values=self.values)


Read = Callable[[Futures, str], RegionDraws]
"""Reads a yardstick of a region; raises :class:`NotFound` whose hint says why the edition does not carry it."""


@dataclass(frozen=True)
class Yardstick:
    """A yardstick in words and how it is read.

    Attributes:
        ratio: whether one region over the other is a natural reading; it is not where a value may be negative.
    """

    title: str
    definition: str
    unit: str
    freq: Frequency
    read: Read
    ratio: bool = True


def draws_of(futures: Futures, name: YardstickName, region: str) -> RegionDraws:
    """A yardstick of a region.

    Raises:
        NotFound: the edition does not carry it; the hint says why.
        ArtifactCorrupt: a file of the edition is gone or changed.
    """
    return YARDSTICKS[name].read(futures, region)


def _cell(futures: Futures, region: str, layer: Layer, demand: DemandConcept) -> Cell:
    cell = futures.cell(region, layer, demand)
    if cell.status is not Status.AVAILABLE:
        raise NotFound("yardstick", f"{layer} of {region}", hint=cell.reason or "The edition does not carry it.")
    return cell


def _quantity(futures: Futures, cell: Cell, quantity: str, periods: Sequence[Period]) -> FloatArray:
    draws = futures.edition.draws(cell, quantity, periods)
    if draws is None:
        hint = f"The edition keeps no {quantity} of {cell.layer} of {cell.region}."
        raise NotFound("yardstick", f"{quantity} of {cell.region}", hint=hint)
    return draws


def _headroom(layer: Layer, futures: Futures, region: str) -> RegionDraws:
    cell = _cell(futures, region, layer, DemandConcept.WANTED)
    periods = futures.edition.periods(cell, Frequency.QUARTER)
    demand, supply = (_quantity(futures, cell, name, periods) for name in ("demand", "supply"))
    return RegionDraws(tuple(periods), supply - demand, cell.sources)


def _installed(futures: Futures, region: str) -> RegionDraws:
    cell = _cell(futures, region, Layer.COMPUTE, DemandConcept.BOUGHT)
    periods = futures.edition.periods(cell, Frequency.QUARTER)
    demand, supply = (_quantity(futures, cell, name, periods) for name in ("demand", "supply"))
    return RegionDraws(tuple(periods), np.minimum(demand, supply), cell.sources)


def _deliverable(futures: Futures, region: str) -> RegionDraws:
    cell = _cell(futures, region, Layer.COMPUTE, DemandConcept.BOUGHT)
    periods = futures.edition.periods(cell, Frequency.QUARTER)
    return RegionDraws(tuple(periods), _quantity(futures, cell, "supply", periods), cell.sources)


def _part_of_compute(quantity: str, futures: Futures, region: str) -> RegionDraws:
    cell = _cell(futures, region, Layer.COMPUTE, DemandConcept.BOUGHT)
    periods = futures.edition.periods(cell, Frequency.QUARTER)
    return RegionDraws(tuple(periods), _quantity(futures, cell, quantity, periods), cell.sources)


def _installed_part(quantity: str, futures: Futures, region: str) -> RegionDraws:
    whole, part = _installed(futures, region), _part_of_compute(quantity, futures, region)
    return RegionDraws(whole.periods, whole.draws * part.draws, whole.sources)


def _chinese_chips(futures: Futures, region: str) -> RegionDraws:
    """Chips of designers of China stay in China (``features/chips/designers.toml``)."""
    if region == CHINA:
        return _installed_part("domestic", futures, region)
    whole = _installed(futures, region)
    return RegionDraws(whole.periods, np.zeros_like(whole.draws), whole.sources)


def _western_chips(futures: Futures, region: str) -> RegionDraws:
    whole, chinese = _installed(futures, region), _chinese_chips(futures, region)
    return RegionDraws(whole.periods, whole.draws - chinese.draws, whole.sources)


def _data_centers_added(futures: Futures, region: str) -> RegionDraws:
    cell = _cell(futures, region, Layer.POWER, DemandConcept.WANTED)
    periods = futures.edition.periods(cell, Frequency.YEAR)
    since_base = _quantity(futures, cell, "additions", periods)
    return RegionDraws(tuple(periods), np.diff(since_base, axis=1, prepend=0.0), cell.sources)


def _generation_added(futures: Futures, region: str) -> RegionDraws:
    cell = futures.cell(region, Layer.ENERGY)
    if cell.status is Status.UNAVAILABLE:
        raise NotFound("yardstick", f"generation of {region}", hint=cell.reason or "The edition does not carry it.")
    periods = futures.edition.periods(cell, Frequency.YEAR)
    return RegionDraws(tuple(periods), _quantity(futures, cell, "pace", periods), cell.sources)


def _pace(futures: Futures, region: str, name: str) -> RegionDraws:
    """Draws of additions by technology; raises :class:`NotFound` where the edition keeps none of the region."""
    cell = futures.cell(region, Layer.ENERGY)
    has_paces = futures.scenario == BASE and PACES in futures.edition.manifest["files"]
    frame = futures.edition.table(PACES) if has_paces else pl.DataFrame()
    years = [
        year
        for year in futures.edition.periods(cell, Frequency.YEAR)
        if pace_column(region, name, year) in frame.columns
    ]
    if not years:
        raise NotFound("yardstick", name, hint=f"The edition keeps no draws of {name} of {region}.")
    draws = frame.select([pace_column(region, name, year) for year in years]).to_numpy().astype(np.float64)
    return RegionDraws(tuple(years), draws, cell.sources)


def _solar_added(futures: Futures, region: str) -> RegionDraws:
    return _pace(futures, region, "solar_additions_all" if region == "US" else "solar_additions")


def _reactors_added(futures: Futures, region: str) -> RegionDraws:
    if region != "US":
        return _pace(futures, region, "nuclear_additions")
    running = _pace(futures, region, "nuclear_restarts")
    return RegionDraws(running.periods, np.diff(running.draws, axis=1, prepend=0.0), running.sources)


def _limited_by(limits: Sequence[Binding], futures: Futures, region: str) -> RegionDraws:
    cell = _cell(futures, region, Layer.POWER, DemandConcept.WANTED)
    periods = futures.edition.periods(cell, Frequency.QUARTER)
    codes = _quantity(futures, cell, "binding", periods)
    return RegionDraws(tuple(periods), np.isin(codes, limits).astype(np.float64), cell.sources)


def _open_model_share(futures: Futures, region: str) -> RegionDraws:
    layer = futures.models()
    shares = layer.pool().shares.by_country
    if region not in shares:
        raise NotFound("yardstick", f"open models of {region}", hint=f"Proxies do not count {region} apart.")
    return RegionDraws(layer.quarters, shares[region].astype(np.float64), model_sources(layer))


def _on_huawei(quantity: Callable[[HuaweiLink], NDArray[np.floating]], futures: Futures, region: str) -> RegionDraws:
    layer = futures.models()
    link = layer.huawei(layer.pool().shares) if region == CHINA else None
    if link is None:
        raise NotFound("yardstick", f"use of Huawei in {region}", hint="Huawei's chips are counted in China only.")
    return RegionDraws(layer.quarters, quantity(link[0]).astype(np.float64), model_sources(layer))


def _served_for_others(futures: Futures, region: str) -> RegionDraws:
    layer = futures.models()
    if region != CHINA:
        raise NotFound("yardstick", f"serving of others in {region}", hint="It is assumed of China only.")
    return RegionDraws(layer.quarters, layer.served_abroad().astype(np.float64), ())


def model_sources(layer: ModelLayer) -> tuple[str, ...]:
    """Ids of sources that shares of open models rest on."""
    proxies = layer.about["proxies"]
    return tuple(sorted({source for name in layer.proxies for source in proxies[name.value]["sources"]}))


QUARTER, YEAR = Frequency.QUARTER, Frequency.YEAR
YARDSTICKS: Mapping[YardstickName, Yardstick] = {
    YardstickName.INSTALLED: Yardstick(
        "Installed compute",
        "Accelerators in use at the end of the quarter: what is bought, as far as halls and chips can serve it; H100 "
        "equivalents, dense 8-bit.",
        "H100e", QUARTER, _installed,
    ),
    YardstickName.DELIVERABLE: Yardstick(
        "Deliverable compute",
        "H100 equivalents that chips, halls and power could serve at the end of the quarter, whether bought or not.",
        "H100e", QUARTER, _deliverable,
    ),
    YardstickName.INSTALLED_16_BIT: Yardstick(
        "Installed compute, counted at 16 bit",
        "Installed compute in H100 equivalents at dense 16-bit, on which chips made for 8 bit count for less.",
        "H100e", QUARTER, partial(_installed_part, "narrow"),
    ),
    YardstickName.WESTERN_CHIPS: Yardstick(
        "Installed compute on chips of designers outside China",
        "Installed compute less that on chips of Chinese designers; in China what was imported, legally or not.",
        "H100e", QUARTER, _western_chips,
    ),
    YardstickName.CHINESE_CHIPS: Yardstick(
        "Installed compute on chips of Chinese designers",
        "Installed compute on chips of Huawei and Cambricon; they are counted as staying in China.",
        "H100e", QUARTER, _chinese_chips, ratio=False,
    ),
    YardstickName.COMPUTE_HEADROOM: Yardstick(
        "Compute headroom",
        "Deliverable H100 equivalents less those wanted at the end of the quarter; negative is short.",
        "H100e", QUARTER, partial(_headroom, Layer.COMPUTE), ratio=False,
    ),
    YardstickName.POWER_HEADROOM: Yardstick(
        "Power headroom",
        "Deliverable facility power less what is wanted at the end of the quarter; negative is short.",
        "GW", QUARTER, partial(_headroom, Layer.POWER), ratio=False,
    ),
    YardstickName.ENERGY_HEADROOM: Yardstick(
        "Energy headroom",
        "Electricity that can be supplied to data centers in the quarter less what is wanted; negative is short.",
        "TWh", QUARTER, partial(_headroom, Layer.ENERGY), ratio=False,
    ),
    YardstickName.FIRM_HEADROOM: Yardstick(
        "Firm headroom",
        "Accredited capacity available to data centers at peak less what is wanted; negative is short.",
        "GW", QUARTER, partial(_headroom, Layer.FIRM), ratio=False,
    ),
    YardstickName.DATA_CENTERS_ADDED: Yardstick(
        "Data centers added in the year",
        "Facility power of halls that come into service in the year, retirements not counted.",
        "GW", YEAR, _data_centers_added,
    ),
    YardstickName.GENERATION_ADDED: Yardstick(
        "Generation added in the year",
        "Electricity generated in the year less that of the year before, net of plants' own use.",
        "TWh", YEAR, _generation_added,
    ),
    YardstickName.SOLAR_ADDED: Yardstick(
        "Solar added in the year",
        "Solar connected in the year, alternating current, all segments.",
        "GW", YEAR, _solar_added,
    ),
    YardstickName.REACTORS_ADDED: Yardstick(
        "Reactors that begin to run in the year",
        "In China those under construction or approved, in the US those that are to run again; no new US reactor is "
        "due by a published plan that is followed to its end.",
        "GW", YEAR, _reactors_added, ratio=False,
    ),
    YardstickName.OPEN_MODEL_SHARE: Yardstick(
        "Share of open-model use",
        "Share of the use of open models that is of models made in the region, proxies pooled.",
        "share", QUARTER, _open_model_share,
    ),
    YardstickName.LIMITED_BY_HALLS: Yardstick(
        "Whether halls keep what is wanted from being served",
        "1 where halls are the least of what is told apart, else 0.",
        "1", QUARTER, partial(_limited_by, (Binding.HALLS,)), ratio=False,
    ),
    YardstickName.LIMITED_BY_GRID: Yardstick(
        "Whether the grid keeps what is wanted from being served",
        "1 where connections or firm power are the least of what is told apart, else 0.",
        "1", QUARTER, partial(_limited_by, (Binding.GRID, Binding.FIRM)), ratio=False,
    ),
    YardstickName.HUAWEI_PART: Yardstick(
        "Huawei's part of China's compute",
        "H100 equivalents on chips of Huawei over all in service in China.",
        "share", QUARTER, partial(_part_of_compute, "huawei"),
    ),
    YardstickName.DOMESTIC_PART: Yardstick(
        "Chinese designers' part of China's compute",
        "H100 equivalents on chips of Huawei and Cambricon over all in service in China.",
        "share", QUARTER, partial(_part_of_compute, "domestic"),
    ),
    YardstickName.SERVED_ON_HUAWEI: Yardstick(
        "Chinese models' inference on Huawei",
        "Share of the serving of Chinese models that runs on Huawei: an assumption that moves with Huawei's part of "
        "China's compute.",
        "share", QUARTER, partial(_on_huawei, lambda link: link.served),
    ),
    YardstickName.SERVED_FOR_OTHERS: Yardstick(
        "Compute for others that stands in China",
        "Share of the accelerators wanted in the EU and the rest of the world that stand in China instead: an "
        "assumption, nil in base, because nobody counts it.",
        "share", QUARTER, _served_for_others, ratio=False,
    ),
    YardstickName.TRAINED_ON_HUAWEI: Yardstick(
        "Chinese models' training on Huawei",
        "Share of the training of Chinese models that runs on Huawei: an assumption that moves with Huawei's part of "
        "China's compute.",
        "share", QUARTER, partial(_on_huawei, lambda link: link.trained),
    ),
}  # fmt: skip
"""Every yardstick, in the order of answers."""
LEADS = tuple(name for name in YARDSTICKS if name not in {
    YardstickName.LIMITED_BY_HALLS, YardstickName.LIMITED_BY_GRID, YardstickName.HUAWEI_PART,
    YardstickName.DOMESTIC_PART, YardstickName.SERVED_ON_HUAWEI, YardstickName.TRAINED_ON_HUAWEI,
    YardstickName.SERVED_FOR_OTHERS,
})  # fmt: skip
"""Yardsticks that two regions are compared by; the others are of one region."""
