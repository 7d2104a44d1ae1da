"""What comes of a setting in one cell, beside base: read off the edition, or evaluated where levers are moved."""

from dataclasses import dataclass
from datetime import date

from fastapi import Request

from data.base.layers import Status
from projection.edition.edition import BASE, Edition
from projection.edition.points import Point
from service.api.gaps.against_base import AgainstBase, against_base
from service.api.gaps.gaps import GapQuery, GapReading, read_gap
from service.api.scenarios.evaluation import ComparedBand, ComparedNumber, EvaluatedPoint, answer_of
from service.api.scenarios.what_if import SettingQuery
from service.base.waiting import evaluated
from service.wording import Scale


@dataclass(frozen=True)
class Outcome:
    """A cell under a setting.

    Attributes:
        base: the cell in base, as the edition has it.
        points: every year under the setting, in base, and the difference; none while there are none, or where the cell
            does not answer.
        affected: whether the setting moves the cell at all; its points are those of base where it does not.
        state: ``waiting``, ``preview`` or ``done``.
        draws: how many an evaluation rests on; None while there is none, and of what the edition has.
    """

    base: GapReading
    points: tuple[EvaluatedPoint, ...]
    affected: bool = True
    state: str = "done"
    draws: int | None = None

    @property
    def scale(self) -> Scale:
        """The unit of all numbers."""
        return Scale.of((point.demand["0.5"] for point in self.base.points), self.base.cell.unit)

    @property
    def fine(self) -> Scale:
        """The same with the decimals that suit the gap, where there is one."""
        scale = self.scale
        gaps = [
            band["0.5"] / scale.divisor
            for point in self.points
            if point.gap
            for band in (point.gap.value, point.gap.base)
        ]
        return Scale(scale.divisor, scale.unit, Scale.of(gaps, "").digits) if gaps else scale

    def at(self, day: date) -> EvaluatedPoint | None:
        """The point of a day; None where there is none."""
        return next((point for point in self.points if point.period == day), None)


async def outcome_of(
    request: Request, edition: Edition, query: SettingQuery, *, preview: bool = False, patience: float | None = None
) -> Outcome:
    """What comes of a setting, as far as it comes while a request waits.

    Args:
        request: that waits.
        edition: whose base it is compared with.
        query: the cell and the setting.
        preview: whether a preview is enough.
        patience: seconds to wait; those of the API by default.

    Raises:
        EvaluationUnavailable: it has to be evaluated and cannot be.
        InvalidParameter: an unknown scenario or lever.
    """
    base = read_gap(edition, GapQuery.model_validate({"region": query.region, "layer": query.layer}))
    if base.cell.status is Status.UNAVAILABLE:
        return Outcome(base, ())
    if query.levers is None and (issued := _of_edition(edition, query, base)) is not None:
        return issued
    answer = answer_of(await evaluated(request, query.question(edition.id), preview=preview, patience=patience))
    if not answer.cells:
        return Outcome(base, (), state=answer.state)
    (cell,) = answer.cells
    points = tuple(cell.points) if cell.affected else _unmoved(base)
    return Outcome(base, points, cell.affected, answer.state, answer.draws)


def _of_edition(edition: Edition, query: SettingQuery, base: GapReading) -> Outcome | None:
    """A scenario as the edition has it; None of one that it has not beside base."""
    if query.scenario == BASE:
        return Outcome(base, _unmoved(base), affected=False)
    if query.scenario not in edition.scenarios:
        return None
    reading = read_gap(edition, base.query.model_copy(update={"scenario": query.scenario}))
    if edition.unaffected(reading.cell):
        return Outcome(base, _unmoved(base), affected=False)
    of_base = {point.period: point for point in reading.base}
    pairs = [(point, against_base(point, of_base[point.period])) for point in reading.points]
    points = tuple(_point(point, beside) for point, beside in pairs if beside is not None)
    return Outcome(base, points) if len(points) == len(pairs) else None


def _unmoved(base: GapReading) -> tuple[EvaluatedPoint, ...]:
    return tuple(_point(point, None) for point in base.points)


def _point(point: Point, beside: AgainstBase | None) -> EvaluatedPoint:
    """A point of the edition as an evaluation has it; without one beside it, the difference is none."""

    def band(name: str) -> ComparedBand | None:
        value = getattr(point, name)
        if value is None:
            return None
        of_base = None if beside is None else getattr(beside, name)
        if of_base is None:
            return ComparedBand(value=value, base=value, difference=dict.fromkeys(value, 0.0), p_sign=1.0)
        return ComparedBand(value=value, **of_base.model_dump())

    def number(name: str) -> ComparedNumber | None:
        value = getattr(point, name)
        if value is None:
            return None
        of_base = None if beside is None else getattr(beside, name)
        if of_base is None:
            return ComparedNumber(value=value, base=value, difference=0.0, p_sign=1.0)
        return ComparedNumber(value=value, **of_base.model_dump())

    return EvaluatedPoint.model_validate(
        {
            "period": point.period,
            **{name: band(name) for name in ("demand", "supply", "gap")},
            **{name: number(name) for name in ("p_short", "expected_shortfall")},
        }
    )
