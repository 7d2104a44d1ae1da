"""Editions of former formats stay readable, compared and scored: what they called demand is what is bought."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency
from data.store.store import Store
from features.view import View
from projection.edition.edition import Edition
from projection.edition.files import file_sha256
from projection.edition.names import draws_file
from projection.scoreboard.own_entries import entries
from projection.third_party.comparisons import Contents, compare
from projection.third_party.conversion import NONE_KEPT

YEAR = date(2028, 1, 1)
VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
FORMER = {"bought": "demand", "contracted": "committed"}
UNCONSTRAINED = (Layer.COMPUTE, Layer.POWER)
BOUGHT = DemandConcept.BOUGHT


def former_name(name: str) -> str | None:
    """A column as the third format calls it; None where it had none."""
    region, layer, quantity, freq, day = name.split("|")
    if quantity == "wanted":
        quantity = "unconstrained" if layer in UNCONSTRAINED else "demand" if layer == Layer.STORAGE else ""
    elif quantity not in {"bought", "contracted", "supply", "narrow"}:
        return None
    return "|".join((region, layer, FORMER.get(quantity, quantity), freq, day)) if quantity else None


@pytest.fixture
def editions(write_edition):
    """An edition of today, and what it would have been in the third format."""
    today = write_edition()
    now = {name: today.table(draws_file("base", name), [name]) for name in today.cells["columns"]}
    folder = write_edition(edition_id="e-former").directory
    manifest, cells = (json.loads((folder / name).read_text()) for name in ("manifest.json", "cells.json"))
    for path in (folder / "draws" / "base").iterdir():
        path.unlink()
    former = {former_name(name): frame.to_series() for name, frame in now.items() if former_name(name)}
    by_file: dict[str, list[pl.Series]] = {}
    for name, draws in former.items():
        by_file.setdefault(draws_file("base", name), []).append(draws.alias(name))
    for file, columns in by_file.items():
        pl.DataFrame(columns).write_parquet(folder / file)
    cells["columns"] = list(former)
    for part in (cells["periods"], cells["about"]["base"]):
        for name in [name for name in part if name.endswith("|contracted")]:
            part[name.replace("contracted", "committed")] = part.pop(name)
        for name in [name for name in part if name.endswith(("|bought", "|requested"))]:
            del part[name]
    (folder / "cells.json").write_text(json.dumps(cells))
    names = ["cells.json", *by_file]
    manifest |= {"format": 3, "files": {name: file_sha256(folder / name) for name in names}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return today, Edition.load(folder)


def test_a_former_edition_answers_what_is_bought_as_it_did(editions) -> None:
    today, former = editions
    for region, layer in (("US", Layer.POWER), ("US", Layer.ENERGY), ("WORLD", Layer.COMPUTE)):
        now, then = (edition.cell(region, layer, demand=BOUGHT) for edition in editions)
        years = today.periods(now, Frequency.YEAR)
        assert former.periods(then, Frequency.YEAR) == years
        np.testing.assert_array_equal(former.draws(then, "demand", years), today.draws(now, "demand", years))
        assert [point.p_short for point in former.answer(then)] == [point.p_short for point in today.answer(now)]


def test_a_former_edition_tells_what_is_wanted_only_where_it_did(editions) -> None:
    _, former = editions
    assert former.answer(former.cell("US", Layer.POWER))
    assert former.answer(former.cell("WORLD", Layer.STORAGE))
    for layer in (Layer.ENERGY, Layer.FIRM):
        cell = former.cell("US", layer)
        assert cell.status is Status.UNAVAILABLE
        assert "before this reading of demand was told apart" in (cell.reason or "")


def test_a_former_edition_is_scored_and_compared(editions) -> None:
    today, former = editions
    scored = {(item.series_id, item.period): item.quantiles for item in entries(former)}
    assert scored == {(item.series_id, item.period): item.quantiles for item in entries(today)}
    (year,) = compare(former, former.cell("US", Layer.POWER), VIEW, Contents(first=YEAR, last=YEAR))
    assert set(year.ours) == {DemandConcept.WANTED, BOUGHT}
    assert {item.why for item in year.published if item.line.figure.kind == "nameplate"} == {NONE_KEPT}
    (pool,) = year.pools
    assert pool.reading is BOUGHT
    (year,) = compare(former, former.cell("US", Layer.ENERGY, demand=BOUGHT), VIEW, Contents(first=YEAR, last=YEAR))
    assert set(year.ours) == {BOUGHT}
