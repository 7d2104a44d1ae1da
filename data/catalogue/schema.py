"""The schema of an observation, as rules that every row of a connector must pass before it is stored."""

from collections.abc import Mapping
from functools import cache
from types import new_class
from typing import cast

import dataframely as dy
import polars as pl

from data.catalogue.observations import OBSERVATION, TABLE, Column

_KINDS: Mapping[type[pl.DataType], type[dy.Column]] = {pl.String: dy.String, pl.Date: dy.Date, pl.Float64: dy.Float64}


class _Finite(dy.Schema):
    @dy.rule()
    def finite(cls) -> pl.Expr:  # noqa: N805 - the library calls rules on the class
        """A figure is a number."""
        return pl.all_horizontal(pl.col("value", "low", "high").is_finite().fill_null(value=True))


def _column(one: Column) -> dy.Column:
    if one.dtype is not pl.String:
        return _KINDS[one.dtype](nullable=one.nullable)
    if one.allowed:
        return dy.String(nullable=one.nullable, check=lambda column: column.is_in(one.allowed))
    length = None if one.blank or one.pattern else 1
    return dy.String(nullable=one.nullable, regex=one.pattern, min_length=length)


def _any(one: Column) -> dy.Column:
    if one.dtype is pl.Float64:
        return dy.Float64(nullable=True, allow_inf=True, allow_nan=True)
    return _KINDS[one.dtype](nullable=True)


def with_columns(rules: type[dy.Schema]) -> type[dy.Schema]:
    """The rules as a schema that has the columns of an observation with any values, so that the rules judge alone."""
    return _schema(rules, {one.name: _any(one) for one in (*OBSERVATION, TABLE)})


@cache
def observation() -> type[dy.Schema]:
    """One figure: the columns of :data:`data.catalogue.observations.OBSERVATION`, and the table it stands in."""
    return _schema(_Finite, {one.name: _column(one) for one in (*OBSERVATION, TABLE)})


def _schema(rules: type[dy.Schema], columns: Mapping[str, dy.Column]) -> type[dy.Schema]:
    return cast("type[dy.Schema]", new_class(rules.__name__, (rules,), exec_body=lambda space: space.update(columns)))


def broken(rows: pl.DataFrame) -> dict[str, int]:
    """How many rows break each rule of the schema; empty when all obey."""
    _, failures = observation().filter(rows)
    return dict(failures.counts())
