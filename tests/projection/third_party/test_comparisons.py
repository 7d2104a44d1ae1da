"""Ours beside the published: one currency, two families, and where ours lies apart, a reason."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data.base.errors import TableCorrupt
from data.base.layers import LAYERS, DemandConcept, Layer
from data.catalogue.observations import COLUMNS
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.view import View
from projection.cells.cells import REGIONS_ANSWERED
from projection.third_party.comparisons import EARLIER, Contents, compare
from projection.third_party.conversion import CONSTANTS, NONE_KEPT
from projection.third_party.projections import Family, Table, shipped

ROOT = Path(__file__).parents[3]
DRAWS = 400
TODAY = date(2026, 11, 23)
ONE = {"publisher": "One", "edition": "new", "family": "equipment", "region": "US", "kind": "energy", "at": ["a@one"]}


@pytest.fixture
def edition(write_edition):
    rng = np.random.default_rng(3)
    spread = ((0.45, 0.66), (0.91, 0.97), (6.5, 15.0), (0.0, 0.18))
    by_name = {name: rng.uniform(*ends, DRAWS) for name, ends in zip(CONSTANTS, spread, strict=True)}
    return write_edition(constants=pl.DataFrame(by_name))


def row(series_id, source_id, value, *, year=2028, published=date(2026, 6, 1), **fields):
    return {
        "series_id": series_id, "region": "US", "metric": "m", "unit": "TWh", "freq": "A", "period": date(year, 1, 1),
        "value": value, "low": None, "high": None, "kind": "projection", "scenario": "", "source_id": source_id,
        "published": published, "confidence": "primary", "note": "", "table": "projections",
    } | fields  # fmt: skip


def view(*rows, day=TODAY):
    lags = pl.DataFrame(schema={"source_id": pl.String, "release_lag_days": pl.Int64})
    store = Store.of(pl.DataFrame(list(rows), schema=COLUMNS | {"table": pl.String}, orient="row"), lags)
    return View.of(store, as_of=day)


def table(*figures, reasons=()):
    figure_list = [{"middle": [""], "basis": "It says so.", **figure} for figure in figures]
    file = {
        "pool_months": 30,
        "differs": 1.25,
        "metrics": [],
        "left_out": [],
        "figure": figure_list,
        "reason": list(reasons),
    }
    return Table.parse(toml(file))


def toml(file):
    lines = [f"{name} = {file[name]!r}" for name in ("pool_months", "differs", "metrics", "left_out")]
    lines += [f"{name} = []" for name in ("figure", "reason") if not file[name]]
    for name in ("figure", "reason"):
        for entry in file[name]:
            lines += [f"[[{name}]]", *(f"{key} = {value!r}" for key, value in entry.items())]
    return "\n".join(lines)


def year_of(edition, rows, figure_table, *, layer=Layer.ENERGY, year=2028, **options):
    day = date(year, 1, 1)
    cell = edition.cell("US", layer)
    (compared,) = compare(edition, cell, view(*rows), Contents(first=day, last=day, **options), table=figure_table)
    return compared


def test_the_newest_edition_of_each_publisher_is_pooled_once(edition) -> None:
    rows = [
        row("a", "old", 10.0, published=date(2025, 1, 1)), row("a", "one", 40.0), row("b", "two", 90.0),
        row("c", "two", 7.0, unit="GW"),
    ]  # fmt: skip
    old = ONE | {"edition": "old", "at": ["a@old"]}
    two = ONE | {"publisher": "Two", "at": ["b@two"]}
    also = two | {"kind": "average", "at": ["c@two"]}
    year = year_of(edition, rows, table(ONE, old, two, also))
    (pool,) = year.pools
    assert pool.publishers == ("One", "Two")
    assert (pool.low, pool.median, pool.high) == pytest.approx((40.0, 60.0, 90.0), rel=1e-5)
    assert [item.line.value for item in year.published] == [40.0, 7.0, 90.0]
    assert [item.pooled for item in year.published] == [True, False, True]
    assert year.published[1].why == "The publisher's energy of 2026-06-01 is pooled instead."
    everything = year_of(edition, rows, table(ONE, old, two, also), history=True).published
    assert [(item.line.value, item.why) for item in everything if not item.newest] == [(10.0, EARLIER)]


def test_counters_of_projects_and_models_of_equipment_are_never_averaged(edition) -> None:
    counted = ONE | {"publisher": "Two", "family": "announced", "at": ["b@two"]}
    rows = [row("a", "one", 40.0), row("b", "two", 90.0)]
    year = year_of(edition, rows, table(ONE, counted))
    assert {pool.family: pool.median for pool in year.pools} == pytest.approx(
        {Family.EQUIPMENT: 40.0, Family.ANNOUNCED: 90.0}, rel=1e-5
    )
    only = year_of(edition, rows, table(ONE, counted), family=Family.ANNOUNCED)
    assert [item.line.value for item in only.published] == [90.0]
    assert [pool.family for pool in only.pools] == [Family.ANNOUNCED]


def test_another_scope_and_an_old_edition_are_converted_and_speak_in_no_pool(edition) -> None:
    ai = ONE | {"publisher": "Two", "scope": "AI alone.", "at": ["b@two"]}
    rows = [row("a", "one", 40.0, published=date(2024, 5, 22)), row("b", "two", 90.0)]
    year = year_of(edition, rows, table(ONE, ai))
    assert year.pools == ()
    assert [(item.pooled, item.converted is not None) for item in year.published] == [(False, True)] * 2
    assert [item.why for item in year.published] == [
        "Published before 2024-05-23: too old for the pool.",
        "AI alone.",
    ]
    (pool,) = year_of(edition, [row("a", "one", 40.0, published=date(2024, 5, 23))], table(ONE)).pools
    assert pool.publishers == ("One",)


def test_a_request_is_shown_as_printed_and_never_converted(edition) -> None:
    queue = ONE | {"kind": "requested", "apart": "A queue of requests.", "layers": ["power"]}
    (item,) = year_of(edition, [row("a", "one", 474.0, unit="GW")], table(queue), layer=Layer.POWER).published
    assert (item.line.value, item.converted, item.ratio, item.why) == (474.0, None, None, "A queue of requests.")


def test_a_converted_figure_has_a_band_a_ratio_and_a_place_in_our_distribution(edition) -> None:
    (period,) = [Period(date(2028, 1, 1), Frequency.YEAR)]
    power, energy = (
        edition.draws(edition.cell("US", layer, demand=DemandConcept.BOUGHT), "demand", [period])[:, 0]
        for layer in (Layer.POWER, Layer.ENERGY)
    )
    (item,) = year_of(edition, [row("a", "one", 20.0)], table(ONE), layer=Layer.POWER).published
    expected = 20.0 * power / energy
    assert item.converted["0.1"] < item.converted["0.5"] < item.converted["0.9"]
    assert item.converted["0.5"] == pytest.approx(np.median(expected), rel=1e-5)
    assert item.ratio == pytest.approx(np.median(expected) / np.median(power), rel=1e-5)
    assert item.position == pytest.approx(np.mean(power <= expected))


def test_models_of_equipment_are_laid_beside_bought_and_counters_beside_wanted(edition) -> None:
    counted = ONE | {"publisher": "Two", "family": "announced", "at": ["b@two"]}
    lacking = ONE | {
        "publisher": "Six",
        "kind": "other",
        "at": ["c@six"],
        "layers": ["energy"],
        "apart": "A shortfall.",
    }
    lacking |= {"reading": "wanted"}
    rows = [row("a", "one", 40.0), row("b", "two", 40.0), row("c", "six", 3.0)]
    year = year_of(edition, rows, table(ONE, counted, lacking))
    headline, bought = (year.ours[reading]["0.5"] for reading in (DemandConcept.WANTED, DemandConcept.BOUGHT))
    assert headline > bought
    assert {item.line.figure.publisher: (item.reading, item.ratio) for item in year.published} == {
        "One": (DemandConcept.BOUGHT, pytest.approx(40 / bought, rel=1e-5)),
        "Two": (DemandConcept.WANTED, pytest.approx(40 / headline, rel=1e-5)),
        "Six": (DemandConcept.WANTED, None),
    }
    assert {pool.family: (pool.reading, pool.ratio) for pool in year.pools} == {
        Family.EQUIPMENT: (DemandConcept.BOUGHT, pytest.approx(bought / 40, rel=1e-5)),
        Family.ANNOUNCED: (DemandConcept.WANTED, pytest.approx(headline / 40, rel=1e-5)),
    }
    with pytest.raises(TableCorrupt, match="reading of its family"):
        table(ONE | {"reading": "wanted"})


def test_a_layer_of_one_reading_is_compared_by_it(edition) -> None:
    everything = View.of(Store.shipped(), as_of=TODAY)
    years = compare(edition, edition.cell("WORLD", Layer.STORAGE), everything, Contents(history=True))
    assert {tuple(year.ours) for year in years} == {(DemandConcept.WANTED,)}
    assert {item.reading for year in years for item in year.published} == {DemandConcept.WANTED}


def test_where_ours_lies_apart_the_written_reason_is_given_and_none_is_made_up(edition) -> None:
    text = "Written at length so that a reader learns something from it."
    reason = {"region": "US", "layers": ["energy"], "family": "equipment", "sides": ["below"], "text": text}
    rows = [row("a", "one", 4000.0)]
    (pool,) = year_of(edition, rows, table(ONE, reasons=[reason])).pools
    assert (pool.side, pool.reason) == ("below", text)
    (bare,) = year_of(edition, rows, table(ONE)).pools
    assert (bare.side, bare.reason) == ("below", None)
    ours = year_of(edition, rows, table(ONE)).ours[DemandConcept.BOUGHT]["0.5"]
    (near,) = year_of(edition, [row("a", "one", ours)], table(ONE, reasons=[reason])).pools
    assert (near.side, near.reason) == (None, None)


def test_an_edition_without_constants_converts_nothing_and_says_so(write_edition) -> None:
    bare = write_edition()
    figure_table = table(ONE | {"kind": "nameplate"})
    (item,) = year_of(bare, [row("a", "one", 20.0, unit="GW")], figure_table, layer=Layer.POWER).published
    assert (item.converted, item.why) == (None, NONE_KEPT)


def test_the_routes_of_the_edition_say_which_pulls(edition) -> None:
    year = year_of(edition, [row("a", "one", 40.0)], table(ONE))
    assert any("the route of published pulls ours up, that of chips down" in fact for fact in year.facts)


def test_every_shipped_cell_can_be_compared(edition) -> None:
    all_figures = View.of(Store.shipped(), as_of=TODAY)
    for region in REGIONS_ANSWERED:
        for layer in Layer:
            cell = edition.cell(region, layer)
            for year in compare(edition, cell, all_figures, Contents(history=True)):
                for item in year.published:
                    assert (item.converted is None) == (item.ratio is None)
                    assert item.pooled or item.why
                assert {LAYERS[layer].unit} == {cell.unit}
    assert compare(edition, edition.cell("US", Layer.STORAGE), all_figures, Contents()) == ()


def test_the_committed_page_gives_a_reason_wherever_ours_lies_apart() -> None:
    page = (ROOT / "docs" / "comparisons.md").read_text()
    apart = [line for line in page.splitlines() if line.startswith("- **")]
    assert apart
    assert len(apart) == page.count("; ours **")
    pages = set(shipped().reasons.values())
    for line in apart:
        assert any(text in line for text in pages), line


def test_a_difference_nobody_has_explained_stops_the_page(edition, tmp_path) -> None:
    target = tmp_path / "page.md"
    adopting = [sys.executable, "-m", "headroom", "editions", "adopt", edition.id, "--home", str(tmp_path)]
    subprocess.run(adopting, capture_output=True, check=True)
    command = [sys.executable, str(ROOT / "tools" / "write_comparisons_page.py"), "--home", str(tmp_path)]
    process = subprocess.run([*command, "--target", str(target)], capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert edition.id in process.stderr
    assert "nobody wrote why" in process.stderr
    assert "projection/third_party/projections.toml" in process.stderr
    assert not target.exists()
