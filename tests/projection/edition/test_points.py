"""Points of an answer say no more than their cell carries."""

from datetime import date

import numpy as np
import pytest

from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency, Period
from projection.edition.points import Numbers, Selection, points

YEAR = Period(date(2028, 1, 1), Frequency.YEAR)
BAND = {"0.1": 1.0, "0.5": 2.0, "0.9": 3.0}
ABOUT = {
    "2028-01-01": {
        "width_split": {"demand": {}, "supply": {}, "gap": {}},
        "routes": {"bands": {"chips": BAND, "published": BAND, "sites": BAND}, "disagreement": 0.1},
    }
}


@pytest.mark.parametrize(
    ("partial", "routes"), [(True, ["chips", "published"]), (False, ["chips", "published", "sites"])]
)
def test_a_cell_without_supply_does_not_print_it_as_a_route(partial, routes):
    selection = Selection(first=None, last=None, levels=DEFAULT_LEVELS, above=(), narrow=False, partial=partial)
    rows = np.linspace(1.0, 2.0, 9)[:, None]
    read = lambda name, _: rows if name in {"demand", "supply"} else None  # noqa: E731 - two words
    (point,) = points(Numbers.of(read, [YEAR], selection), read, ABOUT, [YEAR], selection)
    assert (point.supply is None) is partial
    assert list(point.routes["bands"]) == routes
    assert point.routes["disagreement"] == 0.1
