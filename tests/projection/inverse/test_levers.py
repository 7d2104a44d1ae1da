"""Solving by levers: an answer run forward meets the target, and what is not reached is said with the best."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency, Period
from projection.inputs.overrides import BASE
from projection.inverse.answers import Status
from projection.inverse.levers import Solver
from projection.inverse.outcomes import Measure, Target
from projection.inverse.search import Way
from projection.scenarios import library
from projection.scenarios.evaluation import PART, evaluate
from projection.scenarios.levers import levers
from projection.scenarios.levers import scenario as of_levers
from projection.scenarios.resolution import compose

POWER = ("US", Layer.POWER)


@pytest.fixture(scope="module")
def edition(tmp_path_factory, build_edition):
    return build_edition(tmp_path_factory.mktemp("editions"))


@pytest.fixture(scope="module")
def target(edition):
    """A target of US power, or of another cell."""

    def of(
        level=0.2, *, measure=Measure.P_SHORT, year=2028, cell=POWER, freq=Frequency.YEAR, demand=DemandConcept.WANTED
    ):
        return Target.of(edition, *cell, Period(date(year, 1, 1), freq), demand, measure=measure, level=level)

    return of


def forward(base, target, scenario):
    """The measure of a scenario, read off an evaluation at the end of the year."""
    paths = evaluate(base, scenario, [target.gap.key]).scenario[target.gap.key].paths
    end = 4 * (target.gap.period.start.year - base.model_inputs.anchors.timeline.base_year) - 1
    gap = paths["wanted"][:, end].astype(float) - paths["supply"][:, end]
    return (gap > 0).mean() if target.measure is Measure.P_SHORT else np.median(gap)


QUESTIONS = {
    "lever": st.sampled_from(["efficiency", "permitting", "site-slip"]),
    "measure": st.sampled_from(list(Measure)),
    "share": st.floats(0.0, 1.0),
    "year": st.sampled_from([2027, 2028, 2030]),
}


def test_the_answer_run_forward_meets_the_target_and_a_step_before_it_does_not(small_base, target):
    @given(**QUESTIONS)
    @settings(max_examples=8)
    def holds(lever, measure, share, year):
        level = share if measure is Measure.P_SHORT else 60 * share - 40
        _holds(small_base, target(level, measure=measure, year=year), lever)

    holds()


def _holds(base, question, lever):
    solution = Solver(base, BASE, question, [lever]).whole().solution
    assert solution.start == pytest.approx(forward(base, question, BASE), rel=1e-9)
    if solution.status is Status.NOT_REACHABLE:
        ends = [forward(base, question, of_levers({lever: end})) for end in levers()[lever].range]
        assert min(ends) > question.level
        assert solution.best_outcome <= min(ends)
        return
    assert forward(base, question, of_levers({lever: solution.setting})) == pytest.approx(solution.outcome, rel=1e-9)
    assert solution.outcome <= question.level
    if solution.status is Status.MET:
        assert solution.setting == levers()[lever].neutral
        return
    way = Way(solution.neutral, solution.least if solution.setting < solution.neutral else solution.most)
    step = round((solution.setting - way.start) / (way.end - way.start) * way.steps)
    assert solution.setting == way.at(step)
    assert forward(base, question, of_levers({lever: way.at(step - 1)})) > question.level


def test_a_preview_rests_on_the_first_draws_and_the_answer_on_all(base, target):
    solver = Solver(base, BASE, target(), ["efficiency"])
    preview, whole = solver.preview(), solver.whole()
    assert (preview.draws, whole.draws) == (PART, base.draws)
    assert whole.solution.status is preview.solution.status is Status.REACHED
    assert abs(whole.solution.setting - preview.solution.setting) < 0.05
    assert forward(base, target(), of_levers({"efficiency": whole.solution.setting})) <= 0.2
    assert "models would have to need 0." in whole.solution.sentence


def test_a_lever_that_moves_no_draw_says_so(base, target):
    for lever in ("open-model-investment", "exports-to-china"):
        solution = Solver(base, BASE, target(), [lever]).whole().solution
        assert (solution.status, solution.setting, solution.best_setting) == (Status.NOT_AFFECTED, None, None)
        assert "does not affect this layer" in solution.sentence


def test_what_is_met_already_needs_no_change(small_base, target):
    question = target(1.0)
    solution = Solver(small_base, BASE, question, ["permitting"]).whole().solution
    assert (solution.status, solution.setting) == (Status.MET, 1.0)
    assert "no change of permitting is needed" in solution.sentence


def test_what_no_tested_setting_reaches_is_said_with_the_best(small_base, target):
    question = target(0.0)
    solution = Solver(small_base, BASE, question, ["site-slip"]).whole().solution
    assert (solution.status, solution.best_setting) == (Status.NOT_REACHABLE, 0.0)
    assert "No setting of site-slip within the tested range (0 to 3)" in solution.sentence


def test_a_scenario_may_be_started_from(small_base, target):
    shortfall = library.scenario("us-shortfall", small_base.model_inputs.assumptions)
    question = target(0.3)
    solution = Solver(small_base, shortfall, question, ["efficiency"]).whole().solution
    assert solution.start == pytest.approx(forward(small_base, question, shortfall), rel=1e-9)
    both = compose("both", [shortfall, of_levers({"efficiency": solution.setting})])
    assert forward(small_base, question, both) == pytest.approx(solution.outcome, rel=1e-9)
    assert solution.outcome <= 0.3
    alone = Solver(small_base, BASE, question, ["efficiency"]).whole().solution
    assert solution.setting < alone.setting


def test_a_frontier_pairs_settings_of_one_lever_with_the_least_of_the_other(small_base, target):
    question = target(0.3)
    frontier = Solver(small_base, BASE, question, ["permitting", "efficiency"]).whole().frontier
    assert [point.setting for point in frontier.points][:: len(frontier.points) - 1] == list(
        levers()["permitting"].range
    )
    settings_of_second = [point.solution.setting for point in frontier.points]
    assert settings_of_second == sorted(settings_of_second, reverse=True)
    middle = frontier.points[2]
    both = of_levers({"permitting": middle.setting, "efficiency": middle.solution.setting})
    assert forward(small_base, question, both) == pytest.approx(middle.solution.outcome, rel=1e-9)
    assert middle.solution.outcome <= 0.3


@pytest.mark.parametrize(
    ("names", "allowed"),
    [(["magic"], "nuclear"), (["nuclear", "permitting", "efficiency"], "two, for their frontier"), ([], "one"),
     (["nuclear", "nuclear"], "permitting")],
)  # fmt: skip
def test_levers_that_cannot_be_asked_about_are_named(small_base, target, names, allowed):
    with pytest.raises(InvalidParameter) as caught:
        Solver(small_base, BASE, target(), names)
    assert caught.value.parameter == "lever"
    assert allowed in caught.value.allowed


@pytest.mark.parametrize(
    ("change", "parameter", "allowed"),
    [
        ({"level": 1.2}, "p_short", "0 to 1"),
        ({"level": float("nan"), "measure": Measure.GAP}, "gap", "a number"),
        ({"year": 2051}, "period", "2026 to 2035"),
        ({"cell": ("US", Layer.STORAGE)}, "layer", "power"),
        ({"demand": DemandConcept.CONTRACTED}, "demand", "bought"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_what_is_allowed(target, change, parameter, allowed):
    with pytest.raises(InvalidParameter) as caught:
        target(**change)
    assert caught.value.parameter == parameter
    assert any(allowed in text for text in caught.value.allowed)
