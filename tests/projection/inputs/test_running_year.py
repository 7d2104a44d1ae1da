"""The running year: nothing that its months have told is drawn as if unknown."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.store.store import Store
from features.view import View
from projection.base.blocks import within
from projection.base.timeline import Timeline
from projection.inputs.base_year import figured
from projection.inputs.running_year import led, rate_to
from projection.model.engine import energy_base
from projection.model.model_error import ModelError
from projection.simulate.model_inputs import RandomInputs

TIMELINE = Timeline(2025)
FLOOR = 59.6
"""TWh of China's internet data services in the months of 2026 that are counted."""


def year_of(model_pass, region):
    """TWh of the running year by the routes, before the model error."""
    average = within(model_pass.outcome.regions[region].routed)
    return (average[:, :4] * TIMELINE.hours[:4] / 1000).sum(axis=1)


@pytest.fixture(scope="module")
def both_passes(model_inputs):
    random_inputs = RandomInputs.of(model_inputs, seed=1, draws=2000)
    without = replace(model_inputs, anchors=replace(model_inputs.anchors, cn_internet=None))
    return [one.pass_of(random_inputs, ModelError.none()) for one in (model_inputs, without)]


def test_no_draw_of_china_lies_below_what_its_internet_data_services_use(both_passes):
    with_months, _ = both_passes
    assert (year_of(with_months, "CN") > FLOOR + with_months.inputs.values["cn_internet_rest"]).all()
    low, middle, high = np.quantile(year_of(with_months, "CN"), (0.1, 0.5, 0.9))
    # Publishers' levels of 2024 and 2025 grown at 36 % and 30 %: IEA 180, S&P Global 257, at third hand 225.
    assert low < 180 < middle < 225 < high
    assert 0.10 < np.log(high / low) / 2 < 0.25


def test_the_running_year_grows_as_its_months_do_and_not_as_the_routes(both_passes):
    growth = [np.median(year_of(one, "CN") / energy_base(one.inputs.values)["CN"]) for one in both_passes]
    assert 1.25 < growth[0] < 1.45
    assert growth[1] < 1.2


def test_what_china_used_moves_neither_its_chips_nor_another_country(both_passes):
    with_months, without = both_passes
    for region in ("US", "EU", "REST"):
        assert np.array_equal(year_of(with_months, region), year_of(without, region))
    assert np.array_equal(*(one.outcome.regions["CN"].owned for one in both_passes))


def test_a_path_is_led_to_the_year_it_has_to_give():
    path = np.outer([10.0, 12.0, 9.0], 1.05 ** np.arange(41)).astype(np.float32)
    twh = np.array([90.0, 100.0, 140.0], dtype=np.float32)
    share = np.full_like(path, 0.8)
    rate = rate_to(path, share, twh, TIMELINE)
    factor = led(rate, np.array([1.0, 2.0, 3.0], dtype=np.float32), TIMELINE)
    led_path = path * (1 + share * (factor - 1))
    assert (within(led_path)[:, :4] * TIMELINE.hours[:4] / 1000).sum(axis=1) == pytest.approx(twh, rel=1e-5)


@pytest.mark.parametrize("rate", [-0.2, 0.0, 0.4])
def test_what_led_a_path_through_its_year_fades_after_it(rate):
    half_life = np.array([1.0, 2.0, 4.0], dtype=np.float32)
    factor = led(np.full(3, rate, np.float32), half_life, TIMELINE)
    growth = np.diff(np.log(factor), axis=1)
    assert growth[:, :4] == pytest.approx(np.full((3, 4), rate / 4), abs=1e-6)
    # In every half-life, a whole number of quarters, growth of a quarter falls by half.
    for draw, quarters in enumerate((4, 8, 16)):
        assert growth[draw, 4 + quarters :] == pytest.approx(growth[draw, 4:-quarters] / 2, abs=1e-6)
    # It begins at the rate and brings, at most, the rate for a half-life over ln 2.
    assert (np.abs(growth[:, 4]) <= abs(rate) / 4 + 1e-6).all()
    beyond = np.log(factor[:, -1] / factor[:, 4])
    assert (np.abs(beyond) <= abs(rate) * half_life / np.log(2) + 1e-5).all()
    assert (np.abs(beyond) >= abs(rate) * half_life / np.log(2) * (1 - 2 ** (-9 / half_life)) - 1e-5).all()


def test_chinas_part_of_the_world_follows_the_levels_printed_of_it():
    store = Store.shipped()
    share = figured(View.of(store, as_of=date(2026, 11, 23)), TIMELINE)["cn_share_of_world"]
    assert 0.25 < share.p10 < 0.33 < share.p90 < 0.45
    # Before 2025 one institution alone had printed China.
    assert "cn_share_of_world" not in figured(View.of(store, as_of=date(2024, 12, 31)), Timeline(2023))


def test_a_note_stands_beside_answers_that_rest_on_it_alone(model_inputs):
    (sentence,) = (one for one in model_inputs.notes_of["CN"] if "cn_wind_rest" in one)
    assert sentence not in model_inputs.notes
    assert set(model_inputs.notes_of) == {"CN"}
