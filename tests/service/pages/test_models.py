"""The page of models: checks, history and fit to new figures in sentences, with the figures of the ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from fastapi.testclient import TestClient
from rendered_pages import page, words

from data.store.drift_checks import DriftCheck
from data.store.ledger import Decision, Promotion
from service.app import create_app

UNREAD = "0.78 of naive2's CRPS"
CHECKS = [
    {"name": "freshness", "passed": True, "detail": UNREAD, "figures": {"data_as_of": "2026-11-20", "days": 3}},
    {"name": "coverage, strict", "passed": True, "detail": UNREAD, "figures": {
        "steps": 393, "series": 29, "coverage_80": 0.7531, "coverage_95": 0.8982, "coverage_80_fast": 0.745}},
    {"name": "coverage, pseudo_vintage", "passed": False, "detail": UNREAD, "figures": {
        "steps": 4557, "series": 255, "coverage_80": 0.6, "coverage_95": 0.9}},
    {"name": "baselines, strict", "passed": True, "detail": UNREAD, "figures": {
        "compute/naive2": {"ratio": 0.78}, "compute/drift": {"ratio": 1.26}, "other/drift": {"ratio": None}}},
    {"name": "accuracy, strict", "passed": True, "detail": UNREAD, "figures": {
        "difference": -0.02, "low": -0.05, "high": 0.01, "champion_crps": 1.0, "series": 40, "steps": 300}},
    {"name": "sharpness, strict", "passed": True, "detail": UNREAD, "figures": {"ratio": 1.1}},
    {"name": "series", "passed": True, "detail": UNREAD, "figures": {"series": 287, "lost": []}},
    {"name": "scores", "passed": False, "detail": "missing: nothing was scored"},
]  # fmt: skip
FINDINGS = [
    {"name": "bands", "advises": True, "figures": {"series": 40, "out": {"us.a": 5.0}}},
    {"name": "coverage", "advises": False, "figures": {"series": 40, "coverage_80": 0.71}},
    {"name": "revisions", "advises": False, "figures": {"series": 287, "revised": 9, "out": {}}},
    {"name": "age", "advises": False, "figures": {
        "days": 8, "series_with_new_periods": 40, "drivers_with_new_periods": ["us.a", "us.b"]}},
]  # fmt: skip
PLAIN = (
    "It was trained on figures known on 20 November 2026, 3 days before the decision.",
    "Of 393 past forecasts of 29 series, the range meant for 80 % held 75 %, that meant for 95 % 90 %.",
    "The first held 74 % of series that grow fast.",
    "chips 22 % smaller than by saying the last season again and 26 % larger than by drawing the past on",
    "Its error is -2.0 % against that of the former champion, on the same 300 forecasts of 40 series",
    "Its ranges are 1.10 times as wide as those of the former champion.",
    "287 series are forecast. None that the former champion forecast is missing.",
    "missing: nothing was scored",
    "It met 6 of 8 checks.",
)


def line(number, *, actor="gate", reason=UNREAD, checks=CHECKS, previous="m-0"):
    return Promotion(
        number, datetime(2026, 11, 22, tzinfo=UTC), "m-1", previous, actor, {"gate": {"checks": checks}}, reason,
        kind=Decision.PROMOTE, candidate="m-1",
    )  # fmt: skip


@pytest.fixture
def serve(make_context, editions):
    def make(*promotions, trainings="", **data):
        context = make_context(editions, {"promotions": promotions, **data})
        return TestClient(create_app(replace(context, trainings=trainings)))

    return make


def test_checks_stand_in_sentences_with_the_figures_of_the_ledger(serve):
    text = words(page(serve(line(1)), "/models"))
    for sentence in PLAIN:
        assert sentence in text
    assert UNREAD not in text


def test_a_person_is_quoted_and_a_first_version_says_that_nothing_stood_before(serve):
    text = words(page(serve(line(1, previous=None), line(2, actor="ann", reason="agreed with Bo")), "/models"))
    assert "The first version: nothing stood before it. It met 6 of 8 checks." in text
    assert "ann agreed with Bo" in text


def test_fit_to_new_figures_is_shown_as_it_was_last_looked_at(serve):
    check = DriftCheck(
        datetime(2026, 11, 24, tzinfo=UTC), "m-1", date(2026, 11, 23), advised=True, report={"findings": FINDINGS}
    )
    text = words(page(serve(line(1), drift=check), "/models"))
    assert "It should be trained again. Looked at on 24 November 2026." in text
    assert "Of 40 series with new figures 1 left their range on one side, time after time." in text
    assert "40 series have new periods since, 2 of them inputs of the projection." in text


def test_what_was_not_measured_is_said_with_the_command_that_does(serve):
    text = words(page(serve(line(1)), "/models"))
    assert "New figures have not been held against this version yet. headroom models drift" in text


@pytest.mark.parametrize(
    ("trainings", "shown"),
    [
        ("https://mlflow.example/x", '<a href="https://mlflow.example/x">MLflow</a>'),
        ("mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db", "<code>mlflow ui --backend-store-uri"),
        ("", "This server does not know where trainings are recorded."),
    ],
)
def test_trainings_are_linked_where_a_server_has_them(serve, trainings, shown):
    assert shown in page(serve(line(1), trainings=trainings), "/models")
