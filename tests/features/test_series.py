from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data.base.errors import InvalidParameter, NotFound, UnitMismatch
from data.catalogue.observations import COLUMNS, COMPILED
from data.checks.rules import RULES as TABLE_RULES
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.flows import JOINED
from features.recipes import RECIPES, SPLICES
from features.series import ModelSeries, derive
from features.view import View

DAY = date(2025, 1, 1)
DOCUMENTS = Path(__file__).resolve().parents[2] / "docs"


def store(*rows, lags=()):
    base = {
        "series_id": "us.thing", "region": "US", "metric": "thing", "unit": "GW", "freq": "A", "low": None,
        "high": None, "kind": "actual", "scenario": "", "source_id": "a", "published": date(2024, 5, 1),
        "confidence": "primary", "note": "", "table": "energy",
    }  # fmt: skip
    schema = {**COLUMNS, "table": pl.String}
    return Store.of(
        pl.DataFrame([base | row for row in rows], schema=schema, orient="row"),
        pl.DataFrame(list(lags), schema={"source_id": pl.String, "release_lag_days": pl.Int64}, orient="row"),
    )


def years(first, values, **fields):
    return [{"period": date(first + step, 1, 1), "value": value, **fields} for step, value in enumerate(values)]


def read(*rows, lags=(), rule=Rule.STRICT, as_of=DAY):
    return View.of(store(*rows, lags=lags), as_of=as_of, rule=rule).read("us.thing")


def series(**fields):
    facts = {
        "series_id": "us.thing", "region": "US", "unit": "GWh", "freq": Frequency.YEAR,
        "periods": (Period(date(2020, 1, 1), Frequency.YEAR), Period(date(2022, 1, 1), Frequency.YEAR)),
        "values": np.array([1000.0, 2000.0]), "low": np.array([np.nan, 1900.0]), "high": None,
        "last_published": DAY, "rule": Rule.STRICT, "sources": ("a",), "recipe": None, "pseudo_vintage": False,
    }  # fmt: skip
    return ModelSeries(**(facts | fields))


def test_one_complete_source_is_read_straight():
    series = read(*years(2010, range(1, 11)), *years(2010, [1.5], source_id="b"))
    assert (series.recipe, series.sources, len(series)) == (None, ("a",), 10)


def test_sources_that_say_the_same_are_parts_of_one_definition():
    series = read(*years(2010, range(1, 11)), *years(2019, [10.1, 11.0], source_id="b", published=date(2024, 6, 1)))
    assert series.recipe == "splice.one_definition"
    assert series.sources == ("a", "b")
    assert series.values.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10.1, 11.0]


def test_sources_that_differ_are_not_joined_while_one_is_long_enough():
    series = read(*years(2010, range(1, 11)), *years(2019, [14.0, 15.0], source_id="b"))
    assert (series.recipe, series.sources, series.values[-1]) == (None, ("a",), 10.0)


def test_sources_that_differ_are_joined_by_name_when_none_is_long_enough():
    series = read(*years(2010, range(1, 7)), *years(2015, [9.0, 10.0, 11.0], source_id="b", published=date(2024, 6, 1)))
    assert series.recipe == "splice.last_published"
    assert series.values.tolist() == [1, 2, 3, 4, 5, 9, 10, 11]


def test_of_equal_sources_the_later_is_read():
    series = read(*years(2010, range(1, 9)), *years(2012, [30.0] * 8, source_id="b"))
    assert series.sources == ("b",)


def test_scenarios_are_never_joined():
    series = read(*years(2010, range(1, 9)), *years(2018, [9.0], scenario="high"))
    assert len(series) == 8


def test_expectations_and_empty_values_are_not_read():
    series = read(*years(2010, [1.0, 2.0]), *years(2012, [3.0], kind="projection"), *years(2013, [None], low=1.0))
    assert series.values.tolist() == [1.0, 2.0]


def test_bounds_are_kept_where_they_are_printed():
    series = read(*years(2010, [1.0, 2.0], low=0.5), {"period": date(2012, 1, 1), "value": 3.0})
    assert series.low is not None
    assert series.low[0] == 0.5
    assert np.isnan(series.low[2])
    assert series.high is None


def test_the_grid_most_figures_stand_on_is_read():
    series = read(*years(2010, [1.0, 2.0, 3.0]), {"period": date(2013, 6, 1), "value": 4.0})
    assert [period.start.month for period in series.periods] == [1, 1, 1]


def test_a_revised_value_shown_by_its_lag_is_a_pseudo_vintage():
    rows = years(2010, [1.0, 2.0], published=date(2024, 5, 1))
    lagged = read(*rows, lags=[("a", 30)], rule=Rule.AVAILABLE, as_of=date(2012, 6, 1))
    assert lagged.pseudo_vintage
    assert lagged.last_published == date(2012, 1, 30)
    assert not read(*rows, lags=[("a", 30)], rule=Rule.AVAILABLE, as_of=DAY).pseudo_vintage


def test_a_blank_day_is_the_latest_revision():
    rows = [*years(2010, [1.0], source_id="b"), *years(2010, [1.01, 2.0], published=None)]
    assert read(*rows, as_of=COMPILED).values.tolist() == [1.01, 2.0]


def test_unknown_and_unseen_are_told_apart():
    rows = store(*years(2010, [1.0]))
    with pytest.raises(NotFound, match=r"did you mean: us\.thing"):
        View.of(rows, as_of=DAY).read("us.thin")
    with pytest.raises(NotFound, match="known on 2020-01-01"):
        View.of(rows, as_of=date(2020, 1, 1)).read("us.thing")


def test_a_series_converts_with_its_bounds():
    converted = series().to_unit("TWh")
    assert converted.values.tolist() == [1.0, 2.0]
    assert converted.low is not None
    assert converted.low[1] == pytest.approx(1.9)
    with pytest.raises(UnitMismatch):
        series().to_unit("GW")


def test_a_series_as_published_has_no_variance_and_a_converted_keeps_its_own():
    assert series().variance is None
    assert series().splice_sd.tolist() == [0, 0]
    assert series(variance=np.array([0.0, 0.04])).to_unit("TWh").splice_sd == pytest.approx([0, 0.2])


def test_one_source_is_read_by_name():
    rows = store(
        *years(2010, [1.0, 2.0]),
        *years(2010, [1.5, 2.5, 3.5], source_id="b"),
        *years(2013, [None], low=4.0, high=9.0, source_id="b"),
    )
    view = View.of(rows, as_of=DAY)
    assert view.of_source("us.thing", "a", freq=Frequency.YEAR).values.tolist() == [1.0, 2.0]
    assert view.range_of("us.thing", "b") == {Period(date(2013, 1, 1), Frequency.YEAR): (4.0, 9.0)}
    assert view.seen_on("us.thing", "b") == (date(2024, 5, 1), False)
    with pytest.raises(NotFound, match="c says nothing"):
        view.of_source("us.thing", "c", freq=Frequency.YEAR)
    with pytest.raises(NotFound, match="c says nothing"):
        view.seen_on("us.thing", "c")


def test_gaps_are_named_never_filled():
    assert [gap.label for gap in series().gaps] == ["2021"]


def test_values_cannot_be_changed_afterwards():
    with pytest.raises(ValueError, match="read-only"):
        series().values[0] = 5.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": np.array([1.0])},
        {"values": np.array([1.0, np.nan])},
        {"periods": (Period(date(2022, 1, 1), Frequency.YEAR), Period(date(2020, 1, 1), Frequency.YEAR))},
        {"low": np.array([1.0])},
        {"variance": np.array([0.1])},
        {"variance": np.array([0.1, -0.1])},
        {"variance": np.array([0.1, np.inf])},
    ],
)
def test_a_malformed_series_cannot_exist(wrong):
    with pytest.raises(InvalidParameter):
        series(**wrong)


def test_a_derived_series_is_as_late_and_as_uncertain_as_its_inputs():
    late = series(last_published=date(2025, 3, 1), sources=("b",), pseudo_vintage=True)
    year = Period(date(2020, 1, 1), Frequency.YEAR)
    derived = derive("derived.x", region="US", unit="GWh", values={year: 1.0}, inputs=(series(), late), recipe="sum.x")
    assert (derived.last_published, derived.sources, derived.pseudo_vintage) == (date(2025, 3, 1), ("a", "b"), True)
    with pytest.raises(InvalidParameter):
        derive("derived.x", region="US", unit="GWh", values={}, inputs=(late,), recipe="sum.x")


def test_every_recipe_and_splice_is_documented():
    text = (DOCUMENTS / "recipes.md").read_text(encoding="utf-8")
    names = {recipe.name for recipe in RECIPES} | {recipe.series_id for recipe in RECIPES} | {*SPLICES, JOINED}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


def test_every_rule_of_the_check_is_documented():
    text = (DOCUMENTS / "data.md").read_text(encoding="utf-8")
    assert [rule.code for rule in TABLE_RULES if f"`{rule.code}`" not in text] == []
