"""The page of whole projections as of past days: bands before and after draws are weighed, scored against what came."""

from datetime import date

import numpy as np
import pytest

from benchmarks.hindcast.chain import Line, nearer
from benchmarks.hindcast.vacancy import Vacancy, row
from data.base.layers import Layer
from projection.edition.outcomes import LEVELS, RealisedBand

BAND = {
    f"{level:g}": value for level, value in zip(LEVELS, (80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0), strict=True)
}
WIDE = {level: 100.0 + 4 * (value - 100.0) for level, value in BAND.items()}


def realised(later):
    return RealisedBand(
        edition="e",
        data_as_of=date(2024, 12, 31),
        region="US",
        layer=Layer.ENERGY,
        unit="TWh",
        year=2025,
        band=BAND,
        later=later,
        of="a later day",
        log_error=0.0,
        inside={},
        width_split={},
    )


def test_a_narrower_band_scores_better_only_where_it_holds():
    near, far = Line(realised(101.0), WIDE), Line(realised(170.0), WIDE)
    assert near.score(BAND) < near.score(WIDE)
    assert far.score(BAND) > far.score(WIDE)
    assert near.inside(BAND) == {0.5: True, 0.8: True, 0.95: True}
    assert far.inside(BAND) == {0.5: False, 0.8: False, 0.95: False}
    assert far.inside(WIDE)[0.95]


def test_lines_are_counted_on_which_weighing_brought_bands_nearer():
    assert nearer([(0.2, 0.1), (0.2, 0.3), (0.2, 0.1)], "energy") == (
        "- energy: weighed draws score better on 2 and worse on 1 of 3 lines, 0.2000 before and 0.1667 after."
    )


def test_a_vacancy_measured_later_is_scored_as_a_share():
    bands = [np.linspace(low, high, len(LEVELS)) for low, high in ((0.0, 0.2), (0.0, 0.04))]
    one = Vacancy(date(2024, 12, 31), date(2025, 6, 30), 0.02, *bands)
    # Twice the mean pinball loss: 2 (0.025 x 0.02 + 0.1 x 0.0133 + 0.25 x 0.0067) on either side, over seven levels.
    assert one.score(one.after) == pytest.approx(0.002)
    assert one.score(one.after) < one.score(one.before)
    assert row(one).startswith("| 2024-12-31 | 2025-06-30 | 10.0 (3.3 to 16.7) | 2.0 (0.7 to 3.3) | 2.0 |")
