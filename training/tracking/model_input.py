"""Rows given to the registered model, held against what its version was trained on.

The model answers with the bands its version published. They follow from the figures it was trained on, so a series is
answered where the rows end with the last of those figures and repeat it and those before it; other figures are refused,
with both values, since an answer would not be one to them.
"""

import math
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from numbers import Real

from data.base.errors import HeadroomError, InvalidParameter, NotFound
from data.periods.period import Period, month_index
from data.periods.text import parse, series_days
from training.artifact.published import Published, SeriesForecast

FIELD = "model_input"
TOLERANCE = 1e-6
"""Relative difference up to which two values are the same: files round."""
LONGEST = {"A": 366, "H": 184, "Q": 92, "M": 31}
"""Days of the longest period of a frequency."""
AGAIN = "train a version on them (headroom train) or forecast them as they are (headroom forecast)"

Row = tuple[object, object]
"""Period and value as the caller wrote them."""


def matching_forecast(published: Published, series_id: str, rows: Sequence[Row]) -> SeriesForecast:
    """The published forecast of a series whose figures the rows repeat, at the frequency they are of.

    Raises :class:`NotFound` for a series the version did not forecast, :class:`InvalidParameter` where the rows differ
    from what it was trained on.
    """
    fault: HeadroomError | None = None
    for freq in published.frequencies(series_id):
        forecast = published.forecast(series_id, freq)
        try:
            _match(forecast, published.history(series_id, freq), rows)
        except InvalidParameter as error:
            fault = fault or error
        else:
            return forecast
    if fault is not None:
        raise fault
    names = published.meta["series_id"].unique().to_list()
    raise NotFound("forecast", series_id, allowed=get_close_matches(series_id, names, n=3))


def _match(forecast: SeriesForecast, trained_values: dict[Period, float], rows: Sequence[Row]) -> None:
    periods = _periods(forecast, [period for period, _ in rows])
    figures: dict[Period, float] = {}
    for period, (text, value) in zip(periods, rows, strict=True):
        if period in figures:
            raise _refused(forecast, f"{period.label} stands twice")
        figures[period] = _number(forecast, period, value)
        if period > forecast.last_observed:
            raise _refused(
                forecast, f"{text} is after {forecast.last_observed.label}, the last figure trained on; {AGAIN}"
            )
        if period not in trained_values:
            raise _refused(forecast, f"{period.label} was not among the figures trained on; {AGAIN}")
        if not math.isclose(figures[period], trained_values[period], rel_tol=TOLERANCE):
            raise _refused(
                forecast,
                f"{period.label} is {figures[period]:.10g} and was {trained_values[period]:.10g} in training; {AGAIN}",
            )
    if max(figures) < forecast.last_observed:
        raise _refused(
            forecast,
            f"the rows end with {max(figures).label}, the figures trained on with {forecast.last_observed.label}: "
            "give the rows up to it",
        )


def _periods(forecast: SeriesForecast, cells: Sequence[object]) -> list[Period]:
    """The periods that cells name on the grid of a series; raises :class:`InvalidParameter`."""
    last, longest = forecast.last_observed, LONGEST[forecast.freq.value]
    spans = [_span(cell) for cell in cells]
    texts = [parse(span, parameter=_field(forecast)) for span in spans if isinstance(span, str)]
    days = iter(series_days(texts).days if texts else ())
    ends = iter(texts)
    periods = []
    for cell, span in zip(cells, spans, strict=True):
        if isinstance(span, str):
            text = next(ends)
            first, length = next(days), (text.last - text.first).days + 1
        else:
            first, length = span[0], (span[1] - span[0]).days + 1
        if length > longest:
            raise _refused(forecast, f"{cell} is longer than a period of this series, which is like {last.label}")
        steps = (month_index(first) - month_index(last.start)) // forecast.freq.months
        periods.append(last.shift(steps))
    return periods


def _span(cell: object) -> str | tuple[date, date]:
    """A cell as text of the grammar of periods, or first and last day of a pandas Period."""
    start, end = getattr(cell, "start_time", None), getattr(cell, "end_time", None)
    if start is not None and end is not None:
        return start.date(), end.date()
    if isinstance(cell, Real) and float(cell).is_integer():
        return f"{float(cell):.0f}"
    # Of a time stamp, the day and the time of day count, and the zone.
    return str(cell.isoformat()) if isinstance(cell, date) else str(cell).strip()


def _number(forecast: SeriesForecast, period: Period, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  # what is no number says so
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise _refused(forecast, f"the value of {period.label} is {value!r}, no finite number")
    return number


def _field(forecast: SeriesForecast) -> str:
    return f"{FIELD}, {forecast.series_id}"


def _refused(forecast: SeriesForecast, message: str) -> InvalidParameter:
    return InvalidParameter(_field(forecast), message)
