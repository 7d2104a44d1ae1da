"""The sentence on the page says what the answer says, and no more."""

from dataclasses import replace
from datetime import date

import pytest

from data.base.layers import Layer, Status
from projection.edition.edition import Edition, Point
from projection.edition.limits import Limit
from service.api.gaps import GapQuery, read_gap
from service.pages import headline
from service.wording import Scale, probability, region_name


@pytest.fixture(scope="module")
def edition(editions):
    (folder,) = editions.iterdir()
    return Edition.load(folder)


def sentences(edition, region="US", layer="power", **more):
    return read_gap(edition, GapQuery.model_validate({"region": region, "layer": layer} | more))


def point(**changes):
    band = {"0.1": 50.0, "0.5": 60.0, "0.9": 70.0}
    usual = {
        "period": date(2028, 1, 1),
        "demand": band,
        "supply": band,
        "gap": {"0.1": -8.1, "0.5": 1.2, "0.9": 12.3},
        "p_short": 0.43,
        "expected_shortfall": 2.0,
        "p_above": None,
        "p_short_by": 0.5,
        "plan_late": None,
        "unconstrained": None,
        "routes": None,
        "floor": {"name": "f", "binds": False},
        "width_split": {},
        "share_of_growth": None,
    }
    return Point(**(usual | changes))


def test_a_shortage_is_told_with_probability_median_and_band(edition):
    assert headline.text(sentences(edition), point()) == (
        "At the end of 2028 the US is short of facility power with probability 0.43; the median gap is 1.2 GW "
        "(80 % band \u22128.1 to 12.3 GW)."
    )


def test_a_negative_median_is_told_as_a_surplus(edition):
    text = headline.text(sentences(edition), point(gap={"0.1": -12.0, "0.5": -3.1, "0.9": 4.2}, p_short=0.2))
    assert "the median is a surplus of 3.1 GW (80 % band of the gap \u221212.0 to 4.2 GW)" in text


@pytest.mark.parametrize(("p_short", "words"), [(0.0, "less than 0.01"), (1.0, "more than 0.99"), (0.5, "0.50")])
def test_draws_never_make_certainty(edition, p_short, words):
    assert f"with probability {words};" in headline.text(sentences(edition), point(p_short=p_short))


def test_chips_are_told_in_millions_of_h100e(edition):
    text = headline.text(sentences(edition, layer="compute"), point(gap={"0.1": -2e6, "0.5": 1.25e6, "0.9": 3e6}))
    assert "has more accelerators than it can house and power" in text
    assert "the median gap is 1.25 million H100e (80 % band \u22122.00 to 3.00 million H100e)" in text


def test_energy_is_told_as_a_share_of_growth(edition):
    share = point(share_of_growth={"0.1": 0.08, "0.5": 0.12, "0.9": 0.17})
    assert headline.text(sentences(edition, "CN", "energy"), share) == (
        "In 2028 data centers take 12.0 % of all growth of electricity generation in China since 2025 "
        "(80 % band 8.0 to 17.0 %)."
    )


def test_all_growth_and_more_is_not_told_as_exactly_all_of_it(edition):
    share = point(share_of_growth={"0.1": 0.0, "0.5": 1.0, "0.9": 1.0})
    assert headline.text(sentences(edition, "EU", "energy"), share) == (
        "In 2028 data centers take all growth of electricity generation in the EU since 2025 or more "
        "(80 % band 0 to 100 %)."
    )


def test_growth_is_counted_from_the_base_year_of_the_edition(edition):
    later = replace(edition, manifest=edition.manifest | {"base_year": 2026})
    share = point(share_of_growth={"0.1": 0.08, "0.5": 0.12, "0.9": 0.17})
    assert "in China since 2026 (" in headline.text(sentences(later, "CN", "energy"), share)


def test_the_share_of_one_years_growth_stands_beside_that_since_the_base_year(edition):
    share = point(
        share_of_growth={"0.1": 0.021, "0.5": 0.083, "0.9": 0.31},
        share_of_year_growth={"0.1": 0.02, "0.5": 0.07, "0.9": 0.4},
    )
    text = headline.text(sentences(edition, "CN", "energy"), share)
    assert "Of that year's growth alone they take 7.0 % (80 % band 2.0 to 40.0 %)." in text
    whole = replace(share, share_of_year_growth={"0.1": 0.02, "0.5": 1.0, "0.9": 1.0})
    assert "growth alone they take all or more (80 % band" in headline.text(sentences(edition, "CN", "energy"), whole)


@pytest.mark.parametrize(("power", "chips", "is_stated"), [(0.93, 0.95, True), (0.45, 0.95, False), (0.93, 0.4, False)])
def test_that_power_is_not_the_limit_is_said_where_it_is_likely_and_chips_bind(edition, power, chips, is_stated):
    limit = Limit(date(2028, 1, 1), power, {"power": 1 - power}, {"power": 1 - chips, "chips": chips})
    for layer in ("firm", "power", "energy"):
        answered = replace(sentences(edition, "CN", layer), limits=(limit,))
        sentence = headline.answer(answered, day=date(2028, 6, 1)).text
        statement = "Power is not the limit in China in 2028 with probability 0.93; chips limit compute there with"
        assert (statement in sentence) == is_stated


def test_a_partial_answer_gives_demand_and_the_reason_and_no_probability(edition):
    answered = sentences(edition, "WORLD", "storage")
    assert answered.cell.status is Status.PARTIAL
    text = headline.text(answered, answered.points[2])
    assert text.startswith("At the end of 2028 demand for data-center storage in the world is ")
    assert text.endswith(answered.cell.reason)
    assert "probability" not in text


def test_an_unavailable_answer_gives_the_reason(edition):
    answered = sentences(edition, "EU", "firm")
    assert headline.answer(answered, day=None).period is None
    assert headline.text(answered, None) == f"No answer for firm capacity at peak in the EU: {answered.cell.reason}"


def test_a_span_without_periods_says_so(edition):
    text = headline.text(sentences(edition, **{"from": "2090"}), None)
    assert text.endswith("in the US: The edition has 2026 to 2035, and nothing on or after 2090-01-01.")


def test_every_cell_of_the_edition_has_a_sentence(edition):
    for region in ("US", "CN", "EU", "WORLD", "US-VA"):
        for layer in Layer:
            for freq in "AQ":
                document = headline.answer(sentences(edition, region, layer, freq=freq), day=None)
                assert document.text.endswith((".", ")"))
                assert "nan" not in document.text


def test_two_years_after_the_data_is_the_default_else_the_period_asked_for(edition):
    answered = sentences(edition)
    assert headline.pick(answered, day=None).period == date(2028, 1, 1)
    assert headline.pick(answered, day=date(2031, 12, 31)).period == date(2031, 1, 1)
    assert headline.pick(answered, day=date(2090, 1, 1)).period == date(2035, 1, 1)
    assert headline.pick(replace(answered, points=()), day=None) is None
    assert headline.pick(sentences(edition, freq="Q"), day=None).period == date(2028, 10, 1)


def test_the_period_can_be_asked_for(client):
    document = client.get("/v1/headlines?region=US&layer=power&freq=Q&period=2029Q2").json()
    assert document["period"] == "2029-04-01"
    assert "At the end of 2029Q2" in document["text"]
    assert client.get("/v1/headlines?region=US&layer=power&period=soon").status_code == 422


def test_the_evidence_is_said_beside_the_sentence(client):
    assert "weak" in client.get("/v1/headlines?region=US&layer=power").json()["evidence"]
    assert client.get("/v1/headlines?region=EU&layer=firm").json()["evidence"] is None


@pytest.mark.parametrize(
    ("values", "value", "text"),
    [
        ((4.2,), -0.001, "0.00 GW"),
        ((1234.0,), -1234.0, "\u22121,234 GW"),
        ((12.3,), 1.24, "1.2 GW"),
        ((), 0.0, "0.00 GW"),
    ],
)
def test_numbers_are_read_at_the_size_of_their_band(values, value, text):
    assert Scale.of(values, "GW").text(value) == text


def test_thousands_of_h100e_and_names():
    assert Scale.of((2500.0,), "H100e").text(2500.0) == "2.50 thousand H100e"
    assert region_name("US-VA") == "Virginia"
    assert probability(0.009) == "less than 0.01"
