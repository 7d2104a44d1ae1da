"""What the projection starts from is what the day knew, and no part of it stands for the whole."""

from datetime import date

import pytest

from data.store.store import Rule, Store
from features.panel import panel
from features.view import View
from projection.inputs.starting_values import read_anchors


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
    view = View.of(Store.shipped(), as_of=day, rule=Rule.AVAILABLE)
    anchors = read_anchors(view, panel(view))
    assert anchors.guidance == pytest.approx(guidance)
    notes = [sentence for sentence in anchors.notes if "guidance" in sentence]
    assert notes == ([] if note is None else [f"{note}: spending follows its own forecast alone."])


@pytest.mark.parametrize(
    ("day", "rule", "base_year"),
    [
        (date(2026, 11, 23), Rule.STRICT, 2025),
        (date(2027, 1, 5), Rule.STRICT, 2025),
        (date(2023, 12, 31), Rule.AVAILABLE, 2022),
    ],
)
def test_a_new_year_starts_nothing_before_the_old_one_is_published(day, rule, base_year):
    view = View.of(Store.shipped(), as_of=day, rule=rule)
    anchors = read_anchors(view, panel(view))
    assert anchors.timeline.base_year == base_year
    assert set(anchors.generation) == {"CN", "EU", "WORLD"}
    assert any("not published yet" in note for note in anchors.notes) == (day.year - 1 != base_year)
