"""Attribution over HTTP: parts that sum up, a place to ask again, and what is refused by its parameter."""

from datetime import date

import pytest
from evaluations_here import DRAWS, PoolHere

from projection.scenarios.attribution.quantities import Quantity
from service.api.scenarios.attribution import AttributionAnswer
from service.base import waiting

PATH = "/v1/attribution"
ASKED = {"region": "US", "layer": "power", "scenario": "worst-case", "period": "2030", "assumptions": "2"}


@pytest.fixture
def ask(client):
    state = client.app.state
    pool = state.evaluations

    def get(upto="full", **changes):
        state.evaluations = PoolHere(upto)
        parameters = {name: value for name, value in (ASKED | changes).items() if value is not None}
        return client.get(PATH, params=parameters)

    yield get
    state.evaluations = pool


def test_the_parts_sum_to_the_difference_and_groups_say_what_they_are(ask):
    response = ask()
    answer = AttributionAnswer.model_validate(response.json())
    assert (response.status_code, answer.state, answer.draws, answer.against) == (200, "done", DRAWS, "base")
    assert {group.group: group.effect is None for group in answer.cell.groups} == {
        "chips": False, "demand": False, "halls": True, "grid": True, "generation": True,
    }  # fmt: skip
    (point,) = answer.cell.points
    assert [split.quantity for split in point.quantities] == list(Quantity)
    for split in point.quantities:
        assert sum(part.value for part in split.parts) == pytest.approx(split.difference, rel=1e-4, abs=1e-5)
        assert len(split.bars) == 2
    assert sum(limit.value for limit in point.binding.values()) == pytest.approx(1, abs=1e-4)


def test_one_quantity_and_one_quarter_are_answered_between_any_two_scenarios(ask):
    response = ask(
        scenario="us-nuclear-push", against="us-shortfall", levers="permitting:0.8", period="2029Q3", layer="firm",
        quantity="median_gap", assumptions="0",
    )  # fmt: skip
    answer = AttributionAnswer.model_validate(response.json())
    (point,) = answer.cell.points
    (split,) = point.quantities
    assert (point.period, split.quantity, split.bars) == (date(2029, 7, 1), Quantity.MEDIAN_GAP, [])
    assert "us_site_lead_factor" in next(group for group in answer.cell.groups if group.group == "grid").assumptions
    assert set(point.binding) == {"nothing", "firm"}


@pytest.mark.parametrize(("upto", "state", "draws"), [("nothing", "waiting", None), ("preview", "preview", 2_000)])
def test_what_takes_longer_is_answered_as_far_as_it_is_and_with_its_place(ask, monkeypatch, upto, state, draws):
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    response = ask(upto)
    answer = AttributionAnswer.model_validate(response.json())
    assert (response.status_code, answer.state, answer.draws) == (202, state, draws)
    assert (answer.cell is None) == (upto == "nothing")
    assert response.headers["Location"].startswith("attribution?region=US&layer=power")


@pytest.mark.parametrize(
    ("changes", "parameter", "allowed"),
    [
        ({"scenario": None}, "scenario", "worst-case"),
        ({"scenario": "miracle"}, "scenario", "worst-case"),
        ({"against": "sites_on_time"}, "against", "plans-on-time"),
        ({"levers": "nuclear"}, "levers", "name:number"),
        ({"levers": "nuclear:99"}, "levers.nuclear", "0 to 40"),
        ({"levers": "magic:1"}, "levers.magic", "nuclear"),
        ({"region": "XX"}, "region", "US"),
        ({"region": "EU"}, "layer", None),
        ({"layer": "water"}, "layer", "power"),
        ({"demand": "contracted"}, "demand", "wanted"),
        ({"period": "2028H1"}, "period", "2028Q3"),
        ({"period": "2099"}, "period", None),
        ({"quantity": "mood"}, "quantity", "p_short"),
        ({"assumptions": "21"}, "assumptions", "20"),
        ({"colour": "red"}, "colour", "region"),
    ],
)
def test_what_is_wrong_is_a_problem_that_names_it(ask, changes, parameter, allowed):
    response = ask(**changes)
    problem = response.json()
    assert response.status_code == 422, problem
    assert problem["errors"][0]["parameter"] == parameter
    assert allowed is None or any(allowed in text for text in problem["errors"][0]["allowed"])


def test_an_attribution_is_no_evaluation_of_a_scenario(ask, client):
    ask()
    (name,) = client.app.state.evaluations.questions
    assert client.get(f"/v1/scenarios/evaluations/{name}").status_code == 404


def test_without_figures_nothing_is_split(client):
    response = client.get(PATH, params=ASKED)
    assert (response.status_code, response.json()["code"]) == (503, "evaluation_unavailable")
