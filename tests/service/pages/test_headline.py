"""The sentence on the page says what the answer says, and no more."""

from dataclasses import fields, replace
from datetime import date

import pytest

from data.base.layers import Layer, Status
from projection.edition.edition import Edition, Point
from projection.edition.limits import Limit
from service.api.gaps.gaps import GapQuery, read_gap
from service.base.response import Cite
from service.pages import headline
from service.wording import Scale, probability, region_name

CITE = Cite(text="Headroom (2026).", permalink="/v1/headlines?region=US")


@pytest.fixture(scope="module")
def edition(editions):
    (folder,) = editions.iterdir()
    return Edition.load(folder)


def reading(edition, region="US", layer="power", **more):
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
    }
    others = {field.name: None for field in fields(Point)} | {"width_split": {}}
    return Point(**(others | usual | changes))


def spoken(answered, of):
    return " ".join(headline.sentences(answered, of))


@pytest.mark.parametrize(
    ("demand", "words"),
    [("wanted", "what buyers want"), ("bought", "what buyers take"), ("contracted", "what is contracted")],
)
def test_a_shortage_is_told_with_its_reading_probability_median_and_band(edition, demand, words):
    assert spoken(reading(edition, demand=demand), point()) == (
        f"At the end of 2028 the US is short of facility power, measured by {words}, with probability 0.43; the median "
        "gap is 1.2 GW (80 % band \u22128.1 to 12.3 GW)."
    )


BINDING = {"nothing": 0.13, "chips": 0.09, "halls": 0.45, "grid": 0.328, "firm": 0.002}


def test_what_binds_is_told_of_what_is_wanted_the_likeliest_first(edition):
    sentence = (
        "What is wanted is kept from being served by halls in 45 % of draws, by connections to the grid in 33 %, by "
        "chips in 9 %, by nothing in 13 %."
    )
    assert headline.sentences(reading(edition), point(binding=BINDING))[1:] == [sentence]
    assert headline.sentences(reading(edition, demand="bought"), point(binding=BINDING))[1:] == []


@pytest.mark.parametrize(
    ("share", "gap", "words"),
    [
        (0.62, True, ["62 % of the gap's width (variance) is model error: what experts' past projections missed."]),
        (0.62, False, ["62 % of demand's width (variance) is model error: what experts' past projections missed."]),
        (0.5, True, []),
        (None, True, []),
    ],
)
def test_the_model_error_is_told_where_it_is_most_of_the_width(edition, share, gap, words):
    of = point(model_error_share=share) if gap else point(model_error_share=share, gap=None)
    assert headline.sentences(reading(edition), of)[1:] == words


@pytest.mark.parametrize("freq", ["A", "Q"])
def test_firm_power_is_told_as_growth_since_its_day(edition, freq):
    answered = reading(edition, layer="firm", freq=freq)
    text = spoken(answered, answered.points[1])
    assert "the US is short of firm capacity at peak for growth since 31 December 2026, measured by" in text
    assert "since" not in spoken(reading(edition), point())


def test_requests_are_told_with_what_is_expected_of_them(edition):
    answered = reading(edition, demand="requested")
    first, expected, *_ = headline.sentences(answered, answered.points[0])
    assert first.startswith("At the end of 2026 demand for facility power in the US, measured by what is requested, is")
    assert expected == "With only what is expected to be connected it is 60.0 GW (80 % band 55.2 to 64.8 GW)."


def test_a_negative_median_is_told_as_a_surplus(edition):
    text = spoken(reading(edition), point(gap={"0.1": -12.0, "0.5": -3.1, "0.9": 4.2}, p_short=0.2))
    assert "the median is a surplus of 3.1 GW (80 % band of the gap \u221212.0 to 4.2 GW)" in text


@pytest.mark.parametrize(("p_short", "words"), [(0.0, "less than 0.01"), (1.0, "more than 0.99"), (0.5, "0.50")])
def test_draws_never_make_certainty(edition, p_short, words):
    assert f"with probability {words};" in spoken(reading(edition), point(p_short=p_short))


def test_chips_are_told_in_millions_of_h100e(edition):
    text = spoken(reading(edition, layer="compute"), point(gap={"0.1": -2e6, "0.5": 1.25e6, "0.9": 3e6}))
    assert "the US is short of accelerator capacity, measured by what buyers want, with probability 0.43" in text
    assert "the median gap is 1.25 million H100e (80 % band \u22122.00 to 3.00 million H100e)" in text


def growth(share):
    return {
        "generation": {"0.1": -40.0, "0.5": 90.0, "0.9": 210.0},
        "data_centers": {"0.1": 60.0, "0.5": 88.0, "0.9": 120.0},
        "share": share,
    }


AMOUNTS = (
    "a year's generation grows by 90 TWh (80 % band \u221240 to 210 TWh) and the use of data centers by 88 TWh "
    "(80 % band 60 to 120 TWh)"
)


def test_energy_is_told_as_its_gap_with_growth_of_generation_beside(edition):
    answered = reading(edition, "CN", "energy")
    first, beside = headline.sentences(answered, point(growth=growth(None)))
    assert first.startswith("In 2028 China is short of electricity for data centers, measured by what buyers want, ")
    assert beside == f"From 2025 to 2028 {AMOUNTS}."


def test_all_generation_is_not_told_beside_a_supply_counted_by_plant(edition):
    assert len(headline.sentences(reading(edition, layer="energy"), point(growth=growth(None)))) == 1


def test_growth_since_the_base_year_and_over_the_first_year_is_told_once(edition):
    first = point(period=date(2026, 1, 1), growth=growth(None), year_growth=growth(None))
    assert len(headline.sentences(reading(edition, "CN", "energy"), first)) == 2


def test_a_share_of_growth_is_told_beside_the_amounts_where_it_has_a_size(edition):
    of = point(gap=None, growth=growth({"0.1": 0.08, "0.5": 0.12, "0.9": 0.17}), year_growth=growth(None))
    answered = reading(edition, "WORLD", "energy")
    first, beside, of_year, reason = headline.sentences(answered, of)
    assert "demand for electricity for data centers in the world, measured by what buyers want, is 60.0 TWh" in first
    assert beside == f"From 2025 to 2028 {AMOUNTS}, 12.0 % (80 % band 8.0 to 17.0 %) of it."
    assert of_year == f"Over that year alone {AMOUNTS}."
    assert reason == answered.cell.reason


@pytest.mark.parametrize("region", ["CN", "EU", "WORLD"])
def test_no_share_is_told_as_all_or_more(client, region):
    for year in range(2026, 2036):
        text = client.get(f"/v1/headlines?region={region}&layer=energy&period={year}").json()["text"]
        assert "or more" not in text
        assert "0 to 100 %" not in text
        assert f"From 2025 to {year} a year's generation grows by" in text


def test_growth_is_counted_from_the_base_year_of_the_edition(edition):
    later = replace(edition, manifest=edition.manifest | {"base_year": 2026})
    assert "From 2026 to 2028 a year's generation" in spoken(reading(later, "CN", "energy"), point(growth=growth(None)))


@pytest.mark.parametrize(("power", "chips", "is_stated"), [(0.93, 0.95, True), (0.45, 0.95, False), (0.93, 0.4, False)])
def test_that_power_is_not_the_limit_is_said_where_it_is_likely_and_chips_bind(edition, power, chips, is_stated):
    limit = Limit(date(2028, 1, 1), power, {"power": 1 - power}, {"halls": 1 - chips, "chips": chips})
    for layer in ("firm", "power", "energy"):
        answered = replace(reading(edition, "CN", layer), limits=(limit,))
        sentence = headline.answer(answered, day=date(2028, 6, 1), cite=CITE).text
        statement = (
            "Halls and power suffice for what buyers take in China in 2028 with probability 0.93; chips limit what "
            "they want"
        )
        assert (statement in sentence) == is_stated


def test_a_partial_answer_gives_demand_and_the_reason_and_no_probability(edition):
    answered = reading(edition, "WORLD", "storage")
    assert answered.cell.status is Status.PARTIAL
    text = spoken(answered, answered.points[2])
    assert text.startswith(
        "At the end of 2028 demand for data-center storage in the world, measured by what buyers want, is "
    )
    assert text.endswith(answered.cell.reason)
    assert "probability" not in text


def test_an_unavailable_answer_gives_the_reason(edition):
    answered = reading(edition, "EU", "firm")
    assert headline.answer(answered, day=None, cite=CITE).period is None
    assert spoken(answered, None) == f"No answer for firm capacity at peak in the EU: {answered.cell.reason}"


def test_a_span_without_periods_says_so(edition):
    text = spoken(reading(edition, **{"from": "2090"}), None)
    assert text.endswith("in the US: The edition has 2026 to 2035, and nothing on or after 2090-01-01.")


def test_every_cell_of_the_edition_has_a_sentence(edition):
    for region in ("US", "CN", "EU", "WORLD", "US-VA"):
        for layer in Layer:
            for freq in "AQ":
                document = headline.answer(reading(edition, region, layer, freq=freq), day=None, cite=CITE)
                assert document.text.endswith((".", ")"))
                assert "nan" not in document.text


def test_two_years_after_the_data_is_the_default_else_the_period_asked_for(edition):
    answered = reading(edition)
    assert headline.pick(answered, day=None).period == date(2028, 1, 1)
    assert headline.pick(answered, day=date(2031, 12, 31)).period == date(2031, 1, 1)
    assert headline.pick(answered, day=date(2090, 1, 1)).period == date(2035, 1, 1)
    assert headline.pick(replace(answered, points=()), day=None) is None
    assert headline.pick(reading(edition, freq="Q"), day=None).period == date(2028, 10, 1)


def test_the_period_can_be_asked_for(client):
    document = client.get("/v1/headlines?region=US&layer=power&freq=Q&period=2029Q2").json()
    assert document["text"] == " ".join(document["sentences"])
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
