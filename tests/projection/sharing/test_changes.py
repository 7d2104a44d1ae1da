"""What changed between two editions: each cause by itself, the figures one by one, and both values of every cell."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from drawn_cells import drawn_cells, writer_of

from data.base.layers import Layer, Status
from data.store.store import Store
from features.view import View
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.publish import write
from projection.sharing.changes import (
    NOT_LISTED,
    TOGETHER,
    Cause,
    Pair,
    changes,
    figures_between,
    series_changes,
)

TIMELINE = Timeline(2025)
DAY = date(2026, 11, 22)
SERIES = "us.datacenter.electricity"
FACTS = {
    "data_as_of": DAY.isoformat(),
    "data_rule": "strict",
    "model_version": "m-1",
    "assumptions": {"version": "1", "sha256": "a"},
    "code": {"version": "1", "sha256": "c"},
    "libraries": {"numpy": "2"},
    "seed": 1,
    "draws": 8,
    "scenarios": ["base"],
}


@pytest.fixture(scope="module")
def store():
    return Store.shipped()


@pytest.fixture(scope="module")
def view(store):
    return View.of(store, as_of=DAY)


@pytest.fixture
def edition(tmp_path, view):
    """Writes editions whose manifests differ as they are asked to, with demand times a factor."""

    def make(name, *, view=view, factor=1.0, cells=(("US", Layer.POWER),), **facts):
        wanted = np.full((8, len(TIMELINE.quarters)), 10.0, np.float32) * np.float32(factor)
        supply = np.full_like(wanted, 12.0)
        paths = {key: Paths(wanted=wanted, supply=supply if key[0] == "US" else None) for key in cells}
        scenarios = [("base", drawn_cells(paths, {}, TIMELINE))]
        manifest = FACTS | {"data_sha256": view.sha256(), **facts}
        issued = datetime(2026, 11, 23, tzinfo=UTC)
        return write(tmp_path, edition_id=name, issued=issued, facts=manifest, scenario_files=writer_of(scenarios))

    return make


def with_figures(store, change):
    return View.of(replace(store, observations=change(store.observations)), as_of=DAY)


def test_an_edition_differs_from_itself_in_nothing(edition, view):
    issue = edition("e-1")
    same = changes(issue, issue, earlier=view, later=view)
    assert (same.causes, same.facts, same.series, same.notes) == ((), {}, (), ())
    assert all(pair.before == pair.after for cell in same.cells for point in cell.points for pair in (point.gap,))


@pytest.mark.parametrize(
    ("cause", "name", "value"),
    [
        (Cause.MODELS, "model_version", "m-2"),
        (Cause.ASSUMPTIONS, "assumptions", {"version": "2", "sha256": "b"}),
        (Cause.CODE, "code", {"version": "1", "sha256": "d"}),
        (Cause.CODE, "libraries", {"numpy": "3"}),
        (Cause.DRAWS, "seed", 2),
    ],
)
def test_each_cause_is_told_from_the_others(edition, view, cause, name, value):
    difference = changes(edition("e-1"), edition("e-2", **{name: value}), earlier=view, later=view)
    assert difference.causes == (cause,)
    ((fact,),) = difference.facts.values()
    assert (fact.name, fact.before, fact.after) == (name, FACTS[name], value)
    assert difference.notes == ()


def test_new_figures_and_revisions_are_told_apart_and_named(edition, store, view):
    mine = (pl.col("series_id") == SERIES) & pl.col("value").is_not_null()
    source = store.observations.filter(mine)["source_id"].first()
    mine &= pl.col("source_id") == source
    before = view.rows.filter(mine)
    last = before["period"].max()

    def without_last(rows):
        return rows.filter(~(mine & (pl.col("period") == last)).fill_null(value=False))

    def doubled(rows):
        return rows.with_columns(value=pl.when(mine).then(pl.col("value") * 2).otherwise(pl.col("value")))

    earlier, later = with_figures(store, without_last), with_figures(store, doubled)
    difference = changes(edition("e-1", view=earlier), edition("e-2", view=later), earlier=earlier, later=later)
    assert difference.causes == (Cause.FIGURES, Cause.REVISIONS)
    rows = [one for one in difference.series if one.source_id == source]
    assert {one.series_id for one in difference.series} == {SERIES}
    assert sum(one.added for one in rows) == before.filter(pl.col("period") == last).height
    assert max(one.newest for one in rows if one.newest) == last
    assert sum(one.revised for one in rows) == before.filter(pl.col("period") != last).height
    for one in rows:
        if one.largest is not None:
            assert one.largest.after == 2 * one.largest.before
    assert difference.notes == (TOGETHER,)
    (revised,) = [changes(edition("e-3"), edition("e-4", view=later), earlier=view, later=later)]
    assert revised.causes == (Cause.REVISIONS,)


def test_figures_that_are_known_no_more_count_as_taken_away(edition, store, view):
    later = with_figures(store, lambda rows: rows.filter(pl.col("series_id") != SERIES))
    difference = changes(edition("e-1"), edition("e-2", view=later), earlier=view, later=later)
    assert difference.causes == (Cause.FIGURES,)
    assert sum(one.added for one in difference.series) == -view.rows.filter(pl.col("series_id") == SERIES).height


def test_tables_that_are_not_listed_and_days_that_changed_since_are_said(edition, store, view):
    sites = View.of(replace(store, site_vintages=store.site_vintages.head(1)), as_of=DAY)
    difference = changes(edition("e-1"), edition("e-2", view=sites), earlier=view, later=sites)
    assert (difference.causes, difference.series, difference.notes) == ((Cause.FIGURES,), (), (NOT_LISTED,))
    stale = changes(edition("e-3", data_sha256="0" * 64), edition("e-4"), earlier=view, later=view)
    (note,) = stale.notes
    assert "as known on the day of e-3 are not those" in note


def test_both_values_of_every_cell_and_year_are_given(edition, view):
    before = edition("e-1")
    after = edition("e-2", factor=1.5, seed=2, cells=(("US", Layer.POWER), ("EU", Layer.POWER)))
    us, eu = sorted(changes(before, after, earlier=view, later=view).cells, key=lambda cell: cell.region, reverse=True)
    assert (us.region, us.layer, us.unit, us.status) == ("US", Layer.POWER, "GW", (Status.AVAILABLE,) * 2)
    for point in us.points:
        assert (point.demand, point.gap, point.p_short) == (Pair(10.0, 15.0), Pair(-2.0, 3.0), Pair(0.0, 1.0))
    assert eu.status[0] is Status.UNAVAILABLE
    assert {point.demand for point in eu.points} == {Pair(None, 15.0)}
    assert {point.gap for point in eu.points} == {Pair(None, None)}


def test_what_was_added_and_what_was_revised_can_be_seen_apart(store, view):
    mine = (pl.col("series_id") == SERIES) & pl.col("value").is_not_null()
    row = view.rows.filter(mine).head(1).select(store.observations.columns)
    published = pl.lit(date(2026, 12, 1)).cast(row.schema["published"])
    revision = row.with_columns(published=published, value=pl.col("value") * 2)
    addition = revision.with_columns(period=pl.lit(date(2031, 1, 1)).cast(row.schema["period"]))
    more = replace(store, observations=pl.concat([store.observations, revision, addition]))
    earlier, later = (View.of(more, as_of=day) for day in (date(2026, 11, 30), date(2026, 12, 2)))
    assert figures_between(earlier, later, added=False, revised=False) is earlier
    assert figures_between(earlier, later, added=True, revised=True) is later

    def changed(added, revised):
        one = figures_between(earlier, later, added=added, revised=revised)
        return {(item.added, item.revised) for item in series_changes(earlier, one)}

    assert changed(added=True, revised=True) == {(1, 1)}
    assert changed(added=True, revised=False) == {(1, 0)}
    assert changed(added=False, revised=True) == {(0, 1)}
