"""A window outside what there is says so with the span there is; one that reaches beyond has a note."""

import pytest

from service.api.figures.observations import ObservationList
from service.api.gaps.gap_answer import GapAnswer
from service.api.models.forecasts import ForecastAnswer
from service.pages.headline import Headline

YEARS = "2026 to 2035"
QUARTERS = "2026Q1 to 2030Q4"
FROM_NOW = "2026Q3 to 2030Q4"
CAPEX = "/v1/forecasts/derived.world.hyperscaler_capex?"
OBSERVED = "/v1/series/alphabet.capex_cash/observations?"
SPANS = {
    "/v1/gaps?region=US&layer=power&": ("The edition", YEARS),
    "/v1/gaps?region=US&layer=power&freq=Q&": ("The edition", QUARTERS),
    "/v1/gaps?region=US&layer=power&scenario=btm_slips&": ("The edition", YEARS),
    "/v1/gaps?region=EU&layer=power&": ("The edition", YEARS),
    "/v1/gaps?region=US-PJM&layer=energy&": ("The edition", YEARS),
    "/v1/comparisons?region=US&layer=power&": ("The edition", YEARS),
    "/v1/open-models?": ("The edition", FROM_NOW),
    "/v1/open-models?proxy=derivatives&region=CN&": ("The edition", FROM_NOW),
    CAPEX: ("The forecast", "2026Q4 to 2027Q3"),
}
OUTSIDE = ["from=2050", "to=2010", "from=2050&to=2060", "from=2049-H2&to=2050-03", "to=2019-12-31T23:00:00Z"]


def ask(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("window", OUTSIDE)
@pytest.mark.parametrize("path", SPANS)
def test_a_window_outside_is_unavailable_with_the_span(client, path, window):
    owner, span = SPANS[path]
    answer = ask(client, f"{path}{window}")
    assert (answer["status"], answer["confidence"], answer["points"]) == ("unavailable", None, [])
    assert f"{owner} has {span}, and nothing" in answer["reason"]
    shape = GapAnswer if "/gaps" in path else ForecastAnswer if "/forecasts" in path else None
    if shape is not None:
        shape.model_validate(answer)


@pytest.mark.parametrize("window", ["from=2027&to=2050", "from=2010&to=2027", "from=1900&to=2100"])
@pytest.mark.parametrize("path", SPANS)
def test_a_window_that_reaches_beyond_is_answered_with_a_note(client, path, window):
    owner, span = SPANS[path]
    answer = ask(client, f"{path}{window}")
    assert answer["points"]
    assert f"{owner} has {span}; what was asked for reaches beyond." in answer["notes"]


@pytest.mark.parametrize("window", ["", "from=2027", "to=2027H1", "from=2027&to=2027-04"])
@pytest.mark.parametrize("path", SPANS)
def test_a_window_inside_has_no_such_note(client, path, window):
    answer = ask(client, f"{path}{window}")
    assert answer["points"]
    assert answer["status"] != "unavailable"
    assert not [note for note in answer["notes"] if "reaches beyond" in note]


def test_a_cell_that_is_never_answered_keeps_its_own_reason(client):
    reasons = {ask(client, f"/v1/gaps?region=JP&layer=power{window}")["reason"] for window in ("", "&from=2050")}
    assert len(reasons) == 1


@pytest.mark.parametrize(
    "path", ["/v1/charts/gap?region=US&layer=power&from=2050", "/v1/charts/comparison?region=US&layer=power&to=2011"]
)
def test_a_chart_of_nothing_says_the_span(client, path):
    (panel,) = ask(client, path)["vconcat"]
    assert f"The edition has {YEARS}" in " ".join(panel["mark"]["text"])


@pytest.mark.parametrize(
    ("period", "freq", "span"), [("2050", "A", YEARS), ("2019-07", "A", YEARS), ("2033", "Q", QUARTERS)]
)
def test_a_headline_of_a_period_there_is_none_of_gives_no_other(client, period, freq, span):
    answer = ask(client, f"/v1/headlines?region=US&layer=power&freq={freq}&period={period}")
    Headline.model_validate(answer)
    assert (answer["status"], answer["period"], answer["evidence"]) == ("unavailable", None, None)
    assert f"The edition has {span}" in answer["reason"]
    assert answer["reason"] in answer["text"]


FORMS = ["2028", "2028H1", "2028-q2", "2028-05", "2028M5", "2028-05-31", "2028-05-31T23:59:59Z", "2028-W20", "20280531"]


@pytest.mark.parametrize("form", [*FORMS, "2028-05-31T00:00:00+02:00"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_every_form_of_a_period_means_the_periods_it_touches(client, name, form):
    answer = ask(client, f"/v1/gaps?region=US&layer=power&{name}={form}")
    assert answer["points"][0 if name == "from" else -1]["period"] == "2028-01-01"
    assert ask(client, f"/v1/headlines?region=US&layer=power&period={form}")["period"] == "2028-01-01"
    assert ask(client, f"/v1/comparisons?region=US&layer=power&period={form}")["points"][0]["period"] == "2028-01-01"


@pytest.mark.parametrize(
    "form",
    [
        "2026-06-30",
        "2026-06-30T00:00:00Z",
        "2026-06-30T23:59:59.5+05:30",
        "2026-06-30T23:59%2B0530",
        "20260630",
        "2026-W27-2",
    ],
)
def test_a_day_may_be_a_time_stamp(client, form):
    assert ask(client, f"{OBSERVED}as_of={form}")["as_of"] == "2026-06-30"


@pytest.mark.parametrize(
    ("form", "words", "allowed"),
    [
        ("2028Q3", "is more than one day", ["2028-09-30"]),
        ("2028", "is more than one day", ["2028-12-31"]),
        ("2026-02-30", "February 2026 has 28 days", ["2026-11-23", "2026-11-23T00:00:00Z"]),
        ("2026-06-31T00:00:00Z", "June 2026 has 30 days", ["2026-11-23", "2026-11-23T00:00:00Z"]),
        ("2026-13-01", "months are 1 to 12", ["2026-11-23", "2026-11-23T00:00:00Z"]),
        ("yesterday", "is not a day", ["2026-11-23", "2026-11-23T00:00:00Z"]),
        ("30/06/2026", "write the year first", ["2026-11-23", "2026-11-23T00:00:00Z"]),
        ("2026/06/30", "is not a day", ["2026-06-30"]),
    ],
)
def test_a_day_that_is_none_says_why_and_what_works(client, form, words, allowed):
    answer = client.get(OBSERVED, params={"as_of": form})
    (error,) = answer.json()["errors"]
    assert answer.status_code == 422
    assert (words in error["message"], error["allowed"]) == (True, allowed)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("as_of=1990-01-01", "Nothing of it was known on 1990-01-01 by the rule strict; its first figure was"),
        ("as_of=1990-01-01&rule=available", "Nothing of it was known on 1990-01-01 by the rule available."),
        ("freq=M", "It has no figures of that frequency; it has "),
    ],
)  # fmt: skip
def test_observations_that_are_none_say_why(client, query, words):
    answer = ask(client, f"{OBSERVED}{query}")
    ObservationList.model_validate(answer)
    assert answer["items"] == []
    assert answer["reason"].startswith(words)
    assert ask(client, OBSERVED)["reason"] is None
