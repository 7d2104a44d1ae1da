"""A new year begins, and its first figures arrive: nothing in the product has to be edited for either."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from benchmarks.engine_inputs import Made, shipped_terms
from data.base.layers import Layer
from data.store.store import Store
from features.electricity import MONTHLY, SALES
from features.generation.plans import SERIES
from features.grids.definitions import METERED
from features.panel import panel
from features.view import View
from projection.inputs.assumptions import Assumptions
from projection.inputs.starting_values import GENERATION
from projection.model.model_error import ModelError
from projection.simulate.model_inputs import ModelInputs, RandomInputs

FEBRUARY, PRINTED = date(2027, 2, 15), date(2027, 2, 10)


def of_next_year(store, series, year, growth):
    """Rows as they would be printed of the year after: made up, to see what follows them."""
    rows = store.observations.filter(pl.col("series_id").is_in(list(series)) & (pl.col("period").dt.year() == year))
    return rows.with_columns(
        pl.col("period").dt.offset_by("1y"), pl.col("value") * growth, pl.lit(PRINTED).alias("published")
    )


@pytest.fixture(scope="module")
def februaries():
    """The model's inputs in February 2027: without a figure of 2026's generation, and with it and plans for 2027."""
    store = Store.shipped()
    rows = pl.concat([of_next_year(store, GENERATION.values(), 2025, 1.04), of_next_year(store, SERIES, 2026, 1.0)])
    stores = (store, replace(store, observations=pl.concat([store.observations, rows])))
    views = [View.of(one, as_of=FEBRUARY) for one in stores]
    return [
        ModelInputs.of(
            view, Made(panel(view), {name: view.read(name) for name in (MONTHLY, *METERED, *SALES)}, shipped_terms())
        )
        for view in views
    ]


def cells_of(inputs):
    return inputs.pass_of(RandomInputs.of(inputs, seed=1, draws=500), ModelError.none()).cells


def test_the_base_year_moves_when_the_last_year_is_published_and_not_before(februaries):
    before, after = februaries
    assert (before.anchors.timeline.base_year, after.anchors.timeline.base_year) == (2025, 2026)
    assert any("not published yet" in note for note in before.notes)
    assert any("carried on to 2026" in note for note in after.notes)


def test_no_answer_is_lost_by_the_new_base_year_but_a_later_meter(februaries):
    before, after = (cells_of(inputs) for inputs in februaries)
    # Ireland prints its quarters in summer.
    assert before.keys() - after.keys() == {("IE", Layer.ENERGY)}
    assert any("Ireland" in note for note in februaries[1].notes)
    # The later base leaves ERCOT's report of capacity behind: its supply waits for the next one.
    waiting = ("US-ERCOT", Layer.FIRM)
    for key, paths in after.items():
        assert (paths.supply is None) == (before[key].supply is None or key == waiting), key
        assert np.isfinite(paths.wanted[:, 8:]).all()


def test_the_end_of_2027_is_about_the_same_from_either_base_year(februaries):
    before, after = (cells_of(inputs) for inputs in februaries)
    for region in ("US", "CN", "WORLD"):
        use = [np.median(cells[region, Layer.ENERGY].bought[:, end]) for cells, end in ((before, 7), (after, 3))]
        assert use[1] == pytest.approx(use[0], rel=0.25), region
    disks = [np.median(cells["WORLD", Layer.STORAGE].wanted[:, end]) for cells, end in ((before, 7), (after, 3))]
    assert disks[1] == pytest.approx(disks[0], rel=0.1)


def test_levels_of_the_file_are_carried_to_a_later_base_year_and_widen():
    stated = Assumptions.shipped()
    later = stated.carried(stated.base_year + 2)
    disks, headroom = (
        [one.items[name].spec for one in (stated, later)] for name in ("hdd_installed_base", "starting_headroom")
    )
    # IDC's rates, 0.10 to 0.28 a year on the log scale: 0.38 in two years.
    assert np.log(disks[1].p10 * disks[1].p90) / 2 - np.log(disks[0].p10 * disks[0].p90) / 2 == pytest.approx(0.38)
    assert np.log(disks[1].p90 / disks[1].p10) > np.log(disks[0].p90 / disks[0].p10)
    assert headroom[1].p90 == pytest.approx(headroom[0].p90 * np.sqrt(3))
    assert later.base_year == stated.base_year + 2
    assert stated.carried(stated.base_year - 1) is stated
