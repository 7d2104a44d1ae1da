"""What the projection starts from is what the day knew, and no part of it stands for the whole."""

from datetime import date

import pytest

from data.store import Rule, Store
from features.panel import panel
from projection.anchors import read_anchors


@pytest.mark.parametrize(
    ("day", "guidance", "note"),
    [
        # Meta told its 2026 on 28 January, Microsoft on 29 April: until then no sum is the guidance of the four.
        (date(2026, 2, 3), 0.0, "Capex guidance was known of some buyers only"),
        (date(2026, 5, 2), 710.0, None),
        (date(2024, 12, 31), 0.0, "No capex guidance was known"),
    ],
)
def test_guidance_of_one_buyer_is_not_that_of_all(day, guidance, note):
    store = Store.shipped()
    anchors = read_anchors(store, panel(store, as_of=day, rule=Rule.AVAILABLE), as_of=day)
    assert anchors.guidance == pytest.approx(guidance)
    told = [sentence for sentence in anchors.notes if "guidance" in sentence]
    assert told == ([] if note is None else [f"{note}: spending follows its own forecast alone."])
