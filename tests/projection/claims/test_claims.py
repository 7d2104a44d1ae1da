"""No verdict is written down: each follows from draws or figures, and turns when those turn."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from claim_editions import DAY, shipped_view, write_claim_edition
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.base.errors import TableCorrupt
from data.base.layers import Layer
from data.base.toml_tables import read_toml
from data.store.store import Store
from features.view import View
from projection.claims import evaluation
from projection.claims.definition import Claim, Combination, Figures, Rule, Verdict, combined
from projection.claims.library import shipped
from projection.claims.queries import Evidence, event
from projection.edition.edition import Edition

US_POWER, US_FIRM = ("US", Layer.POWER), ("US", Layer.FIRM)
PLENTY, DEARTH = 3.0, 0.3


@pytest.fixture(scope="module")
def edition(tmp_path_factory) -> Edition:
    return write_claim_edition(tmp_path_factory.mktemp("editions"))


def verdicts(edition, view=None):
    judged = evaluation.document(edition, view or shipped_view())["claims"]
    return {claim["id"]: claim["verdict"] for claim in judged}


def reading(edition, claim, place=0, view=None):
    (judged,) = evaluation.document(edition, view or shipped_view(), {claim: shipped()[claim]})["claims"]
    return judged["readings"][place]


def with_figure(series_id, value, *, like):
    """The shipped figures and one more, of 2026-10, published before the day."""
    store = Store.shipped()
    row = store.observations.filter(pl.col("series_id") == like).head(1)
    row = row.with_columns(
        series_id=pl.lit(series_id),
        value=pl.lit(float(value)),
        period=pl.lit(date(2026, 10, 1)),
        published=pl.lit(date(2026, 11, 1)),
    )
    return View.of(replace(store, observations=pl.concat([store.observations, row])), as_of=DAY)


def test_every_claim_has_a_verdict_on_the_edition_it_is_published_with(edition):
    judged = edition.document(evaluation.DOCUMENT)["claims"]
    assert [claim["id"] for claim in judged] == list(shipped())
    for claim in judged:
        assert claim["verdict"] in set(Verdict)
        assert claim["do_not_misread"].strip()
        assert claim["decided_by"].strip()
        for read in claim["readings"]:
            assert (read["value"] is None) is (read["unit"] is None)
            assert read["value"] is not None or read["reason"]
            assert read["value"] is None or read["sources"] or read["unit"] == "ratio" or read["detail"]


def test_the_published_document_is_what_is_judged_again(edition):
    again = evaluation.document(edition, shipped_view())
    assert json.loads(json.dumps(again)) == edition.document(evaluation.DOCUMENT)


def test_figures_that_claims_read_are_in_the_catalogue_or_awaited():
    series = set(Store.shipped().observations["series_id"].to_list())
    for claim in shipped().values():
        for read in claim.reading:
            if isinstance(read.query, Figures):
                terms = (*read.query.plus, *read.query.less, *read.query.over)
                assert (not {term.series for term in terms} <= series) is (read.query.awaited is not None)


@pytest.mark.parametrize(
    ("claim", "cell"),
    [
        ("us-too-few-data-centers", US_POWER),
        ("us-lacks-energy", ("US", Layer.ENERGY)),
    ],
)
def test_a_verdict_turns_when_supply_does(tmp_path, claim, cell):
    judged = [
        verdicts(write_claim_edition(tmp_path / str(place), spare={cell: spare}))[claim]
        for place, spare in enumerate((DEARTH, 1.0, PLENTY))
    ]
    assert judged == [Verdict.HOLDS, Verdict.UNDECIDED, Verdict.FAILS]


def test_a_verdict_turns_with_the_part_of_chinese_chips(tmp_path):
    judged = [
        verdicts(write_claim_edition(tmp_path / str(place), domestic=part))["china-owns-chips-at-home"]
        for place, part in enumerate((0.7, 0.3))
    ]
    assert judged == [Verdict.HOLDS, Verdict.FAILS]


def test_two_counts_that_disagree_leave_a_claim_open_and_a_new_count_decides(edition):
    claim, series = "china-36-reactors", "cn.nuclear.under_construction.units.cnea"
    assert verdicts(edition)[claim] == Verdict.UNDECIDED
    for count, verdict in ((36, Verdict.HOLDS), (35, Verdict.UNDECIDED)):
        assert verdicts(edition, with_figure(series, count, like=series))[claim] == verdict


def test_a_claim_without_a_figure_says_so_until_somebody_publishes_it(edition):
    claim, series = "china-exports-the-stack", "cn.ai_compute.exported_share"
    assert verdicts(edition)[claim] == Verdict.UNDECIDED
    assert series in reading(edition, claim)["reason"]
    for share, verdict in ((25, Verdict.HOLDS), (0.5, Verdict.FAILS), (5, Verdict.UNDECIDED)):
        view = with_figure(series, share, like="cn.datacenter.utilisation")
        assert verdicts(edition, view)[claim] == verdict


def test_solar_is_measured_on_both_bases_and_figures_are_shown(edition):
    first, second = (reading(edition, "china-solar-2025", place) for place in (0, 1))
    (china, us) = first["detail"]["figures"]
    assert first["value"] == pytest.approx(china["value"] / us["value"], rel=1e-5)
    assert {figure["unit"] for figure in second["detail"]["figures"]} == {"GW", "GWdc"}


def test_a_joint_chance_counts_draws_and_says_what_holds_it_back(edition):
    query = shipped()["worst-case-2028"].reading[0].query
    evidence = Evidence(edition, shipped_view())
    comes = np.stack([event(part.event, evidence)[0] for part in query.part])
    read = reading(edition, "worst-case-2028")
    assert read["value"] == pytest.approx(comes.all(axis=0).mean())
    for place, part in enumerate(read["detail"]["parts"]):
        assert part["p"] == pytest.approx(comes[place].mean())
        assert part["p_others"] == pytest.approx(np.delete(comes, place, axis=0).all(axis=0).mean())
        assert part["p_others"] >= read["value"]


def test_an_upper_bound_can_refute_and_never_proves(edition):
    claim = shipped()["worst-case-2028"]
    lenient = claim.reading[0].model_copy(update={"rule": Rule(holds_from=0.0), "counts": True})
    bound = claim.model_copy(update={"reading": (lenient,)})
    evidence = Evidence(edition, shipped_view())
    assert evaluation.judge("x", bound, evidence)["verdict"] == Verdict.UNDECIDED
    proof = bound.model_copy(update={"reading": (lenient.model_copy(update={"at_most": False}),)})
    assert evaluation.judge("x", proof, evidence)["verdict"] == Verdict.HOLDS


def test_what_an_edition_does_not_carry_is_undecided_with_the_reason(write_edition):
    former = write_edition()
    read = reading(former, "chinese-models-move-to-huawei")
    assert (read["value"], read["verdict"]) == (None, Verdict.UNDECIDED)
    assert "model layer" in read["reason"]


@pytest.mark.parametrize(
    ("plenty", "verdict"),
    [
        ((US_POWER, US_FIRM), Verdict.HOLDS),
        ((US_FIRM,), Verdict.FAILS),
    ],
)
def test_a_lever_closes_a_gap_only_where_every_layer_is_supplied(tmp_path, plenty, verdict):
    short = dict.fromkeys((US_POWER, US_FIRM), DEARTH)
    pushed = {"us-nuclear-push": short | dict.fromkeys(plenty, PLENTY)}
    edition = write_claim_edition(tmp_path, spare=short, scenarios=pushed)
    judged = verdicts(edition)
    assert [judged[f"nuclear-alone-{year}"] for year in (2030, 2035)] == [verdict] * 2
    firm = reading(edition, "nuclear-alone-2030", 2)
    assert firm["value"] == pytest.approx(firm["detail"]["p_short_base"] - firm["detail"]["p_short"])
    assert firm["value"] > 0.9


@pytest.mark.parametrize(("spare", "verdict"), [(DEARTH, Verdict.HOLDS), (PLENTY, Verdict.FAILS)])
def test_a_lever_helps_where_a_shortage_becomes_less_likely(tmp_path, spare, verdict):
    short = {US_POWER: DEARTH}
    levers = {name: {US_POWER: spare} for name in ("export-controls-tight", "ban-chinese-open-models")}
    edition = write_claim_edition(tmp_path, spare=short, scenarios=levers)
    judged = verdicts(edition)
    assert [judged[name] for name in ("export-controls-alone", "ban-on-open-models-alone")] == [verdict] * 2
    # Draws of shares are the same under both, so that the chance of a majority is.
    share = reading(edition, "ban-on-open-models-alone", 1)
    assert (share["value"], share["verdict"]) == (0.0, Verdict.HOLDS)
    china = reading(edition, "export-controls-alone", 2)
    assert china["value"] == pytest.approx(china["detail"]["median"] / china["detail"]["median_base"])


def test_a_scenario_that_an_edition_has_not_leaves_its_claims_open(edition):
    read = reading(edition, "nuclear-alone-2030")
    assert (read["value"], read["verdict"]) == (None, Verdict.UNDECIDED)
    assert "base" in read["reason"]


@given(st.floats(0, 1), st.lists(st.sampled_from(Verdict), min_size=1))
def test_rules_and_combinations_never_contradict_themselves(value, judged):
    likely = Rule(holds_from=0.8, fails_to=0.2)
    unlikely = Rule(holds_to=0.2, fails_from=0.8)
    turned = {Verdict.HOLDS: Verdict.FAILS, Verdict.FAILS: Verdict.HOLDS, Verdict.UNDECIDED: Verdict.UNDECIDED}
    assert unlikely.verdict(value) == turned[likely.verdict(value)]
    of_all, agreed = (combined(combination, judged) for combination in (Combination.ALL, Combination.AGREE))
    assert (of_all is Verdict.HOLDS) == (set(judged) == {Verdict.HOLDS}) == (agreed is Verdict.HOLDS)
    assert (of_all is Verdict.FAILS) == (Verdict.FAILS in judged)


CLAIM = """
order = 1
topic = "levers"
sentence = "Power is plenty."
combine = "all"
do_not_misread = "It is a test."
decided_by = "Nothing."
[[reading]]
title = "Headroom is above zero"
query = {{ kind = "level", yardstick = "{yardstick}", region = "US", period = "2028Q4", side = "above", value = 0.0 }}
rule = {rule}
"""


@pytest.mark.parametrize(
    ("yardstick", "rule", "path"),
    [
        ("power_headroom", "{ fails_to = 0.2 }", "reading.0.rule"),
        ("power_hedroom", "{ holds_from = 0.8 }", "reading.0.query.level.yardstick"),
        ("power_headroom", "{ holds_form = 0.8 }", "reading.0.rule.holds_form"),
    ],
)
def test_a_bad_claim_is_refused_with_its_path(yardstick, rule, path):
    with pytest.raises(TableCorrupt, match=path):
        read_toml(Claim, CLAIM.format(yardstick=yardstick, rule=rule), file="bad.toml")
    read_toml(Claim, CLAIM.format(yardstick="power_headroom", rule="{ holds_from = 0.8 }"), file="good.toml")


def test_a_claim_needs_a_reading_that_counts():
    claim = next(iter(shipped().values()))
    beside = [{**read.model_dump(), "counts": False} for read in claim.reading]
    with pytest.raises(ValidationError, match="a reading that counts"):
        Claim.model_validate(claim.model_dump() | {"reading": beside})


def test_events_of_a_scenario_are_counted_in_its_own_draws_when_it_is_published(tmp_path):
    scenarios = {"worst-case": {US_POWER: DEARTH}, "us-shortfall": {US_POWER: PLENTY}}
    edition = write_claim_edition(tmp_path, spare={US_POWER: PLENTY}, scenarios=scenarios)
    by_scenario = {
        read["query"]["scenario"]: read
        for claim in edition.document(evaluation.DOCUMENT)["claims"]
        if claim["id"] == "worst-case-2028"
        for read in claim["readings"]
        if read["query"]["kind"] == "together" and read["query"]["scenario"] != "base"
    }
    worst, parts = by_scenario["worst-case"], by_scenario["worst-case"]["detail"]["parts"]
    assert parts[0]["p"] > 0.99
    # The scenario of the test moves halls and no exports, so that all four never come together.
    assert (parts[3]["p"], worst["value"], worst["verdict"]) == (0.0, 0.0, Verdict.FAILS)
    assert parts[3]["p_others"] > 0.0
    assert by_scenario["us-shortfall"]["value"] < parts[3]["p_others"]
    lacking = by_scenario["china-full-stack"]
    assert (lacking["value"], lacking["verdict"]) == (None, Verdict.UNDECIDED)
    assert "china-full-stack" in lacking["reason"]
