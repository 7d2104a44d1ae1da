"""Forecasts of anyone's series as rows and facts, for ``headroom forecast`` and for the service."""

import tempfile
import time
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.base.errors import InputTooLarge, InvalidParameter, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from data.base.quantiles import Quantile
    from data.periods.period import Frequency
    from data.user_files import Limits
    from features.user_series.user_series import Read, Rules
    from service.evaluations.own_series import OwnSeriesQuestion
    from training.user_series.user_series import UserForecasts

FREQUENCIES = {"y": "A", "yearly": "A", "annual": "A", "half-yearly": "H", "quarterly": "Q", "monthly": "M"}
"""Other names of the frequencies."""
UNFITTED = "not_forecast"
"""Code of a series that could be read and that no member could forecast."""
BODY = Path("body")
"""What the series of a request are called where a message names their file."""
NUMBERS = 50_000
"""Numbers of an answer at most: series by periods by levels."""


@dataclass(frozen=True, eq=False)
class OwnForecasts:
    """What came of a file: forecasts at some levels, and series that have none."""

    user_file: "Read"
    answers: "UserForecasts"
    levels: "Sequence[Quantile]"

    def rows(self) -> "Iterator[tuple[str, ...]]":
        """Series, period, level and value of every number, in the order of the file."""
        for place in sorted(self.answers.answered):
            answer = self.answers.answered[place]
            for label, band in zip(self.labels(place), answer.quantiles, strict=True):
                for level, value in zip(self.levels, band, strict=True):
                    yield answer.series_id, label, str(level), repr(float(value))

    def labels(self, place: int) -> list[str]:
        """The periods of the forecast of a series, written as the file writes them."""
        style = self.user_file.series[place].style
        return [style.label(period) for period in self.answers.answered[place].periods]

    def facts(self, *, seconds: float) -> dict[str, Any]:
        """How each series was forecast and why others were not; it took ``seconds``."""
        series = self.user_file.series
        unread = [
            {
                "series_id": one.series_id,
                "code": one.code.value,
                "line": one.line,
                "column": one.column,
                "message": one.message,
            }
            for one in self.user_file.refused
        ]
        unfitted = [
            {"series_id": series[place].series_id, "code": UNFITTED, "line": None, "column": None, "message": reason}
            for place, reason in sorted(self.answers.refused.items())
        ]
        entries = [
            {
                "series_id": answer.series_id,
                "freq": series[place].freq.value,
                "points": len(series[place].values),
                "method": answer.method,
                "weights": answer.weights,
                "dropped": answer.dropped,
                "n_scores": answer.n_scores,
                "reduced": answer.reduced,
                "notices": series[place].notices,
                "suspects": [
                    {
                        "period": series[place].style.label(series[place].periods[at]),
                        "line": series[place].lines[at],
                        "value": float(series[place].values[at]),
                        "factor": factor,
                    }
                    for at, factor in zip(series[place].suspects, series[place].factors, strict=True)
                ],
            }
            for place, answer in sorted(self.answers.answered.items())
        ]
        return {
            "forecast": len(entries),
            "refused": [*unread, *unfitted],
            "series": entries,
            "notices": self.user_file.notices,
            "seconds": seconds,
        }


@dataclass(frozen=True)
class OwnSeriesForecaster:
    """Forecasts the series of requests as the command does, in whichever process calls it.

    Attributes:
        limits: how much of a body is read.
    """

    limits: "Limits"

    def __call__(self, question: "OwnSeriesQuestion", progress: "Callable[[int, int], None]") -> "Mapping[str, Any]":
        """See :data:`service.evaluations.own_series.Forecaster`.

        Raises :class:`InvalidParameter` for a body that is no table, options that do not fit, or too much of anything.
        """
        from training.user_series.user_series import forecast

        started = time.monotonic()
        levels = levels_of(question.quantiles)
        user_file = self._read(question)
        numbers = len(user_file.series) * question.horizon * len(levels)
        if numbers > NUMBERS:
            message = f"{numbers:,} numbers (series by periods by levels) are more than {NUMBERS:,}"
            raise InvalidParameter("horizon", message)
        try:
            # Within this process: the pool in front of it ends the process of a question that takes too long.
            answers = forecast(
                user_file.series,
                horizon=question.horizon,
                levels=levels,
                members=members_of(question.members),
                progress=progress,
            )
        except NotFound as error:
            raise InvalidParameter("members", error.detail, allowed=error.allowed) from None
        forecasts = OwnForecasts(user_file, answers, levels)
        bands = [
            {"periods": forecasts.labels(place), "quantiles": answer.quantiles}
            for place, answer in sorted(answers.answered.items())
        ]
        return forecasts.facts(seconds=round(time.monotonic() - started, 2)) | {"levels": list(levels), "bands": bands}

    def _read(self, question: "OwnSeriesQuestion") -> "Read":
        from features.user_series.user_series import read_series

        rules = rules_of(
            freq=question.freq,
            decimal=question.decimal,
            aggregate=question.aggregate,
            on_jump=question.on_jump,
            limits=self.limits,
        )
        # The reader takes files. From within its folder the file has a short name, which messages may repeat.
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            BODY.write_bytes(question.content)
            try:
                return read_series(BODY, rules)
            except InputTooLarge as error:
                raise InvalidParameter("body", error.detail.removeprefix(f"{BODY} ")) from None
            except InvalidParameter as error:
                raise InvalidParameter("body", error.message.removeprefix(f"{BODY}: "), allowed=error.allowed) from None


def rules_of(
    *, freq: str | None, decimal: str | None, aggregate: str | None, on_jump: str, limits: "Limits"
) -> "Rules":
    """How a file is to be read; raises :class:`InvalidParameter` for what is none of the choices."""
    from data.user_files import DecimalMark
    from features.user_series.aggregation import Aggregate
    from features.user_series.jumps import OnJump
    from features.user_series.user_series import Rules
    from headroom.console.options import choice

    return Rules(
        freq=_frequency(freq),
        decimal=None if decimal is None else DecimalMark(choice("decimal", decimal, DecimalMark)),
        aggregate=None if aggregate is None else Aggregate(choice("aggregate", aggregate, Aggregate)),
        on_jump=OnJump(choice("on-jump", on_jump, OnJump)),
        limits=limits,
    )


def members_of(text: str | None) -> list[str] | None:
    """Names of members separated by commas, each once; None for None."""
    return None if text is None else list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def levels_of(text: str | None) -> "tuple[Quantile, ...]":
    """Levels separated by commas, ascending; those of training for None. Raises :class:`InvalidParameter`."""
    from data.base.quantiles import FORECAST_LEVELS, Quantile

    if text is None:
        return FORECAST_LEVELS
    return tuple(sorted({Quantile.parse(part) for part in text.split(",")}))


def _frequency(text: str | None) -> "Frequency | None":
    from data.periods.period import Frequency

    if text is None:
        return None
    name = FREQUENCIES.get(text.lower(), text.upper())
    if name not in set(Frequency):
        raise InvalidParameter("freq", f"{text!r} is no frequency", allowed=list(Frequency))
    return Frequency(name)
