"""What is known of periods ahead ties a forecast that rests on the past of its series alone.

A company's guidance of a year, the limits a rule sets to a price, and the months that have come of a yearly figure.
Past forecasts are tied by what was known on their day, so that scores are scores of what is published.
"""

from collections.abc import Mapping
from dataclasses import replace

from data.periods.period import Period
from data.store.store import Rule
from features.generation.china_build import SOLAR, WIND
from features.guidance import guided_series
from features.limits import limited_series
from features.view import View
from training.ensemble.assessment import Assessment, PooledForecast
from training.ensemble.guidance import guided
from training.ensemble.limits import limited
from training.ensemble.paths import serial_correlation
from training.ensemble.years_begun import begun


def with_known(view: View, assessment: Assessment, figures: Mapping[str, Mapping[Period, float]]) -> Assessment:
    """The same assessment with the forecasts of such series tied.

    Args:
        view: the figures as known on the day of training.
        assessment: forecasts by the series' own past.
        figures: values by period, of every series that was fitted.
    """
    tied_series = {*guided_series(), *limited_series(), SOLAR, WIND}
    phi = serial_correlation(assessment)

    def tied(answer: PooledForecast) -> PooledForecast:
        name, origin = answer.trial.series_id, answer.trial.origin
        if name not in tied_series:
            return answer
        if origin is None:
            then, values = view, figures[name]
        else:
            then = view.at(origin.day, rule=Rule.STRICT)
            values = dict(zip(origin.periods, origin.values.tolist(), strict=True))
        return limited(begun(guided(answer, values, then, phi), then, phi), then, phi)

    return replace(
        assessment,
        answers=[tied(answer) for answer in assessment.answers],
        published={name: tied(answer) for name, answer in assessment.published.items()},
    )
