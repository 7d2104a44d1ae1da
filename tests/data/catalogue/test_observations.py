"""The columns of an observation: what is stated once is what the page, the rules and the database have."""

import re
from pathlib import Path

import polars as pl
import pytest

from data.catalogue.observations import COLUMNS, OBSERVATION, TABLE, read_all
from data.catalogue.schema import broken
from data.store.relations import OBSERVATIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "data.md"


def test_the_page_of_the_figures_has_every_column_with_its_meaning():
    section = PAGE.read_text(encoding="utf-8").split("### Columns of an observation")[1].split("\n#")[0]
    printed = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
    assert printed == [(one.name, one.meaning) for one in OBSERVATION]


def test_the_database_has_every_column():
    store_columns = ["id", "refresh_id", "scope", "retrieved"]
    assert [column.name for column in OBSERVATIONS.columns if column.name not in store_columns] == [
        *COLUMNS,
        TABLE.name,
    ]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("series_id", "No Id", "series_id|regex"),
        ("region", "", "region|min_length"),
        ("freq", "W", "freq|check"),
        ("kind", "guess", "kind|check"),
        ("confidence", "rumour", "confidence|check"),
        ("metric", None, "metric|nullability"),
        ("value", float("inf"), "finite"),
    ],
)
def test_a_value_the_schema_forbids_breaks_its_rule(column, value, rule):
    row = read_all().head(1).with_columns(pl.lit(value, dtype=COLUMNS[column]).alias(column))
    assert rule in broken(row)


def test_the_shipped_rows_break_no_rule():
    assert broken(read_all()) == {}
