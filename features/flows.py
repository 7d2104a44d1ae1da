"""Flows joined from every form a publisher prints them in, and the running totals they add up to.

A flow takes the stated figure of a period; else the difference of running totals; else the figure of the year before
times the stated growth, or of the year after over it (:mod:`data.catalogue.forms`). Running totals are stated, or
follow from their own growth, or from another total and the flow between. January and February that are printed
together stay one sum of two months and are no figure of either.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from statistics import median
from types import MappingProxyType

import numpy as np

from data.base.errors import InvalidParameter, NotFound
from data.catalogue.definitions import Definition, by_form, definitions
from data.catalogue.forms import Figure, Figures, Form, Sums, Way, grown, intervals, periods_of_year, printed
from data.catalogue.support import Support
from data.periods.period import Frequency, Period, period_range
from features.series import ModelSeries, SpanSum, derive
from features.view import View

JOINED = "join.forms"
"""Recipe of a flow or a total of which a figure follows from others."""
LARGEST_ROUNDING = 0.1
"""A difference whose rounding error is more than this share of it says next to nothing, and is no figure."""
NOTHING = 0.01
"""Share of a usual difference below which one is as good as zero, and its rounding is judged by that share."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms in which one flow is published.

    Attributes:
        totals: its running totals, and series that repeat it; growth: its growth on the year.
        freq: frequency of the flow.
    """

    flow: str
    region: str
    freq: Frequency
    totals: tuple[Definition, ...]
    growth: tuple[Definition, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every series the flow is joined from."""
        growths = (one.series_id for total in self.totals for one in _growth_of(total.series_id))
        flow_input = (self.flow,) if self.flow in definitions() else ()
        return (*flow_input, *(one.series_id for one in (*self.totals, *self.growth)), *growths)


@cache
def forms() -> Mapping[str, Forms]:
    """Every flow that is seen in other forms than its own, by id."""
    forms_by_name = {
        flow: Forms(
            flow,
            relatives[0].region,
            min((Frequency(freq) for one in relatives for freq in one.units), key=lambda freq: freq.months),
            tuple(one for one in relatives if one.form is not Form.GROWTH),
            tuple(one for one in relatives if one.form is Form.GROWTH),
        )
        for flow, relatives in by_form().items()
        if form_of(flow) is None
    }
    return MappingProxyType(forms_by_name)


def form_of(series_id: str) -> Form | None:
    """How a series relates to another one; None where it is a quantity of its own."""
    definition = definitions().get(series_id)
    return None if definition is None else definition.form


def flow_of(series_id: str) -> str:
    """The id of the flow a series is a form of; raises :class:`InvalidParameter` for a quantity of its own."""
    definition = definitions().get(series_id)
    if definition is None or definition.form_of is None:
        raise InvalidParameter("series", f"{series_id} is a quantity of its own")
    return definition.form_of


def _growth_of(series_id: str) -> tuple[Definition, ...]:
    return tuple(one for one in by_form().get(series_id, ()) if one.form is Form.GROWTH)


class _Knowledge:
    """What is known of a flow on a day: its stated figures, its running totals, and the sums both make.

    Attributes:
        read: the series it came from; unit: that of the first of them, in which all figures are.
    """

    def __init__(self, view: View, relatives: Forms) -> None:
        self._view, self._relatives = view, relatives
        self.read: list[ModelSeries] = []
        self.unit = ""
        self.stated = self._figures(relatives.flow) if relatives.flow in definitions() else {}
        self.totals = {one.series_id: self._total(one.series_id) for one in relatives.totals}
        totals = [(self.totals[one.series_id], one.form) for one in relatives.totals if one.form is not None]
        self.sums = Sums(self.stated, [each for figures, form in totals for each in intervals(figures, form)])

    def _series(self, series_id: str) -> ModelSeries | None:
        try:
            series = self._view.read(series_id, freq=self._relatives.freq)
        except NotFound:
            return None
        self.read.append(series)
        return series

    def _figures(self, series_id: str) -> dict[Period, Figure]:
        series = self._series(series_id)
        if series is None:
            return {}
        self.unit = self.unit or series.unit
        return {period: printed(value) for period, value in series.to_unit(self.unit).by_period().items()}

    def _total(self, series_id: str) -> dict[Period, Figure]:
        figures = self._figures(series_id)
        return self.grown(figures, _growth_of(series_id)) | figures

    def grown(self, figures: Figures, growths: Iterable[Definition]) -> dict[Period, Figure]:
        """What follows from figures by growth."""
        rates = [series.by_period() for one in growths if (series := self._series(one.series_id)) is not None]
        return {
            period: figure
            for rate in rates
            for period, figure in grown(figures, {at: printed(value) for at, value in rate.items()}).items()
        }

    def differences(self) -> dict[Period, Figure]:
        """Figures of single periods that follow from sums and are neither lost in rounding nor impossible."""
        figures = self.sums.differences()
        least = -math.inf if any(one.support is Support.REAL for one in self._relatives.totals) else 0.0
        usual = median(abs(figure.value) for figure in figures.values()) if figures else 0.0
        return {
            period: figure
            for period, figure in figures.items()
            if math.sqrt(figure.variance) <= LARGEST_ROUNDING * max(abs(figure.value), NOTHING * usual)
            and figure.value >= least
        }

    def series(self, series_id: str, figures: Figures) -> ModelSeries:
        """Figures as a series; as it was printed where none of them follows from others."""
        if all(figure.way is Way.STATED for figure in figures.values()):
            return self._view.read(series_id, freq=self._relatives.freq)
        return derive(
            series_id,
            region=self._relatives.region,
            unit=self.unit,
            values={period: figure.value for period, figure in figures.items()},
            inputs=tuple(self.read),
            recipe=JOINED,
            variance={period: log_variance(figure) for period, figure in figures.items()},
        )


def joined(view: View, flow: str) -> ModelSeries:
    """A flow as known on the day; raises :class:`NotFound` when nothing of it is.

    ``variance`` is that of the logarithm by rounding, 0 where a figure is stated.
    """
    relatives = forms()[flow]
    knowledge = _Knowledge(view, relatives)
    figures = knowledge.differences() | knowledge.stated
    figures = knowledge.grown(figures, relatives.growth) | figures
    if not figures:
        raise NotFound("series", flow, hint=f"no figure of it follows from what is known on {view.as_of}")
    # A span all of whose periods have a figure says nothing more.
    sums = tuple(
        SpanSum(one.before.shift(1), one.last, one.figure.value)
        for one in knowledge.sums.spans()
        if one.before is not None and any(at not in figures for at in period_range(one.before.shift(1), one.last))
    )
    return replace(knowledge.series(flow, figures), sums=sums)


def total(view: View, series_id: str) -> ModelSeries:
    """A running total as known on the day: stated, grown, or a total and the flow after it.

    What repeats a flow is read as it is. Raises :class:`NotFound` when nothing of it is known.
    """
    definition = definitions()[series_id]
    relatives = forms()[flow_of(series_id)]
    knowledge = _Knowledge(view, relatives)
    figures = {
        period: figure
        for period, figure in knowledge.totals[series_id].items()
        if figure.way in {Way.STATED, Way.AHEAD}
    }
    if figures and definition.form is Form.SINCE_JANUARY:
        for period in knowledge.stated:
            year = period.shift(-periods_of_year(period))
            added = knowledge.sums.over(year, period)
            if added is not None:
                figures.setdefault(period, added)
    if not figures:
        raise NotFound("series", series_id, hint=f"no total of it is known on {view.as_of}")
    return knowledge.series(series_id, figures)


def derivation(series: ModelSeries) -> str | None:
    """How a series that is added up or joined comes about, in words; None where it is neither."""
    match form_of(series.series_id):
        case None:
            if series.recipe != JOINED:
                return None
            derived_count = int(np.count_nonzero(series.splice_sd))
            return f"{derived_count} of {len(series)} figures follow from running totals or growth on the year"
        case Form.SAME:
            return f"the figures are those of {flow_of(series.series_id)}"
        case Form.SINCE_JANUARY:
            return f"paths of {flow_of(series.series_id)} added up since January or the last total"
        case _:
            return f"paths of {flow_of(series.series_id)} added to the last total"


def log_variance(figure: Figure) -> float:
    """Variance of the logarithm that rounding leaves to a figure that follows from others; 0 of a stated one."""
    return 0.0 if figure.way is Way.STATED or figure.value == 0 else figure.variance / figure.value**2
