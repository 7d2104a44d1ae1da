"""Inverse questions over HTTP: answers in words and numbers, a place to ask again, and what is refused by name."""

import pytest
from evaluations_here import DRAWS, PoolHere

from projection.inverse.requirements import RequirementSearch
from service.api.scenarios.requirements import RequirementsAnswer
from service.api.scenarios.solve import SolveAnswer
from service.base import waiting

SOLVE, REQUIREMENTS = "/v1/solve", "/v1/requirements"
ASKED = {"region": "US", "layer": "power", "period": "2028", "p_short": "0.3", "lever": "efficiency"}
NUMBER = {"projection": "us.datacenter.electricity@lbnl2026", "period": "2028"}


@pytest.fixture
def ask(client):
    state = client.app.state
    pool = state.evaluations

    def get(path=SOLVE, question=ASKED, upto="full", **changes):
        state.evaluations = PoolHere(upto)
        parameters = {name: value for name, value in (question | changes).items() if value is not None}
        return client.get(path, params=parameters)

    yield get
    state.evaluations = pool


@pytest.fixture
def few_assumptions(monkeypatch):
    monkeypatch.setattr(RequirementSearch, "movable", [("us_energy_base",), ("us_published_growth",)])


def test_one_lever_is_solved_in_numbers_and_words(ask):
    response = ask()
    answer = SolveAnswer.model_validate(response.json())
    assert (response.status_code, answer.state, answer.draws, answer.scenario) == (200, "done", DRAWS, "base")
    solution = answer.solved.solution
    assert (solution.status, solution.neutral) == ("reached", 1.0)
    assert solution.least <= solution.setting < 1
    assert solution.outcome <= 0.3 < solution.start
    assert solution.sentence.startswith("To bring the chance of a shortage of US power by the end of 2028 from ")
    assert answer.solved.frontier is None


@pytest.mark.parametrize("lever", ["permitting,efficiency", ["permitting", "efficiency"]])
def test_two_levers_are_a_frontier(ask, lever):
    answer = SolveAnswer.model_validate(ask(lever=lever).json())
    frontier = answer.solved.frontier
    assert (frontier.first, frontier.second, answer.solved.solution) == ("permitting", "efficiency", None)
    assert [frontier.points[0].setting, frontier.points[-1].setting] == [0.5, 1.6]
    assert frontier.points[0].sentence.startswith("With permitting at 0.5: ")


def test_a_median_gap_of_a_scenario_in_a_quarter_is_a_target_too(ask):
    answer = SolveAnswer.model_validate(
        ask(p_short=None, gap="5", scenario="us-shortfall", period="2029Q3", demand="bought", lever="site-slip").json()
    )
    solved = answer.solved
    assert (solved.measure, solved.target, solved.unit, solved.period, solved.demand) == (
        "gap", 5.0, "GW", "2029Q3", "bought",
    )  # fmt: skip


@pytest.mark.usefixtures("few_assumptions")
def test_a_published_number_is_given_by_assumptions_in_numbers_and_words(ask):
    response = ask(REQUIREMENTS, NUMBER)
    answer = RequirementsAnswer.model_validate(response.json())
    assert (response.status_code, answer.state, answer.assumptions) == (200, "done", 2)
    assert (answer.number.publisher, answer.number.value, answer.number.unit) == ("LBNL", 464.0, "TWh")
    for requirement in answer.alone:
        assert requirement.median == pytest.approx(464.0, rel=0.02)
        assert 0 < requirement.chance < 1
    assert answer.sentences[0].startswith("LBNL: energy of US, 2028: 464 TWh.")


@pytest.mark.usefixtures("few_assumptions")
@pytest.mark.parametrize(("path", "question"), [(SOLVE, ASKED), (REQUIREMENTS, NUMBER)])
@pytest.mark.parametrize("upto", ["nothing", "preview"])
def test_what_takes_longer_is_answered_with_its_place(ask, monkeypatch, path, question, upto):
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    response = ask(path, question, upto)
    content = response.json()
    assert (response.status_code, content["state"]) == (202, {"nothing": "waiting"}.get(upto, upto))
    assert response.headers["Location"].startswith(path.removeprefix("/v1/") + "?")
    assert (content.get("solved", content.get("alone")) is None) == (upto == "nothing")


@pytest.mark.parametrize(
    ("changes", "parameter", "allowed"),
    [
        ({"lever": "magic"}, "lever", "nuclear"),
        ({"lever": ["nuclear", "permitting", "efficiency"]}, "lever", "two, for their frontier"),
        ({"lever": ["nuclear", "nuclear"]}, "lever", "permitting"),
        ({"lever": None}, "lever", "efficiency"),
        ({"p_short": "1.5"}, "p_short", "0 to 1"),
        ({"p_short": "nan"}, "p_short", "0 to 1"),
        ({"p_short": "few"}, "p_short", "0.2"),
        ({"p_short": None}, "p_short", "gap"),
        ({"gap": "0"}, "p_short", "gap"),
        ({"p_short": None, "gap": "inf"}, "gap", "a number"),
        ({"period": "2051"}, "period", "2026 to 2035"),
        ({"period": "2028H1"}, "period", "2028Q3"),
        ({"period": ["2028", "2029"]}, "period", None),
        ({"layer": "storage"}, "layer", "power"),
        ({"layer": "water"}, "layer", "power"),
        ({"region": "XX"}, "region", "US"),
        ({"demand": "contracted"}, "demand", "wanted"),
        ({"scenario": "miracle"}, "scenario", "worst-case"),
        ({"scenario": "us-nuclear-push", "lever": "nuclear"}, "overrides.us_small_reactors_from", "one value"),
        ({"colour": "red"}, "colour", "region"),
    ],
)
def test_what_is_wrong_is_a_problem_that_names_it(ask, changes, parameter, allowed):
    _refused(ask(**changes), parameter, allowed)


@pytest.mark.parametrize(
    ("changes", "parameter", "allowed"),
    [
        ({"projection": "us.datacenter.electricity@nobody"}, "projection", "us.datacenter.electricity@lbnl2026"),
        ({"projection": "us.datacenter.behind_the_meter_capacity@semi2026"}, "projection", None),
        ({"period": "2028Q3"}, "period", "2028"),
        ({"period": "2050"}, "period", "2028"),
        ({"beside": "firm"}, "beside", "energy"),
        ({"projection": None}, "projection", "us.datacenter.electricity@lbnl2026"),
    ],
)
def test_a_number_that_cannot_be_compared_is_a_problem_that_names_why(ask, changes, parameter, allowed):
    _refused(ask(REQUIREMENTS, NUMBER, **changes), parameter, allowed)


def _refused(response, parameter, allowed):
    problem = response.json()
    assert response.status_code == 422, problem
    assert problem["errors"][0]["parameter"] == parameter
    assert allowed is None or any(allowed in text for text in problem["errors"][0]["allowed"])


def test_without_figures_nothing_is_solved(client):
    for path, question in ((SOLVE, ASKED), (REQUIREMENTS, NUMBER)):
        response = client.get(path, params=question)
        assert (response.status_code, response.json()["code"]) == (503, "evaluation_unavailable")
