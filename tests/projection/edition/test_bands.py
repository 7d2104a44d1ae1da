"""What is kept of a scenario without draws answers as its draws would, and refuses what it does not hold."""

import shutil
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import product

import numpy as np
import polars as pl
import pytest
from model_shares import assumed, share_files

from data.base.errors import ArtifactCorrupt, InvalidParameter
from data.base.layers import DemandConcept, Layer, Status
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.periods.period import Frequency
from data.store.store import Store
from features.view import View
from projection.base.timeline import Timeline
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.bands import LEVELS, THRESHOLDS, file_of
from projection.edition.edition import FREQUENCIES, Edition
from projection.edition.limits import limits
from projection.edition.names import draws_file
from projection.edition.publish import columns as columns_of
from projection.edition.publish import draws_sha256, holding
from projection.open_models.answers import POOLED, ModelLayer
from projection.open_models.points import model_use
from projection.project import readings
from projection.third_party.comparisons import Contents, compare
from projection.third_party.conversion import CONSTANTS

VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
SCENARIO = "on-site-power-late"
DRAWS = 400
OTHER = 7
"""The seed of the scenario's draws."""


@pytest.fixture(scope="module")
def edition(build_edition, tmp_path_factory) -> Edition:
    """An edition of base and a scenario of other draws."""
    rng = np.random.default_rng(2)
    constants = pl.DataFrame({name: rng.uniform(0.1, 0.9, DRAWS) for name in CONSTANTS})
    return build_edition(
        tmp_path_factory.mktemp("editions"),
        other=OTHER,
        readings=readings(VIEW, partial(assumed, DRAWS)),
        constants=constants,
        files=share_files(Timeline(2025), draws=DRAWS),
    )


@pytest.fixture(scope="module")
def memory(edition, draw_cells) -> Edition:
    """The same edition with the scenario's draws, which say what has to be answered."""
    return holding(edition, SCENARIO, replace(draw_cells(OTHER), base=draw_cells(1)))


def cells(edition):
    """Every cell of the scenario that is answered."""
    for region, layer, concept in product(REGIONS_ANSWERED, Layer, DemandConcept):
        for narrow in (False, True):
            cell = edition.cell(region, layer, scenario=SCENARIO, demand=concept, narrow=narrow)
            if cell.status is not Status.UNAVAILABLE:
                yield cell


def test_every_answer_is_the_one_its_draws_give(edition, memory):
    compared = 0
    for cell in cells(edition):
        above = THRESHOLDS[cell.unit][:3]
        for freq in FREQUENCIES:
            query = {"freq": freq, "levels": LEVELS[2:5], "above": above}
            assert edition.answer(cell, **query) == memory.answer(cell, **query)
            assert edition.first_likely_short(cell, freq) == memory.first_likely_short(cell, freq)
            compared += 1
        assert edition.pace(cell) == memory.pace(cell)
    assert compared > 100


def test_what_limits_a_region_and_comparisons_are_kept(edition, memory):
    for freq in FREQUENCIES:
        query = {"scenario": SCENARIO, "freq": freq}
        assert limits(edition, "US", **query) == limits(memory, "US", **query)
    contents = Contents(first=date(2027, 1, 1), last=date(2029, 1, 1), history=True)
    for layer in (Layer.POWER, Layer.ENERGY, Layer.COMPUTE):
        years, of_draws = (
            compare(one, one.cell("US", layer, scenario=SCENARIO), VIEW, contents) for one in (edition, memory)
        )
        assert years == of_draws
        assert [year.period.year for year in years] == [2027, 2028, 2029]
    assert any(year.published for year in years)


def test_use_of_models_is_kept(edition, memory):
    archived = ModelLayer.of(edition, scenario=SCENARIO)
    of_draws = ModelLayer.of(memory, scenario=SCENARIO, values=assumed(DRAWS, SCENARIO))
    assert archived.values is None
    for proxy in (POOLED, *of_draws.proxies):
        query = {"quarters": archived.quarters[1:3], "levels": DEFAULT_LEVELS, "above": (0.5,)}
        use = model_use(archived, proxy, **query)
        assert use == model_use(of_draws, proxy, **query)
        assert use.points[0].huawei is not None


def test_periods_levels_and_thresholds_are_those_asked_for(edition):
    cell = edition.cell("US", Layer.POWER, scenario=SCENARIO)
    (point,) = edition.answer(cell, first=date(2028, 6, 1), last=date(2028, 6, 1), levels=[Quantile(0.5)], above=(5.0,))
    assert (point.period, list(point.demand), list(point.p_above)) == (date(2028, 1, 1), ["0.5"], ["5"])
    assert edition.answer(cell, first=date(2050, 1, 1)) == []


@pytest.mark.parametrize(
    ("query", "parameter", "allowed"),
    [({"levels": [Quantile(0.33)]}, "quantiles", "0.35"), ({"above": (3.0,)}, "above", "5")],
)
def test_what_is_not_kept_is_refused_with_what_is_and_the_way_to_draws(edition, query, parameter, allowed):
    with pytest.raises(InvalidParameter, match="scenarios:evaluate") as caught:
        edition.answer(edition.cell("US", Layer.POWER, scenario=SCENARIO), **query)
    assert caught.value.parameter == parameter
    assert allowed in caught.value.allowed


def test_draws_that_are_not_kept_are_refused(edition):
    cell = edition.cell("US", Layer.POWER, scenario=SCENARIO)
    with pytest.raises(InvalidParameter, match="no draws of on-site-power-late") as caught:
        edition.draws(cell, "demand", edition.periods(cell, Frequency.YEAR))
    assert caught.value.allowed == ("base",)


def test_bands_that_changed_on_disk_answer_nothing(edition, tmp_path):
    copy = Edition.load(shutil.copytree(edition.directory, tmp_path / edition.id))
    path = copy.directory / file_of(SCENARIO)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ArtifactCorrupt, match="differs from the hash"):
        copy.answer(copy.cell("US", Layer.POWER, scenario=SCENARIO))


def test_the_manifest_names_the_draws_of_every_scenario(edition, draw_cells):
    draws = {name: edition.table(draws_file("base", name), [name]).to_series().to_numpy() for name in columns(edition)}
    of_scenario = columns_of(draw_cells(OTHER).table)
    assert edition.manifest["draws_sha256"] == {"base": draws_sha256(draws), SCENARIO: draws_sha256(of_scenario)}
    changed = draws | {columns(edition)[0]: draws[columns(edition)[0]] + 1}
    assert draws_sha256(changed) != draws_sha256(draws)
    assert not (edition.directory / "draws" / SCENARIO).exists()


def columns(edition):
    return edition.cells["columns"]
