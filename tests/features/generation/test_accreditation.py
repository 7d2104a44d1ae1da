"""Ratings of classes and requirements of operators: one accounting, as of a day."""

from datetime import date

import pytest

from data.store.store import Store
from features.generation.accreditation import CLASSES, RATINGS, class_ratings, operators_margins, pjm_margins
from features.view import View
from projection.base.timeline import Timeline
from projection.inputs.base_year import figured

STORE = Store.shipped()
VIEW = View.of(STORE, as_of=date(2026, 11, 23))


def test_every_class_is_rated_for_an_auction():
    ids = set(STORE.observations["series_id"])
    assert all(RATINGS[0].format(name) in ids for names in CLASSES.values() for name in names)
    ratings = class_ratings(VIEW)
    assert ratings.keys() == CLASSES.keys()
    assert 0.41 in ratings["wind"]
    assert max(ratings["solar"]) < min(ratings["wind"]) < min(ratings["gas"]) < min(ratings["nuclear"])


def test_ratings_are_those_of_the_day():
    assert class_ratings(View.of(STORE, as_of=date(2025, 4, 1)))["battery"] == (0.55,)
    assert not any(class_ratings(View.of(STORE, as_of=date(2024, 1, 1))).values())


def test_the_margin_gives_the_requirement_pjm_prints():
    required, peak = (
        VIEW.rows_with_value(f"us-pjm.{name}").filter(period=date(2028, 6, 1))["value"].item()
        for name in ("capacity_auction.reliability_requirement", "load.bra_peak_forecast")
    )
    assert peak * (1 + pjm_margins(VIEW)[-1]) == pytest.approx(required, rel=1e-4)


def test_operators_count_differently():
    pjm, miso = operators_margins(VIEW)
    assert pjm < 0 < miso


def test_ratings_and_margins_are_read_together_or_not_at_all():
    names = {"reserve_margin", "pjm_reserve_margin", *(f"elcc_{kind}" for kind in CLASSES)}
    assert names <= figured(VIEW, Timeline(2025)).keys()
    # Ratings are known on this day, and no margin of a second operator.
    early = View.of(STORE, as_of=date(2025, 6, 1))
    assert class_ratings(early)["wind"]
    assert not names & figured(early, Timeline(2024)).keys()
