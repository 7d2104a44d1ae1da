"""What a scenario changes: differences in the same draws, and the cells it does not affect."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from drawn_cells import drawn_cells, writer_of

from data.base.layers import DemandConcept, Layer
from data.base.quantiles import Quantile
from projection.base.timeline import Timeline
from projection.cells.paths import Binding, Paths
from projection.edition import summary
from projection.edition.bands import QUESTION, file_of
from projection.edition.publish import write

TIMELINE = Timeline(2025)
DRAWS = 101
SCENARIO = "more-halls"
US, CHINA = ("US", Layer.POWER), ("CN", Layer.POWER)
FACTS = {
    "data_as_of": "2026-11-23",
    "base_year": 2025,
    "model_version": "m-1",
    "scenarios": ["base", SCENARIO],
}


def cells(*, more):
    """Facility power of two regions; of the US more supply from the second year on."""
    by_key = {}
    for seed, key in enumerate((US, CHINA)):
        rng = np.random.default_rng(seed)
        size = (DRAWS, len(TIMELINE.quarters))
        wanted = 10 * np.exp(0.2 * rng.standard_normal(size))
        supply = 10 * np.exp(0.2 * rng.standard_normal(size))
        if key == US:
            supply[:, 4:] += more * (0.1 + rng.random(size)[:, 4:])
        codes = np.where(wanted > supply, Binding.HALLS, Binding.NOTHING).astype(float)
        if key == CHINA and more:
            codes[:5] = Binding.FIRM  # Of another layer: the numbers of this one stay as they are.
        by_key[key] = Paths(wanted=wanted, bought=0.9 * wanted, supply=supply, binding=codes, additions=0.5 * supply)
    return by_key


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    scenarios = [(name, drawn_cells(cells(more=more), {}, TIMELINE)) for name, more in (("base", 0.0), (SCENARIO, 1.0))]
    return write(
        tmp_path_factory.mktemp("editions"),
        edition_id="e-1",
        issued=datetime(2026, 11, 24, tzinfo=UTC),
        facts=FACTS,
        scenario_files=writer_of(scenarios),
        readings=(summary.answers,),
    )


def draws_of(year, *, more):
    """Demand, supply and gap of the US at the end of a year, as an edition keeps draws."""
    paths = cells(more=more)[US]
    end = 4 * (year - TIMELINE.base_year) - 1
    demand, supply = (path[:, end].astype(np.float32).astype(float) for path in (paths.wanted, paths.supply))
    return {"demand": demand, "supply": supply, "gap": demand - supply}


def test_differences_are_those_of_the_same_draws(edition):
    points = edition.answer(edition.cell(*US, scenario=SCENARIO), above=(0.0, 2.0))
    of_base = edition.answer(edition.cell(*US), above=(0.0, 2.0))
    point, base = points[3], of_base[3]
    here, there = (draws_of(point.period.year, more=more) for more in (1.0, 0.0))
    assert set(point.difference.bands) == {"supply", "gap", "plan_late"}
    for name in ("supply", "gap"):
        difference = here[name] - there[name]
        number = point.difference.bands[name]
        assert number.band["0.9"] == pytest.approx(np.quantile(difference, 0.9), rel=1e-3)
        assert number.p_sign == pytest.approx(np.mean(np.sign(difference) == np.sign(np.median(difference))), abs=1e-4)
    assert point.difference.bands["supply"].band["0.5"] != pytest.approx(point.supply["0.5"] - base.supply["0.5"])
    for name in ("p_short", "expected_shortfall", "p_short_by"):
        assert point.difference.means[name].value == pytest.approx(getattr(point, name) - getattr(base, name), abs=1e-3)
    assert point.difference.p_above["2"].value == pytest.approx(point.p_above["2"] - base.p_above["2"], abs=1e-4)
    halls = point.binding["halls"] - base.binding["halls"]
    assert point.difference.binding["halls"].value == pytest.approx(halls, abs=1e-4)
    assert 0.5 < point.difference.means["p_short"].p_sign <= 1.0


def test_a_number_that_is_bases_in_every_draw_has_no_difference(edition):
    first, *_ = edition.answer(edition.cell(*US, scenario=SCENARIO))
    assert first.difference.bands == first.difference.means == first.difference.binding == {}
    (base,) = edition.answer(edition.cell(*US), first=first.period, last=first.period)
    assert replace(first, difference=None) == base


def test_a_cell_that_it_does_not_move_is_bases_and_is_kept_once(edition):
    cell, moved = edition.cell(*CHINA, scenario=SCENARIO), edition.cell(*US, scenario=SCENARIO)
    assert edition.unaffected(cell)
    assert not edition.unaffected(moved)
    assert not edition.unaffected(edition.cell(*CHINA))
    assert edition.unaffected(edition.cell(*CHINA, scenario=SCENARIO, demand=DemandConcept.BOUGHT))
    assert edition.answer(cell) == edition.answer(edition.cell(*CHINA))
    questions = pl.read_parquet(edition.directory / file_of(SCENARIO))[QUESTION].to_list()
    assert {question.split("|")[1] for question in questions} == {"US"}


def test_levels_and_thresholds_of_differences_are_those_asked_for(edition):
    cell = edition.cell(*US, scenario=SCENARIO)
    point = edition.answer(cell, levels=[Quantile(0.25)], above=(5.0,))[-1]
    assert list(point.difference.bands["gap"].band) == ["0.25"]
    assert list(point.difference.p_above) == ["5"]
    assert edition.answer(cell)[-1].difference.p_above == {}
