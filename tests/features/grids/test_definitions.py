"""The table of grids: what an entry names is in the catalogue and the assumptions, or the entry is refused."""

from importlib import resources

import pytest

from data.base.errors import TableCorrupt
from features.grids import definitions
from features.grids.definitions import GRIDS, METERED, PARTS, parse
from projection.inputs import assumptions
from projection.inputs.assumptions import Assumptions

TEXT = (resources.files("features.grids") / definitions.FILE).read_text(encoding="utf-8")


def test_grids_are_parts_of_the_parent_the_table_of_regions_states():
    assert PARTS.keys() == {"US", "EU"}
    assert PARTS["US"] == ("US-PJM", "US-ERCOT", "US-MISO", "US-SPP", "US-CAISO", "US-NYISO", "US-ISONE")
    assert PARTS["EU"] == ("IE",)
    assert METERED == ("ie.datacenter.electricity",)
    assert [grid.name for grid in GRIDS] == [
        "PJM",
        "ERCOT",
        "MISO",
        "SPP",
        "CAISO",
        "NYISO",
        "ISO New England",
        "Ireland",
    ]


@pytest.mark.parametrize(
    ("stated", "instead", "reason"),
    [
        ('key = "pjm"', 'key = "pjm"\ncolour = "red"', "colour"),
        ('region = "US-PJM"', 'region = "US-PJM-WEST"', "US-PJM-WEST is no region"),
        ('region = "US-PJM"', 'region = "US-ERCOT"', "twice: US-ERCOT"),
        ('key = "ie"', 'key = "pjm"', "twice: pjm"),
        ('key = "ie"', 'key = "i_e"', "pattern"),
        ('"us-pjm.datacenter.capacity.bnef"', '"us-pjm.datacenter.capacity.nobody"', "no series"),
        ('"us-pjm.capacity_auction.shortfall"', '"us-pjm.capacity_auction.price"', "cannot be read as GW"),
        ('base = "country"', 'base = "auction"', "shortfall"),
        (
            'key = "ie"',
            'key = "ie"\nbalance = { base = "country", reserve_margin = "reserve_margin" }',
            "balance",
        ),
        (
            'key = "ie"',
            'key = "ie"\nforecast = { requests = "vetted", large_loads = { series = "ercot.load", unit = "GW" } }',
            "metered",
        ),
        ('peaks = ["us-pjm.load.summer_peak_forecast", "us-pjm.load.summer_peak_forecast_gw"]', "", "balance"),
    ],
)
def test_an_entry_that_does_not_hold_is_refused_by_name(stated, instead, reason):
    assert stated in TEXT
    with pytest.raises(TableCorrupt, match=reason):
        parse(TEXT.replace(stated, instead, 1))


def test_a_grid_whose_assumption_is_not_stated_is_refused(monkeypatch):
    monkeypatch.setattr(assumptions, "GRIDS", parse(TEXT.replace('key = "pjm"', 'key = "mid"')))
    with pytest.raises(TableCorrupt, match="US-PJM: no assumption mid_share_of_us, mid_share_drift"):
        Assumptions.shipped()
