"""Days of single sites: made once of an edition, on its own numbers, or left out with the reason."""

from types import SimpleNamespace

import pytest
from evaluations_here import few_draws

from data.base.errors import EvaluationUnavailable
from headroom import evaluating
from headroom.settings import load
from service.evaluations.site_dates import read

EDITION = SimpleNamespace(id="e-20261123-0123456789", manifest_sha256="a" * 64)


@pytest.fixture
def settings(tmp_path):
    return load(home=tmp_path / "var")


def test_days_are_made_once_and_stay(settings, monkeypatch):
    monkeypatch.setattr(evaluating, "base_draws", lambda _, edition: few_draws(edition.id))
    assert evaluating.keep_site_days(settings, EDITION) is None
    days = read(settings.assets, EDITION)
    assert {year.year for one in days.values() for year in one.years} >= {2026, 2030}

    def never(*_):
        raise AssertionError("they are there")

    monkeypatch.setattr(evaluating, "base_draws", never)
    assert evaluating.keep_site_days(settings, EDITION) is None
    assert read(settings.assets, EDITION) == days


def test_an_edition_whose_draws_do_not_come_out_again_has_none_and_says_why(settings, monkeypatch):
    def gone(*_):
        raise EvaluationUnavailable("it was made from other figures")

    monkeypatch.setattr(evaluating, "base_draws", gone)
    assert "made from other figures" in evaluating.keep_site_days(settings, EDITION)
    assert read(settings.assets, EDITION) == {}
