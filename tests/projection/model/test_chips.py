"""Accelerators: shipped once, in service until they retire, powered after a lag, counted at two precisions."""

import numpy as np
import pytest

from data.base.layers import Layer
from data.store.store import Store
from features.chips.designers import newest_at_16_bit
from projection.cells.paths import WORLD
from projection.model import chips
from projection.model.chips import REGIONS
from projection.model.model_error import ModelError
from projection.scenarios import library
from projection.simulate.model_inputs import RandomInputs

DRAWS, SEED = 1000, 3


@pytest.fixture(scope="module")
def model_pass(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    return model_inputs.pass_of(numbers, ModelError.none())


@pytest.fixture(scope="module")
def inputs(model_pass):
    return model_pass.inputs


@pytest.fixture(scope="module")
def flows(inputs):
    return chips.shipments(inputs.anchors, inputs.drivers, inputs.values, inputs.errors)


def test_install_lag_moves_chips_and_loses_none():
    flow = np.random.default_rng(1).random((50, 20))
    lag = np.linspace(0, 3, 50)
    later = chips.lagged(flow, lag)
    assert np.allclose(later[:, :].sum(axis=1) + _cut(flow, lag), flow.sum(axis=1))
    assert np.array_equal(chips.lagged(flow, np.zeros(50)), flow)


def _cut(flow, lag):
    whole = np.floor(lag).astype(int)
    part = lag - whole
    lost = np.zeros(len(flow))
    for index, (steps, share) in enumerate(zip(whole, part, strict=True)):
        tail = flow[index, ::-1]
        lost[index] = tail[:steps].sum() * (1 - share) + tail[: steps + 1].sum() * share
    return lost


def test_stock_without_retirement_is_the_running_sum():
    flow = np.random.default_rng(2).random((3, 12))
    assert np.allclose(chips.installed(flow, np.ones((3, 12))), np.cumsum(flow, axis=1))


def test_doubling_shipments_doubles_the_flow_and_not_the_stock(inputs, flows):
    values, anchors = inputs.values, inputs.anchors
    offset = anchors.timeline.offset
    doubled = {name: np.concatenate([flow[:, :offset], 2 * flow[:, offset:]], axis=1) for name, flow in flows.items()}
    once, twice = (chips.stocks(each, anchors, values) for each in (flows, doubled))
    world = [sum(stocks.of(region).owned for region in REGIONS) for stocks in (once, twice)]
    ratio = world[1][:, offset + 3] / world[0][:, offset + 3]
    assert ((ratio > 1) & (ratio < 2)).all()
    assert np.allclose(world[1][:, offset - 1], world[0][:, offset - 1])


def test_a_chip_owned_is_not_a_chip_powered(inputs, flows):
    stocks = chips.stocks(flows, inputs.anchors, inputs.values)
    offset = inputs.anchors.timeline.offset
    for region in REGIONS:
        stock = stocks.of(region)
        waiting = (stock.owned - stock.powered)[:, offset : offset + 8]
        assert (waiting >= -1e-6 * stock.owned[:, offset : offset + 8]).all()
        assert (np.median(waiting, axis=0) > 0).all()


def test_huawei_is_a_part_of_chinese_designers_and_they_of_china(inputs, flows):
    stocks = chips.stocks(flows, inputs.anchors, inputs.values)
    assert (stocks.huawei < stocks.domestic).any()
    assert (stocks.huawei <= stocks.domestic * (1 + 1e-6)).all()
    assert (stocks.domestic <= stocks.china.owned * (1 + 1e-6)).all()
    abroad = {name: flow for name, flow in flows.items() if name not in {"huawei_ascend", "cambricon"}}
    assert chips.stocks(abroad, inputs.anchors, inputs.values).domestic is None


def test_western_chips_go_somewhere_once(inputs, flows):
    western = np.asfortranarray(sum(flow for name, flow in flows.items() if name not in {"huawei_ascend", "cambricon"}))
    share = chips.shares(inputs.anchors, western, inputs.values)
    assert np.allclose(sum(share.values()), 1.0)
    assert all((part >= 0).all() for part in share.values())


def test_counts_at_16_bit_are_never_more_and_equal_if_chips_keep_the_ratio(model_pass):
    ratios = newest_at_16_bit(Store.shipped().accelerators)
    assert ratios["nvidia"] == pytest.approx(4000 / 989.4 / (17500 / 1979), rel=1e-6)
    assert ratios["amd"] == pytest.approx(1.0, rel=0.01)
    narrow = model_pass.cells[WORLD, Layer.COMPUTE].narrow
    assert (narrow <= 1.0 + 1e-6).all()
    assert np.median(narrow, axis=0)[-1] < 0.9 < np.median(narrow, axis=0)[0]


def test_open_exports_move_chips_to_china_and_create_none(model_inputs, model_pass):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    opened = model_inputs.pass_of(
        numbers, ModelError.none(), scenario=library.scenario("chip-exports-open", model_inputs.assumptions)
    ).cells
    base = model_pass.cells
    for region in REGIONS:
        # Trade meets what is wanted and changes none of it.
        assert np.array_equal(opened[region, Layer.COMPUTE].wanted, base[region, Layer.COMPUTE].wanted)
    bought = {region: opened[region, Layer.COMPUTE].bought - base[region, Layer.COMPUTE].bought for region in REGIONS}
    assert (bought["CN"] >= 0).all()
    assert all((bought[region] <= 0).all() for region in ("US", "EU", "REST"))
    assert np.median(bought["CN"][:, 11]) > 0
