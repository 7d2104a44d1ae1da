"""Rules for rows of sources and imports. A row that breaks one is put into quarantine with the reason.

Two steps: :func:`well_formed` checks each row alone; :func:`plausible` compares new rows with their series, with other
sources, and with what the same source said before. Shipped rows are checked by :mod:`data.checks.rules`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import dataframely as dy
import polars as pl

from data.catalogue.bounds import bounded
from data.catalogue.definitions import Definition
from data.catalogue.jumps import FACTOR, FLOOR, around, is_jump
from data.catalogue.observations import CONFIDENCES, KINDS, OBSERVATION, TABLE
from data.catalogue.reasons import Reason
from data.catalogue.schema import with_columns
from data.catalogue.support import Support
from data.periods.period import Frequency
from data.store.vintages import FIGURE

REVISION = 0.5
"""Largest relative revision that is let in where the registry states no limit of the source's own."""


WORDS = [one.name for one in (*OBSERVATION, TABLE) if one.dtype is pl.String and not one.blank and not one.allowed]
"""Columns whose text may be any but none."""


@dataclass(frozen=True)
class ValidationResult:
    """Rows let in, and rows kept out with ``reason`` and ``detail`` as two more columns."""

    good: pl.DataFrame
    bad: pl.DataFrame


class _Rules(dy.Schema):
    # Rule names are reason codes, in the order of precedence: the first that fails is the reason reported.
    known_unit = dy.String(nullable=True)
    known_region = dy.String(nullable=True)
    known_metrics = dy.List(dy.String(), nullable=True)
    known_tables = dy.List(dy.String(), nullable=True)
    is_defined = dy.Bool(nullable=False)
    retrieved_day = dy.Date(nullable=False)
    support = dy.String(nullable=False)
    least = dy.Float64(nullable=True)
    most = dy.Float64(nullable=True)

    @dy.rule()
    def row_malformed(cls) -> pl.Expr:  # noqa: N805 - the library calls rules on the class
        filled = pl.all_horizontal(pl.col(*WORDS).str.len_chars().fill_null(0) > 0)
        complete = pl.col("scenario").is_not_null() & pl.col("note").is_not_null() & pl.col("published").is_not_null()
        listed = pl.col("kind").is_in(KINDS) & pl.col("confidence").is_in(CONFIDENCES)
        return (filled & complete & listed).fill_null(value=False)

    @dy.rule()
    def series_unknown(cls) -> pl.Expr:  # noqa: N805 - as above
        return pl.col("is_defined")

    @dy.rule()
    def definition_mismatch(cls) -> pl.Expr:  # noqa: N805 - as above
        listed = pl.col("known_metrics").list.contains(pl.col("metric"))
        stands = pl.col("known_tables").list.contains(pl.col("table"))
        same = pl.col("region").eq_missing(pl.col("known_region")) & listed & stands
        return same.fill_null(value=False) | ~pl.col("is_defined")

    @dy.rule()
    def unit_unexpected(cls) -> pl.Expr:  # noqa: N805 - as above
        return pl.col("unit").eq_missing(pl.col("known_unit")) | ~pl.col("is_defined")

    @dy.rule()
    def period_invalid(cls) -> pl.Expr:  # noqa: N805 - as above
        month = pl.col("period").dt.month()
        # A fiscal year may start in any month; a fiscal quarter stands under a calendar quarter.
        on_grid = (
            pl.when(pl.col("freq") == Frequency.QUARTER.value)
            .then(month.is_in([1, 4, 7, 10]))
            .when(pl.col("freq") == Frequency.HALF.value)
            .then(month.is_in([1, 7]))
            .otherwise(pl.col("freq").is_in([frequency.value for frequency in Frequency]))
        )
        return ((pl.col("period").dt.day() == 1) & on_grid).fill_null(value=False)

    @dy.rule()
    def not_a_number(cls) -> pl.Expr:  # noqa: N805 - as above
        finite = pl.all_horizontal(pl.col("value", "low", "high").is_finite().fill_null(value=True))
        return finite & pl.any_horizontal(pl.col("value", "low", "high").is_not_null())

    @dy.rule()
    def range_order(cls) -> pl.Expr:  # noqa: N805 - as above
        value, low, high = pl.col("value"), pl.col("low"), pl.col("high")
        return pl.all_horizontal(test.fill_null(value=True) for test in (low <= value, value <= high, low <= high))

    @dy.rule()
    def published_impossible(cls) -> pl.Expr:  # noqa: N805 - as above
        foretold = (pl.col("published") < pl.col("period")) & (pl.col("kind") == "actual")
        # Auctions clear years ahead and are facts on the day they clear.
        ahead = foretold & ~pl.col("series_id").str.contains("auction")
        return ~(ahead | (pl.col("published") > pl.col("retrieved_day"))).fill_null(value=False)

    @dy.rule()
    def sign(cls) -> pl.Expr:  # noqa: N805 - as above
        return ((pl.min_horizontal("value", "low") >= 0) | (pl.col("support") == Support.REAL)).fill_null(value=True)

    @dy.rule()
    def out_of_range(cls) -> pl.Expr:  # noqa: N805 - as above
        size = pl.max_horizontal(pl.col("value", "low", "high").abs())
        above = (pl.min_horizontal("value", "low") >= pl.col("least")).fill_null(value=True)
        return (size <= pl.col("most")).fill_null(value=True) & above


_Row = with_columns(_Rules)

ORDER = (
    Reason.ROW_MALFORMED,
    Reason.SERIES_UNKNOWN,
    Reason.DEFINITION_MISMATCH,
    Reason.UNIT_UNEXPECTED,
    Reason.PERIOD_INVALID,
    Reason.NOT_A_NUMBER,
    Reason.RANGE_ORDER,
    Reason.PUBLISHED_IMPOSSIBLE,
    Reason.SIGN,
    Reason.OUT_OF_RANGE,
)


def well_formed(rows: pl.DataFrame, definitions: Mapping[str, Definition], *, retrieved: datetime) -> ValidationResult:
    """Judge each row alone: definition, unit, period, number, order, day, sign and range; and twins within one answer.

    ``rows`` have the columns of :data:`data.connectors.contract.ROW_SCHEMA`. Rows given twice with the same figure
    are one; given twice with different figures, all of them are kept out.
    """
    expected = pl.DataFrame(
        [
            (one.series_id, freq, unit, one.region, list(one.metrics), list(one.tables))
            for one in definitions.values()
            for freq, unit in one.units.items()
        ],
        schema={
            "series_id": pl.String,
            "freq": pl.String,
            "known_unit": pl.String,
            "known_region": pl.String,
            "known_metrics": pl.List(pl.String),
            "known_tables": pl.List(pl.String),
        },
        orient="row",
    )  # fmt: skip
    described = (
        bounded(rows)
        .join(expected, on=["series_id", "freq"], how="left", maintain_order="left")
        .with_columns(
            pl.col("known_unit").is_not_null().alias("is_defined"), pl.lit(retrieved.date()).alias("retrieved_day")
        )
    )
    good, failures = _Row.filter(described)
    broken = failures.details().with_columns(
        pl.coalesce(pl.when(pl.col(reason.value) == "invalid").then(pl.lit(reason.value)) for reason in ORDER)
        .fill_null(Reason.ROW_MALFORMED.value)
        .alias("reason")
    )
    detail = (
        pl.when(pl.col("reason") == Reason.UNIT_UNEXPECTED.value)
        .then(pl.format("{} in {}, expected {}", "series_id", "unit", pl.col("known_unit").fill_null("nothing")))
        .when(pl.col("reason") == Reason.DEFINITION_MISMATCH.value)
        .then(pl.format("{}: {} {} in {}", "series_id", "region", "metric", "table"))
        .otherwise(pl.format("{} {} {}", "series_id", "freq", pl.col("period").cast(pl.String).fill_null("no period")))
    )
    bad = broken.with_columns(detail.fill_null("").alias("detail")).select(*rows.columns, "reason", "detail")
    return _twins(good.select(rows.columns), bad)


def _twins(rows: pl.DataFrame, bad: pl.DataFrame) -> ValidationResult:
    key = [*FIGURE, "published"]
    single = rows.unique([*key, "value", "low", "high", "kind"], keep="first", maintain_order=True)
    twice = pl.struct(key).is_duplicated()
    apart = single.filter(twice).with_columns(
        pl.lit(Reason.DUPLICATE.value).alias("reason"),
        pl.lit("the same figure twice in one answer, with different values").alias("detail"),
    )
    return ValidationResult(single.filter(~twice), pl.concat([bad, apart]))


def plausible(
    rows: pl.DataFrame, context: pl.DataFrame, *, source_id: str, revision: float = REVISION
) -> ValidationResult:
    """Judge news against its own series, against other sources and against what the source said before.

    Args:
        rows: news with ``first`` and ``before``, as :func:`data.store.vintages.news` gives it.
        context: the last vintages known of the same series, all sources, columns of a stored observation.
        source_id: the source the news comes from.
        revision: largest relative revision let in.
    """
    line_columns = ["series_id", "freq", "scenario", "source_id"]
    figures = pl.concat(
        [
            context.filter(pl.col("source_id") == source_id)
            .join(rows, on=FIGURE, how="anti")
            .select(*FIGURE, "value", "metric"),
            rows.select(*FIGURE, "value", "metric"),
        ]
    ).sort(*line_columns, "period")
    positive = pl.when(pl.col("value") > 0).then(pl.col("value").log())
    # Cumulative figures of one vintage; news alone is judged, so the series ascends within what is now believed.
    shape = (
        figures.with_columns(
            pl.col("value").shift(1).over(line_columns).alias("earlier"),
            around(positive, line_columns).alias("around"),
            pl.col("value").abs().median().over(line_columns).alias("usual"),
        )
        .unique(FIGURE, keep="last")
        .select(*FIGURE, "earlier", "around", "usual")
    )
    others = (
        context.filter((pl.col("source_id") != source_id) & (pl.col("value") > 0))
        .group_by("series_id", "freq", "period", "scenario")
        .agg(pl.col("value").median().alias("others"))
    )
    compared = (
        bounded(rows)
        .join(shape, on=FIGURE, how="left", maintain_order="left")
        .join(others, on=["series_id", "freq", "period", "scenario"], how="left", maintain_order="left")
    )
    logarithm = math.log(FACTOR)
    size = pl.max_horizontal(pl.col("before").abs(), FLOOR * pl.col("usual"))
    change = (pl.col("value") - pl.col("before")).abs()
    tests = {
        Reason.STOCK_FELL: (
            (pl.col("support") == Support.NONDECREASING) & (pl.col("value") < pl.col("earlier") * (1 - 1e-9)),
            pl.format("{} after {}", "value", "earlier"),
        ),
        Reason.REVISION: (
            change > revision * size,
            pl.format("{} instead of {}, limit {} %", "value", "before", pl.lit(100 * revision)),
        ),
        Reason.JUMP: (
            is_jump(positive, pl.col("around"), pl.col("usual"))
            # A figure of this size was let in before; how far it moved is the rule of revisions.
            & ((positive - pl.col("before").log()).abs() > logarithm).fill_null(value=True),
            pl.format(
                "{} is {} times its neighbours, around {}",
                "value",
                (pl.col("value") / pl.col("around").exp()).round_sig_figs(3),
                pl.col("around").exp().round(6),
            ),
        ),
        Reason.DISAGREES: (
            (positive - pl.col("others").log()).abs() > logarithm,
            pl.format("{} where others say {}", "value", "others"),
        ),
    }
    judged = compared.with_columns(
        pl.coalesce(
            pl.when(broken.fill_null(value=False)).then(pl.lit(reason.value)) for reason, (broken, _) in tests.items()
        ).alias("reason"),
        pl.coalesce(
            pl.when(broken.fill_null(value=False)).then(detail) for broken, detail in tests.values()
        ).alias("detail"),
    )  # fmt: skip
    columns = [name for name in rows.columns if name not in {"before", "first"}]
    return ValidationResult(
        judged.filter(pl.col("reason").is_null()).select(columns),
        judged.filter(pl.col("reason").is_not_null()).select(*columns, "reason", "detail"),
    )
