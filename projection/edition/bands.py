"""Bands: what an edition keeps of a scenario when it has not its draws, every answer at fixed levels and thresholds.

An answer is kept under its question as it was read off the draws, in one file a scenario. Nothing is interpolated: a
level or threshold that is not kept is refused, and the scenario has to be drawn again to have it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer
from data.base.quantiles import Quantile
from data.periods.period import Frequency
from projection.edition.points import Band, Differences, Point, shortest

LEVELS = tuple(Quantile(percent / 100) for percent in (1, 2.5, *range(5, 100, 5), 97.5, 99))
"""Quantile levels of every band that is kept: those hubs of forecasts ask for."""
THRESHOLDS: Mapping[str, tuple[float, ...]] = {
    "GW": (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0),
    "TWh": (0.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0),
    "H100e": (0.0, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7),
    "EB": (0.0,),
}
"""Thresholds x of P(gap > x) that are kept, by the unit of the layer."""
EVALUATE = "POST /v1/scenarios:evaluate draws it again"
"""The way to what is not kept."""
POINTS = TypeAdapter(list[Point])
COMPRESSION = 9
"""Of zstd: 12 % smaller than what is written without a level, in a tenth of a second more."""
QUESTION, ANSWER = "question", "answer"
BANDS = ("demand", "supply", "gap", "plan_late", "stranded", "vacant", "shortages", "expected")
"""Fields of a point that are one band at the levels asked for."""
GROUPS = ("growth", "year_growth", "stock")
"""Fields of a point that are several."""


def file_of(scenario: str) -> str:
    """The file of a scenario's bands."""
    return f"bands/{scenario}.parquet"


def holds(file: str, scenario: str) -> bool:
    """Whether a file holds bands or draws of a scenario: one of its folder or, in the second format, all of them."""
    return file in {file_of(scenario), f"draws/{scenario}.parquet"} or file.startswith(f"draws/{scenario}/")


def table(answers: Mapping[str, bytes]) -> pl.DataFrame:
    """Answers, JSON by question, as they are written."""
    texts = {name: answer.decode() for name, answer in answers.items()}
    return pl.DataFrame({QUESTION: list(texts), ANSWER: list(texts.values())})


def of_points(region: str, layer: Layer, concept: DemandConcept, freq: Frequency, *, narrow: bool) -> str:
    """The question that the points of a cell answer."""
    return "|".join(("points", region, layer, concept, "16bit" if narrow else "8bit", freq))


def of_limits(region: str, freq: Frequency) -> str:
    """The question that what limits a region answers."""
    return f"limits|{region}|{freq}"


def of_pace(cell: str) -> str:
    """The question that the pace of supply beside a cell answers."""
    return f"pace|{cell}"


def refuse_others(parameter: str, wanted: Sequence[float], allowed: Sequence[float], *, scenario: str) -> None:
    """Raise :class:`InvalidParameter` for a level or a threshold that is not kept of a scenario."""
    for value in wanted:
        if value not in allowed:
            message = f"{shortest(value)} is not kept of {scenario}: an edition has draws of base alone; {EVALUATE}"
            raise InvalidParameter(parameter, message, allowed=[shortest(one) for one in allowed])


def at(point: Point, levels: Sequence[Quantile], above: Sequence[float]) -> Point:
    """A point that is kept, with some of its levels and thresholds."""

    def band(whole: Band | None) -> Band | None:
        return None if whole is None else {str(level): whole[str(level)] for level in levels}

    def bands(group: Mapping[str, Any] | None) -> dict[str, Band | None] | None:
        return None if group is None else {name: band(one) for name, one in group.items()}

    def differences(whole: Differences | None) -> Differences | None:
        if whole is None:
            return None
        chosen = {name: replace(one, band=band(one.band) or {}) for name, one in whole.bands.items()}
        thresholds = [shortest(x) for x in above]
        return replace(whole, bands=chosen, p_above={x: one for x, one in whole.p_above.items() if x in thresholds})

    chances = point.p_above
    fields: dict[str, Any] = {name: band(getattr(point, name)) for name in BANDS}
    fields |= {name: bands(getattr(point, name)) for name in GROUPS}
    fields["p_above"] = {shortest(x): chances[shortest(x)] for x in above} if chances and above else None
    fields["difference"] = differences(point.difference)
    return replace(point, **fields)
