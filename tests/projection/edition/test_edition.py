import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import partial

import numpy as np
import pytest
from issued_editions import record_of

from data.base.errors import ArtifactCorrupt, EditionMissing, NotFound
from data.base.layers import DemandConcept, Layer, Status, UnitKind
from data.base.quantiles import Quantile
from data.periods.period import Frequency
from projection.base import measures
from projection.cells.cells import REGIONS_ANSWERED, VERDICTS
from projection.cells.paths import Binding
from projection.edition.edition import Edition
from projection.edition.generation_growth import GenerationGrowth
from projection.edition.issued import newest
from projection.edition.points import band_of

MUST_ANSWER = [
    ("US", Layer.COMPUTE), ("WORLD", Layer.COMPUTE), ("US", Layer.POWER), ("WORLD", Layer.POWER),
    ("US", Layer.ENERGY), ("CN", Layer.ENERGY), ("US", Layer.FIRM),
]  # fmt: skip


def test_every_region_and_layer_has_a_verdict_and_every_gap_a_reason():
    assert set(VERDICTS) == {(region, layer) for region in REGIONS_ANSWERED for layer in Layer}
    for verdict in VERDICTS.values():
        assert (verdict.reason is None) == (verdict.status is Status.AVAILABLE)
        assert bool(verdict.sources) == (verdict.status is not Status.UNAVAILABLE)


@pytest.mark.parametrize(("region", "layer"), MUST_ANSWER)
def test_cells_that_must_answer_do(region, layer):
    assert VERDICTS[region, layer].status is Status.AVAILABLE


def test_gap_band_comes_from_the_same_draws_and_not_from_subtracted_quantiles(write_edition):
    edition = write_edition()
    cell = edition.cell("US", Layer.POWER)
    years = edition.periods(cell, Frequency.YEAR)
    gap = edition.draws(cell, "demand", years) - edition.draws(cell, "supply", years)
    for index, point in enumerate(edition.answer(cell)):
        assert point.gap["0.9"] == pytest.approx(np.quantile(gap[:, index], 0.9), rel=1e-5)
        assert point.gap["0.9"] != pytest.approx(point.demand["0.9"] - point.supply["0.9"], rel=1e-3)
        assert point.p_short == pytest.approx((gap[:, index] > 0).mean())
        assert point.expected_shortfall == pytest.approx(np.maximum(gap[:, index], 0).mean(), rel=1e-5)


def test_sentences_name_the_counts_an_edition_keeps_of_its_day(write_edition):
    edition = write_edition()
    day_words = replace(
        edition, cells=edition.cells | {"day_figures": {"site_vintages": "one vintage to 14 December 2025"}}
    )
    tracker = "Epoch AI, Frontier Data Centers, {} (CC BY 4.0)"
    assert tracker.format("one vintage to 14 December 2025") in day_words.cell("US", Layer.POWER).sources
    # An edition of before they were kept says it in general words.
    before = replace(edition, cells={name: value for name, value in edition.cells.items() if name != "day_figures"})
    assert tracker.format("its vintages by the day of the edition") in before.cell("US", Layer.POWER).sources


def test_orders_are_not_counted_at_a_precision_they_do_not_state(write_edition):
    edition = write_edition()
    wide = edition.cell("WORLD", Layer.COMPUTE, demand=DemandConcept.CONTRACTED)
    narrow = edition.cell("WORLD", Layer.COMPUTE, demand=DemandConcept.CONTRACTED, narrow=True)
    assert wide.status is Status.PARTIAL
    assert (narrow.status, narrow.unit_kind) == (Status.UNAVAILABLE, UnitKind.BIT16)
    assert "precision" in narrow.reason
    assert edition.answer(narrow) == []


def test_an_edition_whose_day_carries_no_supply_says_partial(write_edition):
    edition = write_edition()
    assert edition.cell("US", Layer.ENERGY).status is Status.AVAILABLE
    columns = [name for name in edition.cells["columns"] if not name.startswith("US|energy|supply")]
    assert len(columns) < len(edition.cells["columns"])
    edition = replace(edition, cells=edition.cells | {"columns": columns})
    cell = edition.cell("US", Layer.ENERGY)
    assert cell.status is Status.PARTIAL
    assert "2026-11-23" in cell.reason
    (first, *_) = edition.answer(cell)
    assert first.demand
    assert (first.supply, first.gap, first.p_short) == (None, None, None)


def test_quarters_of_a_flow_sum_to_its_year_and_a_stock_is_its_last_quarter(write_edition):
    edition = write_edition()
    for layer, total in ((Layer.ENERGY, True), (Layer.POWER, False)):
        cell = edition.cell("US", layer)
        quarters = edition.draws(cell, "demand", edition.periods(cell, Frequency.QUARTER))
        years = edition.draws(cell, "demand", edition.periods(cell, Frequency.YEAR))[:, :5]
        by_year = quarters.reshape(len(quarters), 5, 4)
        assert np.allclose(by_year.sum(axis=2) if total else by_year[:, :, 3], years, rtol=1e-5)


def test_answers_run_every_year_to_2035_and_every_quarter_to_2030(write_edition):
    edition = write_edition()
    cell = edition.cell("US", Layer.POWER)
    assert [point.period.year for point in edition.answer(cell)] == list(range(2026, 2036))
    quarters = [point.period for point in edition.answer(cell, freq=Frequency.QUARTER)]
    assert (quarters[0], quarters[-1], len(quarters)) == (date(2026, 1, 1), date(2030, 10, 1), 20)


def test_levels_and_limits_are_honoured(write_edition):
    edition = write_edition()
    points = edition.answer(
        edition.cell("US", Layer.COMPUTE), first=date(2028, 6, 1), last=date(2029, 3, 1), levels=[Quantile(0.333)]
    )
    assert [point.period.year for point in points] == [2028, 2029]
    assert list(points[0].gap) == ["0.333"]


def test_a_partial_cell_gives_demand_and_null_for_an_assumed_shortage(write_edition):
    edition = write_edition()
    cell = edition.cell("WORLD", Layer.STORAGE)
    assert cell.status is Status.PARTIAL
    for point in edition.answer(cell):
        facts = asdict(point)
        assert facts["demand"]
        assert {facts[name] for name in ("supply", "gap", "p_short", "expected_shortfall")} == {None}
        assert set(point.width_split) == {"demand"}


def test_unavailable_cell_is_empty_and_says_why(write_edition):
    edition = write_edition()
    for cell in (edition.cell("EU", Layer.FIRM), edition.cell("US-PJM", Layer.POWER, demand=DemandConcept.REQUESTED)):
        assert cell.status is Status.UNAVAILABLE
        assert cell.reason
        assert edition.answer(cell) == []


def test_unknown_region_or_scenario_is_named_with_what_is_allowed(write_edition):
    edition = write_edition()
    with pytest.raises(NotFound, match="allowed: US, CN, EU, WORLD"):
        edition.cell("MARS", Layer.POWER)
    with pytest.raises(NotFound, match="allowed: base"):
        edition.cell("US", Layer.POWER, scenario="miracle")


@pytest.mark.parametrize("victim", ["draws/base/US.power.wanted.parquet", "cells.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["flip", "remove"])
def test_a_damaged_edition_is_refused(write_edition, victim, damage):
    edition = write_edition()
    path = edition.directory / victim
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ArtifactCorrupt):
        Edition.load(edition.directory)


def test_draws_of_a_scenario_of_a_longer_name_do_not_count_as_its_own(write_edition):
    folder = write_edition().directory
    (folder / "draws" / "base").rename(folder / "draws" / "base_x")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] = {
        name.replace("draws/base/", "draws/base_x/"): digest for name, digest in manifest["files"].items()
    }
    path.write_text(json.dumps(manifest))
    with pytest.raises(ArtifactCorrupt, match="does not list base"):
        Edition.load(folder)
    path.write_text(json.dumps(manifest | {"scenarios": ["base_x"]}))
    assert Edition.load(folder, only="base_x").scenarios == ("base_x",)


def test_newest_good_edition_is_served_and_the_broken_one_reported(write_edition):
    good = write_edition(edition_id="e-1", issued=datetime(2026, 11, 22, tzinfo=UTC))
    broken = write_edition(edition_id="e-2", issued=datetime(2026, 11, 23, tzinfo=UTC))
    root = good.directory.parent
    records = [record_of(edition.directory) for edition in (good, broken)]
    assert newest(root, records).id == "e-2"
    assert newest(root, records[::-1]).id == "e-1", "the ledger's order counts, not the moment of issue"
    (broken.directory / "cells.json").write_text("{}")
    newest_edition = newest(root, records)
    assert newest_edition.id == "e-1"
    assert [item.edition for item in newest_edition.withheld] == ["e-2"]
    (good.directory / "manifest.json").write_text("not json")
    with pytest.raises(EditionMissing, match="headroom project"):
        newest(root, records)


def test_empty_or_absent_folder_is_missing_not_an_error_of_another_kind(tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(EditionMissing):
            newest(folder, ())


def test_writing_the_same_inputs_twice_gives_the_same_files(write_edition):
    first = dict(write_edition().manifest["files"])
    assert write_edition().manifest["files"] == first


def test_growth_of_data_centers_stands_beside_that_of_generation(write_edition):
    edition = write_edition()
    cell = edition.cell("CN", Layer.ENERGY)
    years = edition.periods(cell, Frequency.YEAR)
    demand = edition.draws(cell, "demand", years)
    for index, point in enumerate(edition.answer(cell)):
        assert point.growth["generation"]["0.5"] == pytest.approx(62.5 + 100 * index)
        assert point.growth["data_centers"]["0.9"] == pytest.approx(np.quantile(demand[:, index] - 20, 0.9), rel=1e-5)
        share = (demand[:, index] - 20) / (62.5 + 100 * index)
        assert point.growth["share"]["0.9"] == pytest.approx(np.quantile(share, 0.9), rel=1e-5)
        before = demand[:, index - 1] if index else 20
        of_year = np.quantile(demand[:, index] - before, 0.1)
        assert point.year_growth["data_centers"]["0.1"] == pytest.approx(of_year, rel=1e-5)
        assert point.year_growth["generation"]["0.5"] == pytest.approx(100)
    quarters = edition.answer(cell, freq=Frequency.QUARTER)
    assert all(point.growth and point.year_growth is None for point in quarters), "a quarter's growth is weather"
    assert edition.answer(edition.cell("US", Layer.POWER))[0].growth is None


@pytest.mark.parametrize(("without", "has_share"), [(0.005, True), (0.05, False)])
def test_a_share_of_growth_that_may_vanish_is_not_told(without, has_share):
    generation = np.full(1000, 100.0)
    generation[: int(without * len(generation))] = -5.0
    growth = GenerationGrowth(generation, data_centers=np.full(1000, 40.0))
    bands = growth.bands(lambda draws: {"0.5": float(np.median(draws))})
    assert bands["generation"] == {"0.5": 100.0}
    assert bands["share"] == ({"0.5": 0.4} if has_share else None)


def test_no_share_is_told_at_levels_that_lie_among_draws_without_growth():
    growth = GenerationGrowth(np.array([-5.0, *[100.0] * 999]), data_centers=np.full(1000, 40.0))
    bands_at = [growth.bands(partial(band_of, levels=[Quantile(level)]))["share"] for level in (0.99, 0.9995)]
    assert bands_at == [{"0.99": 0.4}, None]


def test_demand_wanted_is_the_headline_and_demand_bought_stands_below_it(write_edition):
    edition = write_edition()
    for region, layer in MUST_ANSWER:
        cells = [edition.cell(region, layer), edition.cell(region, layer, demand=DemandConcept.BOUGHT)]
        assert cells[0].demand_concept is DemandConcept.WANTED
        wanted, bought = (edition.draws(cell, "demand", edition.periods(cell, Frequency.YEAR)) for cell in cells)
        assert (wanted >= bought).all()
        for more, less in zip(*(edition.answer(cell) for cell in cells), strict=True):
            assert more.supply == less.supply
            assert more.p_short > less.p_short


def test_contracts_end_when_due_and_requests_stand_beside_what_is_expected(write_edition):
    edition = write_edition()
    contracted = edition.cell("WORLD", Layer.COMPUTE, demand=DemandConcept.CONTRACTED)
    assert [period.start.year for period in edition.periods(contracted, Frequency.YEAR)] == [2026, 2027, 2028]
    assert len(edition.answer(contracted)) == 3
    requested = edition.cell("US-VA", Layer.POWER, demand=DemandConcept.REQUESTED)
    for point in edition.answer(requested):
        assert point.expected["0.5"] == pytest.approx(0.75 * point.demand["0.5"], rel=1e-5)
    assert all(point.expected is None for point in edition.answer(contracted))


def test_chips_without_a_hall_and_halls_without_chips_are_told_apart(write_edition):
    edition = write_edition()
    cell = edition.cell("US", Layer.COMPUTE)
    years = edition.periods(cell, Frequency.YEAR)
    over = edition.draws(cell, "bought", years) - edition.draws(cell, "housed", years)
    for index, point in enumerate(edition.answer(cell)):
        assert point.stranded["0.9"] == pytest.approx(np.quantile(np.maximum(over, 0)[:, index], 0.9), rel=1e-5)
        assert point.vacant["0.9"] == pytest.approx(np.quantile(np.maximum(-over, 0)[:, index], 0.9), rel=1e-5)
    assert edition.answer(edition.cell("US", Layer.POWER))[0].stranded is None


def test_what_binds_is_a_share_of_draws(write_edition):
    edition = write_edition()
    for point in edition.answer(edition.cell("US", Layer.POWER)):
        assert list(point.binding) == [limit.name.lower() for limit in Binding]
        assert sum(point.binding.values()) == pytest.approx(1, abs=1e-5)
    assert edition.answer(edition.cell("US", Layer.ENERGY))[0].binding is None


def test_the_share_of_width_that_is_model_error_is_that_of_the_gap(write_edition):
    edition = write_edition()
    point = edition.answer(edition.cell("US", Layer.POWER))[0]
    assert point.model_error_share == point.width_split["gap"]["model_error"] == 0.25
    partial = edition.answer(edition.cell("WORLD", Layer.STORAGE))[0]
    assert partial.model_error_share == partial.width_split["demand"]["model_error"]


def test_answers_of_compute_end_where_generations_of_chips_are_assumed_alone(write_edition):
    edition = write_edition()
    assert [point.period.year for point in edition.answer(edition.cell("US", Layer.COMPUTE))] == list(range(2026, 2031))


def test_chances_beside_the_band_are_read_off_the_same_draws(write_edition):
    edition = write_edition()
    cell = edition.cell("US", Layer.POWER)
    years = edition.periods(cell, Frequency.YEAR)
    gap = edition.draws(cell, "demand", years) - edition.draws(cell, "supply", years)
    supply, additions = (edition.draws(cell, quantity, years) for quantity in ("supply", "additions"))
    late = measures.late_share(gap + supply, supply, additions)
    for index, point in enumerate(edition.answer(cell, above=(0.0, 2.5))):
        assert point.p_above == {"0": point.p_short, "2.5": pytest.approx((gap[:, index] > 2.5).mean())}
        assert point.p_short_by == pytest.approx((gap[:, : index + 1] > 0).any(axis=1).mean())
        assert point.plan_late["0.5"] == pytest.approx(np.median(late[:, index]), rel=1e-4)
        assert set(point.routes["bands"]) == {"chips", "published"}
    later = edition.answer(cell, first=date(2030, 1, 1), last=date(2030, 1, 1))
    assert later[0].p_short_by == pytest.approx((gap[:, :5] > 0).any(axis=1).mean())
    likely = [point.period for point in edition.answer(cell) if point.p_short > 0.5]
    assert edition.first_likely_short(cell) == (likely[0] if likely else None)


def test_16_bit_and_8_bit_are_two_answers_and_never_one(write_edition):
    edition = write_edition()
    wide, narrow = edition.cell("US", Layer.COMPUTE), edition.cell("US", Layer.COMPUTE, narrow=True)
    assert (wide.unit_kind, narrow.unit_kind) == (UnitKind.BIT8, UnitKind.BIT16)
    for eight, sixteen in zip(edition.answer(wide), edition.answer(narrow), strict=True):
        assert sixteen.demand["0.5"] == pytest.approx(0.75 * eight.demand["0.5"], rel=1e-4)
        assert sixteen.p_short == pytest.approx(eight.p_short)
    assert edition.cell("US", Layer.POWER, narrow=True).unit_kind is UnitKind.FACILITY_PEAK


def test_a_cell_the_day_could_not_carry_says_so(write_edition):
    edition = write_edition()
    edition.cells["periods"].pop("US|firm")
    cell = edition.cell("US", Layer.FIRM)
    assert cell.status is Status.UNAVAILABLE
    assert "2026-11-23" in cell.reason


def test_a_note_of_one_region_stands_beside_its_answers_alone(write_edition):
    edition = write_edition()
    sentence = "No figure was known for cn_wind_rest."
    edition = replace(edition, manifest=edition.manifest | {"knowledge": ["All."], "knowledge_of": {"CN": [sentence]}})
    notes = {region: edition.cell(region, Layer.ENERGY).notes for region in ("CN", "US", "EU", "WORLD")}
    assert [region for region, stated in notes.items() if sentence in stated] == ["CN"]
    assert all("All." in stated for stated in notes.values())
