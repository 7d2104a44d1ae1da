"""The schema of an observation, as rules that every row of a connector must pass before it is stored."""

import dataframely as dy
import polars as pl

from data.catalogue.observations import CONFIDENCES, KINDS
from data.periods.period import Frequency


class Observation(dy.Schema):
    """One figure; columns as in :data:`data.catalogue.observations.COLUMNS`, and the table it stands in."""

    series_id = dy.String(nullable=False, regex=r"^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)+$")
    region = dy.String(nullable=False, min_length=1)
    metric = dy.String(nullable=False, min_length=1)
    unit = dy.String(nullable=False, min_length=1)
    freq = dy.String(nullable=False, check=lambda column: column.is_in([freq.value for freq in Frequency]))
    period = dy.Date(nullable=False)
    value = dy.Float64(nullable=True)
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    kind = dy.String(nullable=False, check=lambda column: column.is_in(KINDS))
    scenario = dy.String(nullable=False)
    source_id = dy.String(nullable=False, min_length=1)
    published = dy.Date(nullable=True)
    confidence = dy.String(nullable=False, check=lambda column: column.is_in(CONFIDENCES))
    note = dy.String(nullable=False)
    table = dy.String(nullable=False, min_length=1)

    @dy.rule()
    def finite(cls) -> pl.Expr:  # noqa: N805 - the library calls rules on the class
        """A figure is a number."""
        return pl.all_horizontal(pl.col("value", "low", "high").is_finite().fill_null(value=True))


def broken(rows: pl.DataFrame) -> dict[str, int]:
    """How many rows break each rule of the schema; empty when all obey."""
    _, failures = Observation.filter(rows)
    return dict(failures.counts())
