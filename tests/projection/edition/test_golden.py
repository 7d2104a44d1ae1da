"""Editions that the code of former formats wrote stay readable and answer as they did then."""

import json
import tarfile
from pathlib import Path

import pytest

from data.base.layers import DemandConcept, Layer
from projection.edition.edition import Edition

GOLDEN = Path(__file__).parent / "golden"
FORMATS = [2, 3, 4]


@pytest.fixture(params=FORMATS)
def golden(request, tmp_path):
    """The edition of a format, and what it answered by scenario, region, layer and concept."""
    with tarfile.open(GOLDEN / f"format_{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    edition = Edition.load(folder)
    assert edition.manifest["format"] == request.param
    return edition, json.loads((GOLDEN / f"format_{request.param}.json").read_text())


def test_a_golden_edition_answers_as_it_did(golden):
    edition, answered = golden
    for name, expected in answered.items():
        scenario, region, layer, concept = name.split("|")
        cell = edition.cell(region, Layer(layer), scenario=scenario, demand=DemandConcept(concept))
        points = {point.period.isoformat(): point for point in edition.answer(cell)}
        point = points[expected["period"]]
        assert {key: getattr(point, key) for key in expected if key != "period"} == {
            key: value for key, value in expected.items() if key != "period"
        }


def test_every_scenario_of_a_golden_edition_has_draws(golden):
    edition, _ = golden
    assert len(edition.scenarios) > 1
    assert all(edition.has_draws(scenario) for scenario in edition.scenarios)
