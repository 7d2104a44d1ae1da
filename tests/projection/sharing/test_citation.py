"""Citations name the edition, what it rests on and its hash, and say when it was recalled."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from data.store.recalls import Recall
from projection.edition.edition import Edition
from projection.sharing.citation import citation

FACTS = {"id": "e-1", "issued": "2026-11-23T09:00:00Z", "data_as_of": "2026-11-22", "model_version": "m-1"}
EDITION = Edition(Path("e-1"), FACTS, {})
RECALLED = replace(
    EDITION, recalled=Recall(datetime(2026, 12, 1, tzinfo=UTC), 'chips & "halls" 5 % too many', "ann", "e-2")
)


def test_every_form_names_the_edition_its_day_and_its_hash():
    cited = citation(EDITION, address="https://example.org/headroom")
    for form in (cited.text, cited.bibtex, cited.cff):
        for part in ("e-1", "2026-11-22", "m-1", EDITION.manifest_sha256, "2026"):
            assert part in form
    assert cited.permalink == "https://example.org/headroom/v1/editions/e-1"
    assert cited.permalink in cited.text
    assert cited.permalink in cited.bibtex


@pytest.mark.parametrize("edition", [EDITION, RECALLED])
def test_the_cff_document_has_what_the_format_asks_for(edition):
    document = yaml.safe_load(citation(edition, address="https://example.org").cff)
    assert document["cff-version"] == "1.2.0"
    assert document["type"] == "dataset"
    assert document["authors"] == [{"name": "Headroom"}]
    assert (document["version"], document["date-released"]) == ("e-1", "2026-11-23")
    assert document["identifiers"][0]["value"] == f"sha256:{edition.manifest_sha256}"
    assert document["url"] == "https://example.org/v1/editions/e-1"
    assert set(document) >= {"message", "title"}


def test_without_a_public_address_the_path_is_no_url():
    cited = citation(EDITION)
    assert cited.permalink == "/v1/editions/e-1"
    assert "url" not in yaml.safe_load(cited.cff)


def test_a_recall_stands_in_every_form():
    cited = citation(RECALLED)
    assert 'Recalled on 2026-12-01, e-2 stands instead: chips & "halls" 5 % too many.' in cited.text
    assert r"chips \& \"halls\" 5 \% too many".replace(r"\"", '"') in cited.bibtex
    assert 'e-2 stands instead: chips & "halls"' in yaml.safe_load(cited.cff)["abstract"]
