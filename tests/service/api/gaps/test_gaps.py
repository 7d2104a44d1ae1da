"""``/v1/gaps``: shapes, statuses and every way to ask wrongly."""

import numpy as np
import pytest
from starlette.testclient import TestClient

from data.base.layers import Layer
from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency
from projection.edition.edition import Edition
from service.api.gaps.gap_answer import GapAnswer
from service.problems import Problem

GAPS = "/v1/gaps"
US_POWER = {"region": "US", "layer": "power"}


def ask(client: TestClient, **query: str) -> dict:
    response = client.get(GAPS, params=US_POWER | query)
    assert response.status_code == 200, response.text
    return response.json()


def test_an_answer_has_the_shape_of_the_design(client):
    answer = ask(client)
    GapAnswer.model_validate(answer)
    assert answer["issued"] == "2026-11-24T09:00:00Z"
    assert answer["data_as_of"] == "2026-11-22"
    assert (answer["unit"], answer["unit_kind"], answer["timing"]) == ("GW", "facility_peak", "end")
    assert (answer["scenario"], answer["demand_concept"], answer["freq"]) == ("base", "wanted", "A")
    assert (answer["status"], answer["confidence"], answer["reason"]) == ("available", "weak", None)
    assert [point["period"] for point in answer["points"]] == [f"{year}-01-01" for year in range(2026, 2036)]
    assert list(answer["points"][0]["gap"]) == [str(level) for level in DEFAULT_LEVELS]


def test_bands_are_those_of_the_draws_and_the_gap_is_not_subtracted_bounds(client, editions):
    (folder,) = editions.iterdir()
    edition = Edition.load(folder)
    cell = edition.cell("US", Layer.POWER)
    periods = edition.periods(cell, Frequency.YEAR)[:3]
    demand, supply = edition.draws(cell, "demand", periods), edition.draws(cell, "supply", periods)
    for index, point in enumerate(ask(client)["points"][:3]):
        assert point["gap"]["0.9"] == pytest.approx(np.quantile(demand[:, index] - supply[:, index], 0.9), rel=1e-5)
        assert point["p_short"] == pytest.approx((demand[:, index] > supply[:, index]).mean())
        assert point["gap"]["0.9"] != pytest.approx(point["demand"]["0.9"] - point["supply"]["0.1"], rel=1e-2)


def test_quantiles_are_keyed_by_shortest_decimals_in_order(client):
    point = ask(client, quantiles="0.90,0.10,0.333")["points"][0]
    assert list(point["demand"]) == ["0.1", "0.333", "0.9"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (GAPS, US_POWER | {"freq": "Q", "demand": "contracted", "quantiles": "0.35"}),
        ("/v1/headlines", US_POWER),
        ("/v1/charts/gap", US_POWER),
    ],
)
def test_a_scenario_whose_draws_are_not_kept_is_answered(client, path, query):
    base, other = (client.get(path, params=query | {"scenario": name}) for name in ("base", "btm_slips"))
    assert (base.status_code, other.status_code) == (200, 200), other.text
    assert len(other.content) > 0.8 * len(base.content)
    assert base.json() != other.json()


def test_every_number_stands_beside_base_with_the_chance_of_its_sign(client):
    query = {"above": "0,10", "from": "2028", "to": "2029"}
    base, other = (ask(client, scenario=name, **query) for name in ("base", "btm_slips"))
    assert (base["effect"], other["effect"]) == (None, None)
    for of_base, point in zip(base["points"], other["points"], strict=True):
        assert of_base["against_base"] is None
        against = point["against_base"]
        for name in ("demand", "supply", "gap", "plan_late"):
            assert against[name]["base"] == of_base[name]
            assert set(against[name]["difference"]) == set(point[name])
        for name in ("p_short", "expected_shortfall", "p_short_by"):
            assert against[name]["base"] == of_base[name]
            assert against[name]["difference"] == pytest.approx(point[name] - of_base[name], abs=2e-4, rel=1e-3)
        assert against["demand"]["difference"] == dict.fromkeys(point["demand"], 0.0)
        assert against["supply"]["p_sign"] == against["gap"]["p_sign"] == 1.0
        assert against["supply"]["difference"]["0.5"] < 0 < against["gap"]["difference"]["0.5"]
        assert set(against["p_above"]) == {"0", "10"}
        assert against["binding"].keys() == point["binding"].keys()
        assert against["stranded"] is against["stock"] is None


def test_a_layer_that_it_does_not_affect_says_so_and_prints_no_number(client):
    china = {"region": "CN", "layer": "power", "scenario": "btm_slips"}
    answers = {
        path: client.get(path, params=china).json()
        for path in (GAPS, "/v1/headlines", "/v1/charts/gap", "/v1/comparisons")
    }
    for path in (GAPS, "/v1/headlines", "/v1/comparisons"):
        assert answers[path]["effect"] == "does not affect this layer"
        assert answers[path]["status"] == "available"
    assert answers[GAPS]["points"] == []
    assert "btm_slips does not affect this layer" in answers["/v1/headlines"]["text"]
    assert "btm_slips does not affect this layer" in str(answers["/v1/charts/gap"]["vconcat"])
    unavailable = client.get(GAPS, params=china | {"layer": "storage"}).json()
    assert (unavailable["status"], unavailable["effect"]) == ("unavailable", None)


@pytest.mark.parametrize(("parameter", "value", "allowed"), [("quantiles", "0.333", "0.35"), ("above", "3", "5")])
def test_what_is_not_kept_of_a_scenario_names_what_is(client, parameter, value, allowed):
    response = client.get(GAPS, params=US_POWER | {"scenario": "btm_slips", parameter: value})
    assert response.status_code == 422
    (error,) = Problem.model_validate(response.json()).errors
    assert error.parameter == parameter
    assert allowed in error.allowed
    assert "/v1/scenarios:evaluate" in response.json()["detail"]


def test_thresholds_keep_every_digit_they_were_asked_with(client):
    compute = {"region": "US", "layer": "compute"}
    first, second = (
        client.get(GAPS, params=compute | {"above": above}).json()["points"][0]["p_above"]
        for above in ("1234567,10000000", "1234568")
    )
    assert list(first) == ["1234567", "10000000"]
    # An answer is kept by its question: two thresholds that agree in six digits are two questions.
    assert list(second) == ["1234568"]


def test_numbers_carry_six_digits_at_most(client):
    values = [value for point in ask(client)["points"] for value in point["demand"].values()]
    assert all(len(f"{value}".replace(".", "").strip("0")) <= 6 for value in values)


def test_case_of_names_does_not_matter(client):
    lower = client.get(GAPS, params={"region": "us", "layer": "POWER", "freq": "a", "demand": "Wanted"})
    assert lower.status_code == 200
    assert lower.json() == ask(client)


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2028", "2029", [2028, 2029]),
        ("2028-01-01", "2028-01-01", [2028]),
        ("2028Q3", "2029Q1", [2028, 2029]),
        ("2028-07", "2028-09", [2028]),
        ("2035", None, [2035]),
        ("2040", None, []),
        (None, "2026", [2026]),
    ],
)
def test_a_span_may_be_a_year_a_quarter_a_month_or_a_day(client, first, last, years):
    query = {name: value for name, value in {"from": first, "to": last}.items() if value}
    assert [int(point["period"][:4]) for point in ask(client, **query)["points"]] == years


def test_quarters_are_answered_at_quarters(client):
    answer = ask(client, freq="Q", **{"from": "2028", "to": "2028"})
    assert answer["freq"] == "Q"
    assert [point["period"] for point in answer["points"]] == ["2028-01-01", "2028-04-01", "2028-07-01", "2028-10-01"]


def test_a_partial_cell_gives_demand_and_no_assumed_shortage(client):
    answer = client.get(GAPS, params={"region": "WORLD", "layer": "storage"}).json()
    GapAnswer.model_validate(answer)
    assert answer["status"] == "partial"
    assert answer["reason"]
    for point in answer["points"]:
        assert point["demand"]
        assert [point[name] for name in ("supply", "gap", "p_short", "expected_shortfall")] == [None] * 4


def bands_of(answer: dict, name: str) -> np.ndarray:
    """Bands of every point, (period, level)."""
    return np.array([list(point[name].values()) for point in answer["points"]])


@pytest.mark.parametrize("freq", ["A", "Q"])
@pytest.mark.parametrize("layer", ["compute", "power", "energy", "firm"])
def test_what_is_wanted_is_at_least_what_is_bought_against_the_same_supply(client, layer, freq):
    by_wanted, by_bought = (ask(client, layer=layer, freq=freq, demand=demand) for demand in ("wanted", "bought"))
    assert len(by_wanted["points"]) == len(by_bought["points"]) > 0
    assert (bands_of(by_wanted, "demand") >= bands_of(by_bought, "demand")).all()
    assert (bands_of(by_wanted, "demand") > bands_of(by_bought, "demand")).any()
    assert (bands_of(by_wanted, "supply") == bands_of(by_bought, "supply")).all()
    for one, other in zip(by_wanted["points"], by_bought["points"], strict=True):
        assert one["p_short"] >= other["p_short"]
        assert one["expected_shortfall"] >= other["expected_shortfall"]
    assert (by_wanted["first_likely_short"] or "9999") <= (by_bought["first_likely_short"] or "9999")


def test_nothing_is_said_of_contracts_after_their_last_due_date(client):
    answer = ask(client, demand="contracted")
    GapAnswer.model_validate(answer)
    assert [point["period"][:4] for point in answer["points"]] == ["2026", "2027", "2028"]
    assert all(point["p_short"] is not None for point in answer["points"])
    later = ask(client, demand="contracted", **{"from": "2031"})
    assert (later["status"], later["points"]) == ("unavailable", [])
    assert "2026 to 2028" in later["reason"]
    assert any(note.startswith("Contracts are dated to") for note in later["notes"])


def test_requests_are_answered_raw_with_what_is_expected_of_them_beside(client):
    answer = ask(client, demand="requested")
    GapAnswer.model_validate(answer)
    assert (answer["status"], answer["first_likely_short"]) == ("partial", None)
    assert (bands_of(answer, "expected") < bands_of(answer, "demand")).all()
    assert {point["expected"] for point in ask(client)["points"]} == {None}


def test_what_binds_is_given_for_power_as_shares_of_all_draws(client):
    for point in ask(client)["points"]:
        assert list(point["binding"]) == ["nothing", "chips", "halls", "grid", "firm"]
        assert sum(point["binding"].values()) == pytest.approx(1.0)
    assert {point["binding"] for point in ask(client, layer="energy")["points"]} == {None}


def test_compute_ends_with_the_fifth_year_and_says_what_is_stranded_and_vacant(client):
    answer = ask(client, layer="compute")
    GapAnswer.model_validate(answer)
    assert answer["points"][-1]["period"] == "2030-01-01"
    assert any("generations of chips nobody has announced" in note for note in answer["notes"])
    for point in answer["points"]:
        assert min(*point["stranded"].values(), *point["vacant"].values()) >= 0
    assert {point["stranded"] for point in ask(client)["points"]} == {None}


def test_energy_carries_growth_of_generation_beside_that_of_data_centers(client):
    answer = ask(client, region="WORLD", layer="energy")
    GapAnswer.model_validate(answer)
    point = answer["points"][2]
    for band in ("generation", "data_centers", "share"):
        assert set(point["growth"][band]) == {str(level) for level in DEFAULT_LEVELS}
    assert point["gap"] is None


def test_no_share_is_told_of_a_growth_that_is_not_there_in_every_draw(client):
    for point in ask(client, layer="energy")["points"]:
        assert point["growth"]["share"] is None
        assert point["growth"]["generation"]["0.5"] > 0


def test_growth_of_one_year_is_given_for_years_alone(client):
    for freq, present in (("A", True), ("Q", False)):
        answer = client.get(GAPS, params={"region": "CN", "layer": "energy", "freq": freq}).json()
        GapAnswer.model_validate(answer)
        assert all((point["year_growth"] is not None) == present for point in answer["points"])


def test_firm_power_counts_growth_since_a_stated_day(client):
    for freq in ("A", "Q"):
        answer = ask(client, layer="firm", freq=freq)
        GapAnswer.model_validate(answer)
        assert answer["growth_since"] == "2026-12-31"
        assert answer["points"][0]["period"] == "2027-01-01"
    assert ask(client)["growth_since"] is None


@pytest.mark.parametrize("layer", ["power", "energy", "firm"])
def test_whether_power_is_the_limit_is_told_even_where_the_cell_is_unavailable(client, layer):
    answer = client.get(GAPS, params={"region": "CN", "layer": layer, "from": "2027", "to": "2029"}).json()
    GapAnswer.model_validate(answer)
    assert answer["status"] == ("unavailable" if layer == "firm" else "available")
    assert [limit["period"][:4] for limit in answer["limits"]] == ["2027", "2028", "2029"]
    for limit in answer["limits"]:
        assert set(limit["p_short"]) == {"power", "energy"}
        assert limit["p_power_not_limit"] <= 1 - max(limit["p_short"].values()) + 1e-6
        assert sum(limit["binding"].values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "query",
    [
        {"region": "CN", "layer": "compute"},
        {"region": "EU", "layer": "power"},
        {"region": "IE", "layer": "energy"},
        {"region": "US-MISO", "layer": "power"},
        {"region": "US", "layer": "power", "demand": "contracted"},
    ],
)
def test_no_limit_is_told_where_none_can_be_read(client, query):
    assert client.get(GAPS, params=query).json()["limits"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"region": "EU", "layer": "compute"},
        {"region": "US", "layer": "storage"},
        {"region": "US-VA", "layer": "power"},
        {"region": "WORLD", "layer": "power", "demand": "requested"},
    ],
)
def test_a_known_cell_without_figures_is_unavailable_with_a_reason(client, query):
    response = client.get(GAPS, params=query)
    assert response.status_code == 200
    answer = response.json()
    GapAnswer.model_validate(answer)
    assert answer["status"] == "unavailable"
    assert answer["points"] == []
    assert answer["reason"]


@pytest.mark.parametrize("demand", ["wanted", "bought"])
def test_width_split_and_the_share_of_the_model_error_go_along(client, demand):
    point = ask(client, demand=demand)["points"][-1]
    assert set(point["width_split"]) == {"demand", "supply", "gap"}
    assert set(point["width_split"]["gap"]) == {"nowcast", "growth", "conversion", "model_error"}
    assert point["model_error_share"] == point["width_split"]["gap"]["model_error"] == pytest.approx(0.55)
    partial = ask(client, region="WORLD", layer="storage")["points"][-1]
    assert partial["model_error_share"] == partial["width_split"]["demand"]["model_error"]


WRONG = [
    ({"region": "XX"}, "region", "US"),
    ({"layer": "water"}, "layer", "power"),
    ({"scenario": "boom"}, "scenario", "base"),
    ({"demand": "wished"}, "demand", "contracted"),
    ({"demand": "equipment"}, "demand", "wanted"),
    ({"demand": "Equipment"}, "demand", "bought"),
    ({"demand": "committed"}, "demand", "contracted"),
    ({"demand": "unconstrained"}, "demand", "wanted"),
    ({"freq": "H"}, "freq", "Q"),
    ({"freq": "W"}, "freq", "A"),
    ({"freq": ""}, "freq", "A"),
    ({"region": " "}, "region", None),
    ({"quantiles": "0"}, "quantiles", None),
    ({"quantiles": "1"}, "quantiles", None),
    ({"quantiles": "-0.1"}, "quantiles", None),
    ({"quantiles": "1.5"}, "quantiles", None),
    ({"quantiles": "nan"}, "quantiles", None),
    ({"quantiles": "inf"}, "quantiles", None),
    ({"quantiles": "half"}, "quantiles", None),
    ({"quantiles": "0.1,,0.9"}, "quantiles", None),
    ({"quantiles": ""}, "quantiles", None),
    ({"quantiles": "0.1,0.10"}, "quantiles", None),
    ({"quantiles": ",".join(f"0.{number:03d}" for number in range(1, 52))}, "quantiles", None),
    ({"from": "2030", "to": "2028"}, "from", "2028"),
    ({"from": "2028-13-01"}, "from", "2028"),
    ({"from": "2028-02-30"}, "from", "2028"),
    ({"from": "0000"}, "from", "2028"),
    ({"to": "2028Q5"}, "to", "2028Q3"),
    ({"to": "yesterday"}, "to", "2028-07-01"),
    ({"to": "2028-00"}, "to", "2028"),
    ({"to": "2028-01-00"}, "to", "2028"),
    ({"to": "\uff12\uff10\uff12\uff18"}, "to", "2028"),
    ({"quantile": "0.5"}, "quantile", "quantiles"),
]


@pytest.mark.parametrize(("query", "parameter", "allowed"), WRONG)
def test_a_wrong_parameter_is_named_with_what_is_allowed(client, query, parameter, allowed):
    response = client.get(GAPS, params=US_POWER | query)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(response.json())
    assert problem.status == 422
    assert problem.code == "invalid_parameter"
    assert [item.parameter for item in problem.errors] == [parameter]
    assert problem.errors[0].allowed
    if allowed is not None:
        assert allowed in problem.errors[0].allowed


@pytest.mark.parametrize(
    ("former", "successors"),
    [("equipment", ["wanted", "bought"]), ("committed", ["contracted"]), ("unconstrained", ["wanted"])],
)
@pytest.mark.parametrize("path", ["/v1/gaps", "/v1/headlines", "/v1/charts/gap"])
def test_a_former_name_of_demand_is_refused_with_what_stands_for_it_now(client, path, former, successors):
    response = client.get(path, params=US_POWER | {"demand": former})
    assert response.status_code == 422
    (error,) = Problem.model_validate(response.json()).errors
    assert error.message == f"{former!r} is called {' or '.join(successors)} now"
    assert error.allowed == successors
    for name in successors:
        assert client.get(path, params=US_POWER | {"demand": name}).status_code == 200


@pytest.mark.parametrize("missing", ["region", "layer"])
def test_a_missing_parameter_is_named(client, missing):
    query = {name: value for name, value in US_POWER.items() if name != missing}
    problem = Problem.model_validate(client.get(GAPS, params=query).json())
    assert problem.errors[0].parameter == missing
    assert "is required" in problem.detail


def test_a_repeated_parameter_is_refused(client):
    problem = client.get(f"{GAPS}?region=US&region=CN&layer=power").json()
    assert problem["errors"][0] == {"parameter": "region", "message": "is given more than once", "allowed": []}


def test_storage_is_answered_by_demand_its_parts_and_what_the_market_tells(client):
    answer = ask(client, region="WORLD", layer="storage")
    GapAnswer.model_validate(answer)
    assert (answer["status"], answer["confidence"]) == ("partial", "weak")
    for point in answer["points"]:
        assert set(point["stock"]) == {"shipped", "retired", "used"}
        assert point["stock"]["used"]["0.5"] < point["demand"]["0.5"]
        assert (point["supply"], point["p_short"]) == (None, None)
    assert answer["tightness"]["index"] == 1.0
    assert {"lead_time", "disk_price", "flash_price", "allocation"} == {
        reading["about"] for reading in answer["tightness"]["readings"]
    }
    assert {"shipments", "proxies", "flash"} == {figure["about"] for figure in answer["figures"]}


def test_what_is_known_of_storage_in_china_stands_beside_the_reason(client):
    answer = ask(client, region="CN", layer="storage")
    GapAnswer.model_validate(answer)
    assert (answer["status"], answer["points"], answer["tightness"]) == ("unavailable", [], None)
    assert [(figure["period"], figure["value"]) for figure in answer["figures"]] == [
        ("2021-01-01", 800.0),
        ("2025-01-01", 1680.0),
    ]
    assert "cn.storage.installed" in answer["reason"]
    for region in ("US", "EU"):
        assert ask(client, region=region, layer="storage")["figures"] == []


def test_other_layers_carry_no_figures_of_storage(client):
    answer = ask(client)
    assert (answer["tightness"], answer["figures"]) == (None, [])
    assert {point["stock"] for point in answer["points"]} == {None}


def test_pace_of_supply_stands_beside_the_cell_it_is_of_and_no_other(client):
    answer = ask(client, region="CN", layer="energy")
    GapAnswer.model_validate(answer)
    (pace,) = answer["supply_pace"]
    assert (pace["name"], pace["basis"], pace["timing"]) == ("solar_additions", "alternating_current", "total")
    assert pace["bands"] == {"2026-01-01": {"0.1": 113.6, "0.5": 219.6, "0.9": 418.6}}
    assert ask(client, region="CN", layer="compute")["supply_pace"] == []
    assert ask(client, region="US", layer="storage")["supply_pace"] == []
