"""What a figure can be at least and at most, by the support of its series and the size its unit allows.

The bounds are wide on purpose: they catch a figure in a wrong unit and let a surprising one pass.
"""

import polars as pl

from data.base.units import UNITS
from data.catalogue.definitions import support_of
from data.catalogue.support import Support

HIGHEST_PUE = 3.5
"""Power usage effectiveness nobody reports more than."""


def bounded(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with three more columns: their ``support``, the ``least`` value and the ``most`` a value can be in size.

    ``least`` is null where a value may have either sign. ``rows`` have ``series_id``, ``metric`` and ``unit``.
    """
    names = ["series_id", "metric", "unit"]
    triples = rows.select(names).unique()
    supports = [
        support_of(series_id or "", metric=metric or "", unit=unit or "") for series_id, metric, unit in triples.rows()
    ]
    facts = triples.with_columns(
        pl.Series("support", [one.value for one in supports], dtype=pl.String),
        pl.Series("least", [one.minimum for one in supports], dtype=pl.Float64),
        pl.Series("most", list(map(_most, supports, triples["unit"])), dtype=pl.Float64),
    )
    return rows.join(facts, on=names, how="left", nulls_equal=True, maintain_order="left")


def _most(support: Support, unit: str | None) -> float | None:
    if support is Support.AT_LEAST_ONE:
        return HIGHEST_PUE
    return support.maximum or (UNITS[unit].most if unit in UNITS else None)
