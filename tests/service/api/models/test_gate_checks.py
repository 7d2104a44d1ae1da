"""What answers say of the checks that their model version failed."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from data.store.ledger import Decision, Promotion
from service.app import create_app

CELL = "region=US&layer=power"
FAILED = "coverage, strict: 80 % bands hold 68.2 %, too few"


def line(version="m-1", *, actor="gate", before=None, kind=Decision.PROMOTE, passed=False, champion=None):
    checks = [
        {"name": "coverage, strict", "passed": passed, "detail": "80 % bands hold 68.2 %, too few"},
        {"name": "freshness", "passed": True, "detail": "newest figures are 7 days old"},
    ]
    return Promotion(
        1, datetime(2026, 11, 23, tzinfo=UTC), champion or version, before, actor, {"gate": {"checks": checks}},
        "the gate says so", kind=kind, candidate=version,
    )  # fmt: skip


@pytest.fixture
def note_and_evidence(make_context, editions):
    """A function: notes of the gap and evidence of the headline, with those lines in the ledger."""

    def answers(*lines):
        with TestClient(create_app(make_context(editions, {"promotions": lines}))) as client:
            gap, headline, comparison = (
                client.get(f"/v1/{name}?{CELL}").json() for name in ("gaps", "headlines", "comparisons")
            )
        notes, beside = ([note for note in answer["notes"] if "m-1" in note] for answer in (gap, comparison))
        assert notes == beside
        return notes, headline["evidence"]

    return answers


@pytest.mark.parametrize(
    ("promotion", "words"),
    [
        (line(), "promoted as first version although it failed"),
        (line(actor="Ada"), "promoted by a person although it failed"),
        (line(before="m-0"), "promoted because what stood before could not serve although it failed"),
    ],
)
def test_failed_checks_of_the_model_version_are_named_once(note_and_evidence, promotion, words):
    notes, evidence = note_and_evidence(promotion)
    assert len(notes) == 1
    assert notes[0].endswith(f"m-1, {words} {FAILED}.")
    assert evidence.endswith(notes[0])
    assert evidence.startswith("The figures behind this are weak")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (line(passed=True),),
        (line("m-2"),),
        (line("m-1", champion="m-0", kind=Decision.KEEP),),
        (line(), line(passed=True)),
    ],
)
def test_nothing_is_said_where_all_checks_held_or_another_version_failed(note_and_evidence, lines):
    notes, evidence = note_and_evidence(*lines)
    assert notes == []
    assert evidence == "The figures behind this are weak; the notes say where."


def test_a_cell_without_an_answer_rests_on_no_forecast(make_context, editions):
    with TestClient(create_app(make_context(editions, {"promotions": (line(),)}))) as client:
        assert client.get("/v1/gaps?region=CN&layer=firm").json()["notes"] == []
        assert client.get("/v1/headlines?region=CN&layer=firm").json()["evidence"] is None
