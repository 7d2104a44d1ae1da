"""Tables of ``/v1/gaps``: a row a period, or a row a number."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from data.base.quantiles import Quantile
from data.periods.period import Frequency, Period
from service.api.gaps.gap_answer import GapAnswer, GapPoint
from service.base.tables import ATTRIBUTION, attribution, level_column

TEXT, NUMBER, DAY = pl.String(), pl.Float64(), pl.Date()
HEAD = {
    **dict.fromkeys(("region", "layer", "scenario", "demand", "freq"), TEXT),
    **dict.fromkeys(("period", "period_end"), DAY),
    **dict.fromkeys(("unit", "unit_kind", "timing"), TEXT),
}
"""Columns before the numbers."""
TAIL = {
    **dict.fromkeys(("status", "confidence", "reason", "edition"), TEXT),
    "issued": pl.Datetime("us", "UTC"),
    "data_as_of": DAY,
    ATTRIBUTION: TEXT,
}
"""Columns after them."""
BANDS = ("demand", "supply", "gap")
"""Bands of a wide row."""
CHANCES = ("p_short", "expected_shortfall", "p_short_by", "model_error_share")
"""Numbers of a wide row that are no band."""
KEYED = {"p_above", "binding", "width_split"}
"""Measures whose keys are never quantile levels."""
WIDE, LONG = "wide", "long"


def rows(answer: GapAnswer, chosen: Sequence[Quantile], above: str | None, *, long: bool) -> pl.DataFrame:
    """The table of an answer; one without points has one row, which says why.

    Args:
        answer: about one cell.
        chosen: levels of its bands.
        above: thresholds that were asked for, as one text.
        long: a row a number instead of a row a period.
    """
    thresholds = above.split(",") if above else []
    if long:
        schema = {"measure": TEXT, "quantile": NUMBER, "value": NUMBER}
    else:
        columns = [level_column(name, level) for name in BANDS for level in chosen]
        schema = dict.fromkeys((*columns, *CHANCES, *(f"p_above_{x}" for x in thresholds)), NUMBER)
    head = _head(answer)
    lines: list[dict[str, object]] = []
    for point in answer.points:
        end = Period(point.period, Frequency(answer.freq)).end
        period = {"period": point.period, "period_end": end}
        each = _long(point, chosen) if long else [_wide(point, chosen, thresholds)]
        lines.extend({**head, **period, **numbers} for numbers in each)
    return pl.DataFrame(lines or [head], schema=HEAD | schema | TAIL)


def _head(answer: GapAnswer) -> dict[str, object]:
    """The cells that say the same in every row of an answer."""
    same = {name: getattr(answer, name) for name in HEAD | TAIL if hasattr(answer, name)}
    return {**same, "demand": answer.demand_concept, ATTRIBUTION: attribution(answer.sources)}


def _wide(point: GapPoint, chosen: Sequence[Quantile], above: Sequence[str]) -> dict[str, float | None]:
    numbers: dict[str, float | None] = {name: getattr(point, name) for name in CHANCES}
    for name in BANDS:
        band = getattr(point, name) or {}
        numbers |= {level_column(name, level): band.get(str(level)) for level in chosen}
    return numbers | {f"p_above_{x}": (point.p_above or {}).get(x) for x in above}


def _long(point: GapPoint, chosen: Sequence[Quantile]) -> Iterator[dict[str, object]]:
    """Every number of a point: its measure, dotted where it lies deeper, and its level where it has one."""
    by_key = {str(level): float(level) for level in chosen}

    def numbers(measure: str, value: object, *, keyed: bool) -> Iterator[dict[str, object]]:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in by_key and not keyed:
                    yield {"measure": measure, "quantile": by_key[key], "value": inner}
                else:
                    yield from numbers(f"{measure}.{key}", inner, keyed=keyed)
        elif isinstance(value, float):
            yield {"measure": measure, "quantile": None, "value": value}

    for name, value in point.model_dump(exclude={"period"}).items():
        yield from numbers(name, value, keyed=name in KEYED)
