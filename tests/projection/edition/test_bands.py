"""What is kept of a scenario without draws answers as its draws would, and refuses what it does not hold."""

import shutil
from dataclasses import replace
from datetime import date
from functools import partial

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
from projection.edition.publish import draws_sha256
from projection.open_models.answers import POOLED, ModelLayer
from projection.open_models.points import model_use
from projection.project import readings
from projection.third_party.comparisons import Contents, compare
from projection.third_party.conversion import CONSTANTS

VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
SCENARIO = "on-site-power-late"
DRAWS = 400


@pytest.fixture(scope="module")
def edition(build_edition, tmp_path_factory) -> Edition:
    """An edition of two scenarios of the same draws, so that base says what the other has to answer."""
    rng = np.random.default_rng(2)
    constants = pl.DataFrame({name: rng.uniform(0.1, 0.9, DRAWS) for name in CONSTANTS})
    return build_edition(
        tmp_path_factory.mktemp("editions"),
        readings=readings(VIEW, partial(assumed, DRAWS)),
        constants=constants,
        files=share_files(Timeline(2025), draws=DRAWS),
    )


def cells(edition):
    """Every cell that is answered, of base and of the other scenario."""
    for region in REGIONS_ANSWERED:
        for layer in Layer:
            for concept in DemandConcept:
                for narrow in (False, True):
                    cell = edition.cell(region, layer, demand=concept, narrow=narrow)
                    if cell.status is not Status.UNAVAILABLE:
                        yield cell, replace(cell, scenario=SCENARIO)


def test_every_answer_is_the_one_its_draws_would_give(edition):
    compared = 0
    for of_base, other in cells(edition):
        above = THRESHOLDS[other.unit][:3]
        for freq in FREQUENCIES:
            query = {"freq": freq, "levels": LEVELS[2:5], "above": above}
            assert edition.answer(other, **query) == edition.answer(of_base, **query)
            assert edition.first_likely_short(other, freq) == edition.first_likely_short(of_base, freq)
            compared += 1
        assert edition.pace(other) == edition.pace(of_base)
    assert compared > 100


def test_what_limits_a_region_and_comparisons_are_kept(edition):
    for freq in FREQUENCIES:
        assert limits(edition, "US", scenario=SCENARIO, freq=freq) == limits(edition, "US", scenario="base", freq=freq)
    contents = Contents(first=date(2027, 1, 1), last=date(2029, 1, 1), history=True)
    for layer in (Layer.POWER, Layer.ENERGY, Layer.COMPUTE):
        of_base, other = (edition.cell("US", layer, scenario=name) for name in ("base", SCENARIO))
        years = compare(edition, other, VIEW, contents)
        assert years == compare(edition, of_base, VIEW, contents)
        assert [year.period.year for year in years] == [2027, 2028, 2029]
    assert any(year.published for year in years)


def test_use_of_models_is_kept(edition):
    of_base, other = (ModelLayer.of(edition, scenario=name) for name in ("base", SCENARIO))
    assert other.values is None
    for proxy in (POOLED, *of_base.proxies):
        query = {"quarters": of_base.quarters[1:3], "levels": DEFAULT_LEVELS, "above": (0.5,)}
        use = model_use(other, proxy, **query)
        assert use == model_use(of_base, proxy, **query)
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


def test_the_manifest_names_the_draws_of_every_scenario(edition):
    draws = {name: edition.table(draws_file("base", name), [name]).to_series().to_numpy() for name in columns(edition)}
    assert edition.manifest["draws_sha256"] == dict.fromkeys(("base", SCENARIO), draws_sha256(draws))
    changed = draws | {columns(edition)[0]: draws[columns(edition)[0]] + 1}
    assert draws_sha256(changed) != draws_sha256(draws)
    assert not (edition.directory / "draws" / SCENARIO).exists()


def columns(edition):
    return edition.cells["columns"]
