"""Storage: retirement, routes to the installed base, and what stands beside the answer."""

import re
from datetime import date

import numpy as np
import pytest

from data.base.layers import Layer
from data.store.store import Store
from features.panel import panel
from features.storage.market import facts
from features.view import View
from projection.cells.paths import WORLD
from projection.inputs.assumptions import Assumptions
from projection.model.storage import cell, disks, survival
from projection.simulate.model_inputs import RandomInputs
from projection.simulate.scenario_run import draw

DRAWS, SEED = 500, 7
STORAGE = (WORLD, Layer.STORAGE)


@pytest.fixture(scope="module")
def model_pass(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    return model_inputs.pass_of(numbers, model_inputs.model_error(SEED))


@pytest.fixture(scope="module")
def scenario_draws(model_inputs):
    return draw(model_inputs, seed=SEED, draws=DRAWS)


def lives(years=6.0, shape=3.0, growth=0.12):
    values = {"disk_life_years": years, "disk_life_shape": shape, "disk_past_growth": growth}
    return {name: np.array([value], np.float32) for name, value in values.items()}


def of(model_inputs, model_pass, *, observed=None, **values):
    changed_values = model_pass.inputs.values | {
        name: np.full(DRAWS, value, np.float32) for name, value in values.items()
    }
    return disks(
        model_inputs.anchors,
        model_pass.inputs.drivers,
        model_inputs.disk_observed if observed is None else observed,
        changed_values,
    )


@pytest.mark.parametrize("growth", [0.0, 0.2])
def test_disks_without_a_memory_retire_at_one_rate_whatever_their_ages(growth):
    # Weibull of shape 1 is exponential: what is left after t does not depend on the mixture of ages.
    _, left = survival(lives(years=3.0, shape=1.0, growth=growth), 40)
    assert np.allclose(left[0], np.exp(-np.arange(1, 41) / 4 / 3.0), rtol=2e-3)


def test_an_older_stock_retires_sooner_and_a_longer_life_later():
    _, young = survival(lives(growth=0.3), 40)
    _, old = survival(lives(growth=0.0), 40)
    _, lasting = survival(lives(years=8.0), 40)
    _, usual = survival(lives(), 40)
    assert (young[0] > old[0]).all()
    assert (lasting[0] > usual[0]).all()
    assert (np.diff(usual[0]) < 0).all()
    alive, _ = survival(lives(), 41)
    assert np.trapezoid(np.append(alive[0], 0.0), dx=0.25) == pytest.approx(6.0, rel=0.01)


def test_the_installed_base_is_the_weighted_mean_of_its_routes(model_inputs, model_pass):
    storage = of(model_inputs, model_pass)
    assert set(storage.routes) == {"shipments", "data", "cloud"}
    paths = list(storage.routes.values())
    least, most = np.minimum.reduce(paths), np.maximum.reduce(paths)
    assert (storage.installed >= least * (1 - 1e-5)).all()
    assert (storage.installed <= most * (1 + 1e-5)).all()
    alone_by_makers = of(model_inputs, model_pass, shipments_route_weight=1.0)
    assert np.allclose(alone_by_makers.installed, storage.routes["shipments"], rtol=1e-5)
    alone_by_cloud = of(model_inputs, model_pass, shipments_route_weight=0.0, cloud_route_weight=1.0)
    assert np.allclose(alone_by_cloud.installed, storage.routes["cloud"], rtol=1e-5)


def test_all_routes_start_from_one_base(model_pass):
    base = model_pass.inputs.values["hdd_installed_base"]
    for path in model_pass.routes[STORAGE].values():
        assert np.abs(np.log(path[:, 0] / base)).max() < 0.15


def test_the_cloud_route_follows_capex_as_far_as_told(model_inputs, model_pass):
    still, following = (of(model_inputs, model_pass, disks_follow_capex=much).routes["cloud"] for much in (0.0, 1.0))
    # Guidance for the year after the base year is above the base year's capex.
    assert (following[:, 3] > still[:, 3]).all()
    past = [exabytes for quarter, exabytes in model_inputs.disk_observed.items() if -4 <= quarter < 0]
    assert len(past) == 4
    share = model_pass.inputs.values["datacenter_share_of_hdd"] / model_pass.inputs.values["two_vendor_share_of_hdd"]
    first = (
        still[:, 0] - model_pass.inputs.values["hdd_installed_base"] * survival(model_pass.inputs.values, 40)[1][:, 0]
    )
    assert np.allclose(first, share * np.mean(past), rtol=1e-3)


def test_without_the_base_years_exabytes_there_is_no_cloud_route(model_inputs, model_pass):
    later = {quarter: value for quarter, value in model_inputs.disk_observed.items() if quarter >= 0}
    storage = of(model_inputs, model_pass, observed=later)
    assert set(storage.routes) == {"shipments", "data"}
    assert np.isfinite(storage.installed).all()


def test_used_is_its_share_of_what_is_installed(model_inputs, scenario_draws):
    latent = model_inputs.assumptions.latent(seed=SEED, draws=DRAWS)
    share = model_inputs.assumptions.values(latent)["storage_utilisation"]
    ratio = scenario_draws.table.rows(*STORAGE, "used") / scenario_draws.table.rows(*STORAGE, "wanted")
    assert np.allclose(ratio, share[None, :], rtol=1e-5)


def test_disks_fall_no_faster_than_they_retire_whatever_the_error(model_inputs, model_pass):
    storage = of(model_inputs, model_pass)
    quarters = storage.installed.shape[1]
    collapse = np.exp(-np.linspace(0, 5, 1 + quarters, dtype=np.float32)) * np.ones((DRAWS, 1), np.float32)
    wanted = cell(storage, collapse, model_pass.inputs.values).wanted
    surviving = wanted[:, :-1] * (1 - storage.retiring[:, 1:])
    assert (wanted[:, 1:] >= surviving * (1 - 1e-5)).all()
    assert (wanted[:, -1] < storage.installed[:, -1] / 2).all()


def test_exabytes_shipped_of_a_year_are_the_sum_of_its_quarters(model_pass, scenario_draws, model_inputs):
    shipped = model_pass.cells[STORAGE].shipped
    table = scenario_draws.table
    points = table.points(Layer.STORAGE, "shipped")
    year = points.of[model_inputs.anchors.timeline.years[9]]
    assert np.allclose(table.rows(*STORAGE, "shipped")[year], shipped[:, 36:].sum(axis=1), rtol=1e-5)
    assert table.points(Layer.STORAGE).years == ()


def test_the_disagreement_of_routes_is_published_with_them(scenario_draws):
    routes = scenario_draws.routes[STORAGE]
    assert set(routes.bands) == {"shipments", "data", "cloud"}
    assert (routes.disagreement > 0).all()
    assert routes.disagreement[-1] > routes.disagreement[0]


KNOWN = facts(
    View.of(Store.shipped(), as_of=date(2026, 11, 23)), sorted(set(Store.shipped().observations["series_id"]))
)


def value_of_fact(series_id, source, day):
    """The one figure of a source for a period."""
    (value,) = {
        fact.value
        for fact in KNOWN
        if (fact.series_id, fact.source, fact.period.start) == (series_id, source, date.fromisoformat(day))
    }
    return value


def source_of(name):
    return Assumptions.shipped().items[name].source


def test_shares_named_as_the_source_of_an_assumption_are_those_of_the_tables():
    early, late = "2025-01-01", "2026-01-01"
    nearline = {
        "seagate by coughlin": value_of_fact("seagate.hdd.nearline_exabytes", "coughlin", early)
        / value_of_fact("seagate.hdd.exabytes", "seagate", early),
        "wdc by coughlin": value_of_fact("wdc.hdd.nearline_exabytes", "coughlin", early)
        / value_of_fact("wdc.hdd.exabytes", "coughlin", early),
        "wdc": value_of_fact("wdc.hdd.nearline_exabytes", "wdc", late) / value_of_fact("wdc.hdd.exabytes", "wdc", late),
        "segment": value_of_fact("seagate.hdd.datacenter_exabytes", "seagate", "2025-07-01")
        / value_of_fact("seagate.hdd.exabytes", "seagate", "2025-07-01"),
    }
    shares = [float(number) for number in re.findall(r"0\.\d\d", source_of("datacenter_share_of_hdd"))]
    assert sorted(shares) == sorted(round(share, 2) for share in nearline.values())
    item = Assumptions.shipped().items["datacenter_share_of_hdd"].spec
    assert all(item.p10 <= share <= item.p90 for share in nearline.values())


def test_the_elasticity_named_as_a_source_is_that_of_the_tables():
    chip_panel = panel(View.of(Store.shipped(), as_of=date(2026, 11, 23))).series
    capex, disk = (
        {period.start: value for period, value in zip(series.periods, series.values, strict=True)}
        for series in (chip_panel["derived.world.hyperscaler_capex"], chip_panel["derived.world.hdd_exabytes"])
    )
    last = date(2026, 1, 1)
    slopes = [
        np.log(disk[last] / disk[first]) / np.log(capex[last] / capex[first])
        for first in (date(2023, 7, 1), date(2025, 1, 1))
    ]
    assert [round(each, 2) for each in slopes] == [0.68, 0.45]
    assert source_of("disks_follow_capex").startswith("0.68 from 2023Q3")
    assert ", 0.45 from 2025Q1" in source_of("disks_follow_capex")


def test_what_is_used_of_what_is_installed_is_what_the_source_gives():
    used = value_of_fact("world.storagesphere.utilised", "idc_2020", "2024-01-01")
    installed = value_of_fact("world.storagesphere.installed", "idc_2020", "2020-01-01") * 1.178**4
    assert round(used / installed, 2) == 0.68
    assert "0.68 on all devices" in source_of("storage_utilisation")
