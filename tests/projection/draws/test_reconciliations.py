"""Published gigawatts and terawatt-hours meet through our conversions within 10 %, and so do chips and watts."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from data.base.layers import Layer
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.chips.shipments import DESIGNERS
from features.generation.bases import Alternating, Direct, alternating
from projection.base.streams import normals
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.model.chips import REGIONS, observed, stocks
from projection.model.model_error import ModelError
from projection.model.passes import PassDetail
from projection.simulate.model_inputs import RandomInputs
from projection.third_party.conversion import Exchange, draw
from projection.third_party.own_levels import OwnLevels
from projection.third_party.projections import Family, Figure, Kind, Line

AS_OF = date(2026, 11, 23)
STORE = Store.shipped()
DRAWS = 2000


def printed(series_id, year, source, scenario=None):
    rows = STORE.observations.filter(
        (pl.col("series_id") == series_id) & (pl.col("period") == date(year, 1, 1)) & (pl.col("source_id") == source)
    )
    if scenario is not None:
        rows = rows.filter(pl.col("scenario") == scenario)
    return float(rows["value"].item())


@pytest.fixture(scope="module")
def values(model_inputs):
    return model_inputs.assumptions.values(model_inputs.assumptions.latent(seed=2, draws=DRAWS))


@pytest.fixture(scope="module")
def exchange(model_inputs):
    """Exchange of a region and year on one pass of the engine."""
    numbers = RandomInputs.of(model_inputs, seed=2, draws=DRAWS)
    cells = model_inputs.pass_of(numbers, ModelError.none(), detail=PassDetail.CELLS).cells
    constants = draw(model_inputs.assumptions, seed=2, draws=DRAWS)
    timeline = model_inputs.anchors.timeline

    def of(region, year):
        energy, power = cells[region, Layer.ENERGY], cells[region, Layer.POWER]
        by_year = energy.bought.reshape(len(energy.bought), -1, QUARTERS_PER_YEAR).sum(axis=2)
        levels = OwnLevels(
            {period: place for place, period in enumerate(timeline.years)},
            by_year / TWH_PER_AVERAGE_GW,
            power.bought[:, QUARTERS_PER_YEAR - 1 :: QUARTERS_PER_YEAR],
            energy.base / TWH_PER_AVERAGE_GW,
            power.base,
        )
        period = Period(date(year, 1, 1), Frequency.YEAR)
        return Exchange.of(constants, levels, year=period, base_year=timeline.base_year)

    return of


def line(kind, year):
    figure = Figure(
        publisher="One", edition="new", family=Family.EQUIPMENT, region="US", kind=kind, at=("a@b",), basis="Said so."
    )
    return Line(figure, year, "a", "b", date(2026, 6, 1), "GW", 1.0, None, None, {})


@pytest.mark.parametrize(
    ("region", "nameplate", "energy"),
    [
        (
            "WORLD",
            ("world.datacenter.capacity.iea2025", 2030, "iea_energy_ai_2025"),
            ("world.datacenter.electricity.iea2025", 2030, "iea_energy_ai_2025"),
        ),
        (
            "US",
            ("us.datacenter.interconnection_capacity.lbnl2026", 2030, "lbnl2026_extra"),
            ("us.datacenter.electricity", 2030, "lbnl2026", "reference"),
        ),
    ],
)
def test_published_nameplate_and_energy_of_a_year_to_come_meet(exchange, region, nameplate, energy):
    here = exchange(region, 2030)
    for layer in (Layer.ENERGY, Layer.POWER):
        ours = here.levels.average[:, 4]
        by_nameplate = here.convert(printed(*nameplate), line(Kind.NAMEPLATE, 2030), layer, ours)
        by_energy = here.convert(printed(*energy), line(Kind.ENERGY, 2030), layer, ours)
        assert np.median(by_nameplate) == pytest.approx(np.median(by_energy), rel=0.10)


@pytest.mark.parametrize("region", ["US", "WORLD"])
def test_published_nameplate_and_energy_of_the_past_meet_at_the_use_of_our_base(exchange, region):
    levels = exchange(region, 2026).levels
    use = np.median(levels.base_end / levels.base_nameplate)
    key = region.lower()
    nameplate = printed(f"{key}.datacenter.capacity.iea2025", 2024, "iea_energy_ai_2025")
    energy = printed(f"{key}.datacenter.electricity.iea2025", 2024, "iea_energy_ai_2025")
    assert nameplate * use * TWH_PER_AVERAGE_GW == pytest.approx(energy, rel=0.10)


def test_the_nameplate_of_the_base_year_lies_among_the_published_ones(exchange):
    levels = exchange("US", 2026).levels
    us = levels.base_nameplate
    assert 40.6 < np.median(us) < 61.8  # Cushman & Wakefield 2025H2, S&P Global
    # IEA's of a year earlier, grown as electricity has.
    earlier = printed("us.datacenter.capacity.iea2025", 2024, "iea_energy_ai_2025")
    energy = printed("us.datacenter.electricity.iea2025", 2024, "iea_energy_ai_2025")
    grown = earlier * np.median(levels.base_average) * TWH_PER_AVERAGE_GW / energy
    assert np.quantile(us, 0.1) < grown < np.quantile(us, 0.9)


def test_facility_power_per_h100e_meets_the_publishers(anchors, values):
    # Epoch: about 30 GW over 21.3 M H100e, 1.41 kW; LBNL: 10.2 kW rated a node of eight, PUE 1.14, 1.45 kW.
    errors = {name: normals(2, f"measurement/{name}", DRAWS) for name in DESIGNERS}
    chip_stocks = stocks(observed(anchors, values, errors), anchors, values)
    by_region = [chip_stocks.of(region) for region in REGIONS]
    place = anchors.timeline.offset - 1
    watts = sum(stock.tdp[:, place] for stock in by_region) * 1e9
    chips = sum(stock.powered[:, place] for stock in by_region)
    facility = watts / chips * values["server_overhead"] * values["pue_ai"] / 1000
    assert np.median(facility) == pytest.approx(1.41, rel=0.10)


def test_a_year_of_gigawatts_is_its_terawatt_hours(anchors):
    hours = anchors.timeline.hours[:QUARTERS_PER_YEAR].sum()
    assert pytest.approx(hours / 1000, rel=0.002) == TWH_PER_AVERAGE_GW


def test_solar_in_direct_current_meets_the_same_year_in_alternating_current(values):
    panels = Direct(printed("us.solar_all.capacity_additions.seia", 2025, "seia_smi"))
    utility = Alternating(printed("us.solar_utility.capacity_additions.eia", 2025, "eia_additions_2026"))
    small = STORE.observations.filter(pl.col("series_id") == "us.solar_small_scale.capacity_net_change_ytd.eia")
    roofs = Alternating(float(small["value"].item())).times(12 / 11)  # January to November
    ratio = float(np.median(values["solar_panels_over_inverters"]))
    at_grid = alternating(panels, panels_over_inverters=ratio)
    assert at_grid.value == pytest.approx((utility + roofs).value, rel=0.10)
    low, high = np.quantile(values["solar_panels_over_inverters"], [0.1, 0.9])
    assert low < panels.value / (utility + roofs).value < high
