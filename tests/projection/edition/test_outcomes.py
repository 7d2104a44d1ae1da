"""What came of an edition is laid beside its own bands, and nothing else."""

from datetime import date

import numpy as np
import pytest

from data.base.layers import Layer
from data.store.store import Rule, Store
from features.view import View
from projection.edition.outcomes import outcomes

VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23), rule=Rule.STRICT)


def test_nothing_is_compared_before_a_year_is_over(write_edition):
    # The edition of the tests begins with 2026, for which no yearly figure is known.
    assert outcomes(write_edition(), VIEW) == []


def test_a_band_is_compared_with_the_figure_of_its_own_year(write_edition):
    edition = write_edition(base_year=2023)
    by_cell = {(item.region, item.layer, item.year): item for item in outcomes(edition, VIEW)}
    assert set(by_cell) == {
        *((region, Layer.ENERGY, year) for region in ("US", "WORLD") for year in (2024, 2025)),
        ("WORLD", Layer.COMPUTE, 2024),
        ("WORLD", Layer.COMPUTE, 2025),
    }
    for item in by_cell.values():
        assert item.log_error == pytest.approx(np.log(item.band["0.5"] / item.later))
        assert item.inside["0.8"] == (item.band["0.1"] <= item.later <= item.band["0.9"])
        assert sum(item.width_split.values()) == pytest.approx(1.0, abs=1e-3)
    growth = by_cell["WORLD", Layer.COMPUTE, 2025].later / by_cell["WORLD", Layer.COMPUTE, 2024].later
    assert 2 < growth < 4
