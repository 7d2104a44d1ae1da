"""What changed from one edition to another: in what they were made from, cause by cause, and in what they say.

The effect on cells is that of all causes together. Where one alone changed it is the effect of that one; how several
share it takes a projection for each of their combinations (:mod:`projection.scenarios.attribution.editions`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from data.base.layers import Layer, Status
from data.base.quantiles import Quantile
from data.store.store import VINTAGE_KEY
from features.view import View
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Cell, Edition
from projection.edition.points import Point

MEDIAN = Quantile(0.5)
TOGETHER = (
    "The effect on cells is that of all changes together. How several causes share it takes a projection for each of "
    "their combinations: headroom editions explain BEFORE AFTER draws them for one cell."
)
NOT_EXACT = (
    "The figures as known on the day of {edition} are not those it was made from any more: some were stored later with "
    "an earlier day of publication, or tables were corrected. What is listed is what is known of both days now."
)
NOT_LISTED = "What changed are tables of tracked sites, chips or release lags, which are not listed figure by figure."


class Cause(StrEnum):
    """What an edition is made from, by kind."""

    FIGURES = "figures"
    REVISIONS = "revisions"
    MODELS = "models"
    ASSUMPTIONS = "assumptions"
    CODE = "code"
    DRAWS = "draws"


FACTS: Mapping[Cause, tuple[str, ...]] = {
    Cause.MODELS: ("model_version", "champion_turn"),
    Cause.ASSUMPTIONS: ("assumptions",),
    Cause.CODE: ("code", "libraries", "format"),
    Cause.DRAWS: ("seed", "draws", "scenarios"),
}
"""What the manifest says of causes other than figures."""
OF_FIGURES = ("data_as_of", "data_rule", "data_sha256")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the manifests that differs; None where an edition does not state it."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RevisedFigure:
    """The figure of a series that was revised most, relative to what it was."""

    period: date
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """How a series of one source changed between the days of two editions.

    Attributes:
        added: figures that were not known before, or are known no more (negative); newest: period of the last of them.
        revised: figures whose value changed; largest: the one that changed most.
    """

    series_id: str
    freq: str
    source_id: str
    added: int
    newest: date | None
    revised: int
    largest: RevisedFigure | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A number in both editions; None where one does not carry it."""

    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class YearEffect:
    """What both editions say of a year: medians in the cell's unit, and the chance of being short."""

    period: date
    demand: Pair
    gap: Pair
    p_short: Pair


@dataclass(frozen=True, slots=True)
class CellEffect:
    """The years of a cell, under what is wanted in the base scenario."""

    region: str
    layer: Layer
    unit: str
    status: tuple[Status, Status]
    points: tuple[YearEffect, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """From one edition to another.

    Attributes:
        causes: what changed of what they were made from; empty where nothing did.
        facts: of the manifests, by cause.
        series: those of which figures were added or revised, by id.
        cells: what both say, cell by cell.
        notes: what the lists do not show, in sentences.
    """

    before: str
    after: str
    causes: tuple[Cause, ...]
    facts: Mapping[Cause, tuple[Fact, ...]]
    series: tuple[SeriesChange, ...]
    cells: tuple[CellEffect, ...]
    notes: tuple[str, ...]


def changes(before: Edition, after: Edition, *, earlier: View, later: View) -> Changes:
    """What changed from one edition to another.

    Args:
        before: the edition compared with.
        after: the edition that is asked about.
        earlier: the figures as known on the day of ``before``, under its rule.
        later: the same of ``after``.

    Raises:
        ArtifactCorrupt: a file of theirs is gone or damaged since they were verified.
    """
    facts = {
        cause: tuple(_facts(before, after, names)) for cause, names in {Cause.FIGURES: OF_FIGURES, **FACTS}.items()
    }
    series = series_changes(earlier, later)
    causes: list[Cause] = [cause for cause, different in facts.items() if different and cause is not Cause.FIGURES]
    # Another day with the same tables is no change of what was known.
    if any(fact.name == "data_sha256" for fact in facts[Cause.FIGURES]):
        added, revised = any(one.added for one in series), any(one.revised for one in series)
        # What changed without showing in the list is figures all the same.
        if added or not revised:
            causes.append(Cause.FIGURES)
        if revised:
            causes.append(Cause.REVISIONS)
    views = ((before, earlier), (after, later))
    notes = [NOT_EXACT.format(edition=edition.id) for edition, view in views if not _exact(edition, view)]
    if Cause.FIGURES in causes and not series and not notes:
        notes.append(NOT_LISTED)
    return Changes(
        before=before.id,
        after=after.id,
        causes=tuple(sorted(causes, key=list(Cause).index)),
        facts={cause: different for cause, different in facts.items() if different},
        series=tuple(series),
        cells=tuple(_cells(before, after)),
        notes=(*notes, *((TOGETHER,) if len(causes) > 1 else ())),
    )


def _facts(before: Edition, after: Edition, names: tuple[str, ...]) -> Iterator[Fact]:
    for name in names:
        values = before.manifest.get(name), after.manifest.get(name)
        if values[0] != values[1]:
            yield Fact(name, *values)


def _exact(edition: Edition, view: View) -> bool:
    return "data_sha256" not in edition.manifest or edition.manifest["data_sha256"] == view.sha256()


def series_changes(earlier: View, later: View) -> list[SeriesChange]:
    """Series with figures added or revised from one view to the other, by id, frequency and source."""
    columns = [*VINTAGE_KEY, "value"]
    both = earlier.rows.select(columns, known=True).join(
        later.rows.select(columns, known=True), on=VINTAGE_KEY, how="full", coalesce=True, nulls_equal=True
    )
    before, after = pl.col("known").is_not_null(), pl.col("known_right").is_not_null()
    revised = before & after & pl.col("value").ne_missing(pl.col("value_right"))
    relative = (pl.col("value_right") - pl.col("value")).abs() / pl.col("value").abs()
    different = both.filter((before != after) | revised).with_columns(
        added=after.cast(pl.Int64) - before.cast(pl.Int64), revised=revised, relative=relative.fill_nan(0).fill_null(0)
    )
    grouped = different.sort("relative", *VINTAGE_KEY).group_by("series_id", "freq", "source_id", maintain_order=True)
    rows = grouped.agg(
        pl.col("added").sum(),
        pl.col("period").filter(pl.col("added") == 1).max().alias("newest"),
        pl.col("revised").sum(),
        *(pl.col(name).filter(pl.col("revised")).last() for name in ("period", "value", "value_right")),
    )
    return [
        SeriesChange(
            row["series_id"],
            row["freq"],
            row["source_id"],
            row["added"],
            row["newest"],
            row["revised"],
            RevisedFigure(row["period"], row["value"], row["value_right"]) if row["revised"] else None,
        )
        for row in rows.sort("series_id", "freq", "source_id").iter_rows(named=True)
    ]


def figures_between(earlier: View, later: View, *, added: bool, revised: bool) -> View:
    """The earlier figures with what was added to them, with what was revised of them, or with both as known later.

    Tables of tracked sites count as added.

    Args:
        earlier: the figures of a store as known on a day.
        later: the same on a later day, under the same rule.
        added: whether figures are seen that were not known earlier.
        revised: whether those that were known are seen as they are known later.
    """
    if added == revised:
        return later if added else earlier
    rows, former = later.vintages(), earlier.rows.select(VINTAGE_KEY)
    if revised:
        of_former = rows.join(former, on=VINTAGE_KEY, how="semi", nulls_equal=True)
        return replace(later.at(later.as_of, rows=of_former), site_vintages=earlier.site_vintages)
    new = rows.join(former, on=VINTAGE_KEY, how="anti", nulls_equal=True)
    return later.at(later.as_of, rows=pl.concat([earlier.vintages(), new]))


def _cells(before: Edition, after: Edition) -> Iterator[CellEffect]:
    for region in REGIONS_ANSWERED:
        for layer in Layer:
            cells = before.cell(region, layer), after.cell(region, layer)
            if all(cell.status is Status.UNAVAILABLE for cell in cells):
                continue
            first, last = _points(before, cells[0]), _points(after, cells[1])
            years = sorted({*first, *last})
            yield CellEffect(
                region,
                layer,
                cells[1].unit,
                (cells[0].status, cells[1].status),
                tuple(_year(year, first.get(year), last.get(year)) for year in years),
            )


def _points(edition: Edition, cell: Cell) -> dict[date, Point]:
    return {point.period: point for point in edition.answer(cell, levels=(MEDIAN,))}


def _year(year: date, before: Point | None, after: Point | None) -> YearEffect:
    points = before, after
    demand, gap = (
        Pair(*(_median(getattr(point, name)) if point else None for point in points)) for name in ("demand", "gap")
    )
    return YearEffect(year, demand, gap, Pair(*(point.p_short if point else None for point in points)))


def _median(band: Mapping[str, float] | None) -> float | None:
    return None if band is None else band[str(MEDIAN)]
