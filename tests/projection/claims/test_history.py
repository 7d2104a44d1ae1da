"""Verdicts over editions: each as it was issued, past days apart, none invented for editions made before claims."""

import json
from datetime import UTC, date, datetime

import pytest
from claim_editions import write_claim_edition
from issued_editions import record_of

from data.base.layers import Layer
from projection.claims.history import ClaimHistory

CLAIM = "us-too-few-data-centers"


@pytest.fixture
def history(tmp_path):
    """Two editions of the ledger, the later with plenty of power, one of a past day, and one nobody recorded."""
    issued, past = tmp_path / "editions", tmp_path / "past"
    plenty = {("US", Layer.POWER): 3.0}
    write_claim_edition(issued, edition_id="e-1", issued=datetime(2026, 11, 24, tzinfo=UTC))
    write_claim_edition(issued, edition_id="e-2", issued=datetime(2026, 11, 25, tzinfo=UTC), spare=plenty)
    records = [record_of(issued / name) for name in ("e-1", "e-2")]
    write_claim_edition(issued, edition_id="e-3")
    folder = write_claim_edition(past, edition_id="e-0").directory
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"data_as_of": "2025-06-30", "data_rule": "available"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return ClaimHistory(issued, lambda: records, past)


def test_verdicts_stand_by_the_day_whose_figures_were_known(history):
    judgements = history(CLAIM)
    assert [(one.edition, one.past_day, one.rule) for one in judgements] == [
        ("e-0", True, "available"),
        ("e-1", False, "strict"),
        ("e-2", False, "strict"),
    ]
    assert judgements[0].data_as_of == date(2025, 6, 30)
    assert [one.verdict for one in judgements] == ["undecided", "undecided", "does not hold"]
    first = [one.readings[0]["value"] for one in judgements]
    assert first[1] > first[2]


def test_a_claim_nobody_judged_has_no_history(history):
    assert history("no-such-claim") == ()


def test_an_edition_that_is_damaged_is_left_out_until_it_is_whole(history, tmp_path):
    file = tmp_path / "editions" / "e-2" / "claims.json"
    whole = file.read_bytes()
    file.write_bytes(whole + b" ")
    assert [one.edition for one in history(CLAIM)] == ["e-0", "e-1"]
    file.write_bytes(whole)
    assert [one.edition for one in history(CLAIM)] == ["e-0", "e-1", "e-2"]


def test_an_edition_made_before_claims_has_no_verdict(write_edition, tmp_path):
    edition = write_edition()
    records = [record_of(edition.directory)]
    assert ClaimHistory(edition.directory.parent, lambda: records, tmp_path / "none")(CLAIM) == ()
