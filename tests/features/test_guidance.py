"""What companies say they will spend: the last statement known on a day, and how statements moved."""

import tomllib
from datetime import date
from math import log
from pathlib import Path

import pytest

from data.store.store import Store
from features.guidance import guidance_of, guided_series
from features.view import View
from projection.scoreboard import matches

STORE = Store.shipped()


def at(*day):
    return View.of(STORE, as_of=date(*day))


@pytest.mark.parametrize(
    ("day", "value"), [((2026, 2, 1), 125.0), ((2026, 4, 28), 125.0), ((2026, 4, 29), 135.0), ((2026, 8, 1), 137.5)]
)
def test_the_last_statement_of_the_day_counts(day, value):
    guidance = guidance_of(at(*day), "meta.capex_total")
    assert (guidance.guidance, guidance.year.label, guidance.value) == ("meta.capex_guidance", "2026", value)


def test_nothing_is_said_before_the_first_statement():
    assert guidance_of(at(2026, 1, 27), "meta.capex_total") is None
    assert guidance_of(at(2026, 11, 23), "nvidia.datacenter.revenue") is None


def test_revisions_are_those_of_all_companies_known_that_day():
    before = guidance_of(at(2026, 5, 1), "meta.capex_total").revisions
    assert sorted(before) == pytest.approx(sorted([log(185 / 180), log(135 / 125)]))
    assert len(guidance_of(at(2026, 11, 23), "meta.capex_total").revisions) == 5


def test_what_decides_guidance_is_the_series_it_guides():
    table = tomllib.loads(Path(matches.__file__).with_name("matches.toml").read_text(encoding="utf-8"))
    decided = {name: one["actual"] for one in table["match"] for name in one["series"] if name.endswith("guidance")}
    assert decided == {guidance: series for series, guidance in guided_series().items()}
