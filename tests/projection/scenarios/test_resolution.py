"""Documents held against assumptions: what is wrong is named by its path, and composing is a union."""

from contextlib import suppress
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.base.errors import InvalidParameter
from projection.inputs.assumptions import Assumptions
from projection.inputs.overrides import Change, OverrideNormals, Scenario
from projection.scenarios import library
from projection.scenarios.definition import BYTES, DISTRIBUTIONS, KINDS, OVERRIDES, ScenarioDocument
from projection.scenarios.resolution import DEPTH, check_sizes, compose, resolve

SHIPPED = Assumptions.shipped()
SHARE = SHIPPED.items["ai_share_of_capex"].unit
LEAD = "years from the decision to build to energised"


def scenario(content, *, others=()):
    """A document resolved on the shipped assumptions, with the library and others to compose."""
    documents = {**library.documents(), **{name: ScenarioDocument.read(other) for name, other in others}}
    return resolve(ScenarioDocument.read(content), library=documents, assumptions=SHIPPED)


def lead(**entry):
    """A document that overrides the lead time of sites."""
    return {"title": "T", "overrides": {"site_lead_years": {"unit": LEAD, **entry}}}


BAND = {"distribution": "lognormal", "p10": 2.0, "p90": 5.0}
WRONG = [
    ("unknown assumption", {"title": "T", "overrides": {"site_lead_yeers": {"set": 1.0, "unit": "years"}}},
     "overrides.site_lead_yeers", "site_lead_years"),
    ("wrong unit", lead(set=BAND) | {"overrides": {"site_lead_years": {"set": BAND, "unit": "months"}}},
     "overrides.site_lead_years.unit", LEAD),
    ("a factor with a unit", lead(scale=1.5), "overrides.site_lead_years.unit", "1"),
    ("contradictory kinds", lead(set=BAND, shift=1.0), "overrides.site_lead_years", None),
    ("no kind", lead(), "overrides.site_lead_years", None),
    ("unknown field", lead(set=BAND) | {"colour": "red"}, "colour", "compose"),
    ("unknown field of an override", lead(set=BAND, code="1+1"), "overrides.site_lead_years.code", "scale"),
    ("unknown field of a size", lead(set=BAND | {"p99": 1}), "overrides.site_lead_years.set.p99", "p90"),
    ("unknown distribution", lead(set={"distribution": "cauchy"}), "overrides.site_lead_years.set", "'fixed'"),
    ("unordered band", lead(set={"distribution": "normal", "p10": 5, "p90": 2}), "overrides.site_lead_years.set", None),
    ("not finite", lead(set=float("nan")), "overrides.site_lead_years.set.value", None),
    ("infinite", lead(set=float("inf")), "overrides.site_lead_years.set.value", None),
    ("no number", lead(set="__import__('os')"), "overrides.site_lead_years.set", None),
    ("no date", {"title": "T", "overrides": {"site_lead_years": {"ramp": {"value": 1, "from": 2027, "until": 2028},
                                                                 "unit": LEAD}}},
     "overrides.site_lead_years.ramp", "us_large_reactors"),
    ("a delay of no time", {"title": "T", "overrides": {"pue_ai": {"delay": 1, "unit": "years"}}},
     "overrides.pue_ai.delay", "years"),
    ("a delay in no time", lead(delay=1), "overrides.site_lead_years.unit", "months"),
    ("unknown scenario", {"title": "T", "compose": ["miracle"]}, "compose.0", "worst-case"),
    ("no title", {"overrides": {}}, "title", None),
    ("no table", ["title"], "scenario", "overrides"),
    ("too many", {"title": "T", "overrides": {f"a{n}": {"set": 1, "unit": "1"} for n in range(OVERRIDES + 1)}},
     "overrides", None),
]  # fmt: skip


@pytest.mark.parametrize(("content", "path", "allowed"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_named_by_its_path_with_what_is_allowed(content, path, allowed):
    with pytest.raises(InvalidParameter) as caught:
        scenario(content)
    assert caught.value.parameter == path
    assert allowed is None or any(allowed in text for text in caught.value.allowed)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (lead(set={"distribution": "lognormal", "p10": 2.0, "p90": 900.0}), "overrides.site_lead_years.set"),
        (lead(shift=-4.0), "overrides.site_lead_years.shift"),
        (lead(set=1e300), "overrides.site_lead_years.set"),
        ({"title": "T", "overrides": {"ai_share_of_capex": {"set": 1.5, "unit": SHARE}}},
         "overrides.ai_share_of_capex.set"),
        ({"title": "T", "overrides": {"tightness_of_evidence_us": {"scale": 2.0, "unit": "1"}}},
         "overrides.tightness_of_evidence_us.scale"),
    ],
)  # fmt: skip
def test_an_absurd_size_is_refused_with_the_range(model_inputs, content, path):
    with pytest.raises(InvalidParameter, match=" to ") as caught:
        check_sizes(scenario(content), model_inputs.assumptions)
    assert caught.value.parameter == path


def test_a_circle_and_too_deep_a_composition_are_refused():
    circle = [("a", {"title": "A", "compose": ["b"]}), ("b", {"title": "B", "compose": ["a"]})]
    with pytest.raises(InvalidParameter, match="circle: document > a > b > a"):
        scenario({"title": "T", "compose": ["a"]}, others=circle)
    tower = [(f"s{n}", {"title": "S", "compose": [f"s{n + 1}"]}) for n in range(DEPTH + 1)]
    with pytest.raises(InvalidParameter, match="too deeply"):
        scenario({"title": "T", "compose": ["s0"]}, others=[*tower, (f"s{DEPTH + 1}", {"title": "S"})])


def test_scenarios_that_set_one_assumption_apart_contradict_each_other():
    with pytest.raises(InvalidParameter, match="is set by chips-to-china to one value and by china-full-stack"):
        scenario({"title": "T", "compose": ["chips-to-china", "china-full-stack"]})


def test_a_delay_is_turned_into_the_unit_of_its_assumption():
    (one,) = scenario({"title": "T", "overrides": {"site_lead_years": {"delay": 6, "unit": "months"}}}).overrides
    assert (one.change, one.spec.value) == (Change.SHIFT, 0.5)
    dates = scenario({"title": "T", "overrides": {"us_small_reactors": {"delay": 2, "unit": "years"}}}).overrides
    assert {one.assumption for one in dates} == {"us_small_reactors_from", "us_small_reactors_until"}


def test_toml_and_its_faults_are_read():
    assert ScenarioDocument.parse(b'title = "T"\n').title == "T"
    deep = b"x = " + b"[" * 30_000 + b"]" * 30_000
    for raw, fault in (
        (b"title = ", "no TOML"),
        (b"\xff", "no TOML"),
        (b"#" * (BYTES + 1), "bytes"),
        (deep, "deep|no TOML"),
    ):
        with pytest.raises(InvalidParameter, match=fault):
            ScenarioDocument.parse(raw)


def test_composition_is_associative_and_does_not_depend_on_the_order(model_inputs):
    assumptions = model_inputs.assumptions
    latent, normals = assumptions.latent(seed=1, draws=50), OverrideNormals(1, 50)
    of = {name: library.scenario(name, SHIPPED) for name in ("us-shortfall", "efficiency-leap", "taiwan-disruption")}
    of["us-shortfall again"] = of["us-shortfall"]
    values = []
    for a, b, c, d in permutations(of.values()):
        left = compose("x", [compose("y", [compose("z", [a, b]), c]), d])
        right = compose("x", [a, compose("y", [b, compose("z", [c, d])])])
        assert left.by_assumption == right.by_assumption
        values.append(assumptions.values({name: latent[name] for name in left.changed}, left, normals))
    for other in values[1:]:
        assert all(np.array_equal(values[0][name], other[name]) for name in values[0])


NUMBERS = st.one_of(st.floats(), st.integers(), st.text(max_size=5), st.none(), st.booleans())
SIZES = st.recursive(
    st.one_of(NUMBERS, st.fixed_dictionaries({"distribution": st.sampled_from(DISTRIBUTIONS)},
              optional=dict.fromkeys(("value", "p10", "p50", "p90", "low", "mode", "high", "x"), NUMBERS))),
    lambda inner: st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=4,
)  # fmt: skip
ENTRIES = st.dictionaries(
    st.one_of(st.sampled_from([*KINDS, "unit", "why", "basis", "sources"]), st.text(max_size=4)), SIZES, max_size=4
)
CONTENT = st.one_of(
    SIZES,
    st.fixed_dictionaries(
        {"title": st.text(max_size=5)},
        optional={
            "compose": st.lists(st.sampled_from([*library.documents(), "x"]), max_size=4),
            "overrides": st.dictionaries(
                st.one_of(st.sampled_from(sorted(SHIPPED.items)), st.text(max_size=4)), ENTRIES, max_size=3
            ),
            "x": SIZES,
        },
    ),
)


@given(content=CONTENT)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_content_is_a_scenario_or_a_named_fault(content):
    with suppress(InvalidParameter):
        resolved = scenario(content)
        assert isinstance(resolved, Scenario)
        assert resolved.changed <= SHIPPED.items.keys()
