"""``headroom forecast``: forecasts a user's series from a CSV file, with calibrated bands."""

import csv
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.base.errors import InvalidParameter
from headroom.console import output, streams
from headroom.console.options import AsJson, Workers, choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from data.base.quantiles import Quantile
    from data.periods.period import Frequency
    from features.user_series.user_series import Read, UserSeries
    from training.user_series.user_series import UserForecasts

app = typer.Typer()

PARTIAL, NONE = 3, 1
HEADER = ("series_id", "period", "quantile", "value")
STREAM = Path("-")
"""The file name that stands for standard input or output."""
FREQUENCIES = {"y": "A", "yearly": "A", "annual": "A", "half-yearly": "H", "quarterly": "Q", "monthly": "M"}
"""Other names of the frequencies."""
UNFITTED = "not_forecast"
"""Code of a series that could be read and that no member could forecast."""


@app.command(help="Forecast your own series from a CSV file: medians and calibrated bands.")
def forecast(
    *,
    source_file: Annotated[
        Path, typer.Option("--input", help="CSV file with the columns series_id, period and value; - is stdin.")
    ],
    horizon: Annotated[int, typer.Option("--horizon", min=1, max=600, help="Periods ahead.")],
    target: Annotated[
        Path, typer.Option("--output", help="CSV file to write: series_id, period, quantile, value; - is stdout.")
    ],
    quantiles: Annotated[
        str | None,
        typer.Option("--quantiles", help="Levels, such as 0.1,0.5,0.9. Default: nine levels from 0.025 to 0.975."),
    ] = None,
    members: Annotated[
        str | None, typer.Option("--members", help="Members to pool, such as theta_log,ets_log. Default: by frequency.")
    ] = None,
    freq: Annotated[
        str | None,
        typer.Option("--freq", help="A, H, Q or M, where the dates alone do not show it. Default: detected."),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option("--decimal", help="point or comma, where the numbers alone do not show it.")
    ] = None,
    aggregate: Annotated[
        str | None,
        typer.Option("--aggregate", help="sum, mean or last: makes months of hours, days or weeks. Default: refused."),
    ] = None,
    on_jump: Annotated[
        str, typer.Option("--on-jump", help="warn, refuse or accept, where a value looks mistaken. Default: warn.")
    ] = "warn",
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Forecast every series that can be; the others are reported with code and line.

    Exit code: 0 every series was forecast, even if something was reduced; 3 some were; 1 none was.
    """
    from data.user_files import DecimalMark
    from features.user_series.aggregation import Aggregate
    from features.user_series.jumps import OnJump
    from features.user_series.user_series import Rules, read_series
    from headroom import wiring
    from headroom.console import progress
    from headroom.settings import load
    from training.user_series.user_series import forecast as run

    started = time.monotonic()
    rules = Rules(
        freq=_frequency(freq),
        decimal=None if decimal is None else DecimalMark(choice("decimal", decimal, DecimalMark)),
        aggregate=None if aggregate is None else Aggregate(choice("aggregate", aggregate, Aggregate)),
        on_jump=OnJump(choice("on-jump", on_jump, OnJump)),
        limits=wiring.input_limits(load()),
    )
    # A link to a file stays a link; what is no file (a pipe, /dev/stdout) is written to under its own name.
    target = target if target == STREAM or _is_device(target) else target.resolve()
    _check_target(target, source_file=source_file, as_json=as_json)
    levels = _levels(quantiles)
    names = None if members is None else list(dict.fromkeys(filter(None, map(str.strip, members.split(",")))))
    user_file = read_series(source_file, rules)
    with progress.bar("forecast") as report:
        answers = run(user_file.series, horizon=horizon, levels=levels, members=names, workers=workers, progress=report)
    if answers.answered:
        _write(target, user_file.series, answers, levels)
    facts = _facts(user_file, answers, seconds=round(time.monotonic() - started, 2))
    if as_json:
        output.as_json(facts)
    else:
        _tell(facts, to=sys.stderr if target == STREAM else sys.stdout)
    refused = facts["refused"]
    if refused:
        raise typer.Exit(PARTIAL if answers.answered else NONE)


def _frequency(text: str | None) -> "Frequency | None":
    from data.periods.period import Frequency

    if text is None:
        return None
    name = FREQUENCIES.get(text.lower(), text.upper())
    if name not in set(Frequency):
        raise InvalidParameter("freq", f"{text!r} is no frequency", allowed=list(Frequency))
    return Frequency(name)


def _is_device(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


def _check_target(target: Path, *, source_file: Path, as_json: bool) -> None:
    # Before anything is fitted: a forecast that cannot be written is work for nothing.
    if target == STREAM:
        if as_json:
            raise InvalidParameter("output", "the forecast and --json cannot both go to stdout")
        return
    if target.resolve() == source_file.resolve():
        raise InvalidParameter("output", "is the input file")
    if target.is_dir():
        raise InvalidParameter("output", f"{target} is a folder")
    if not target.parent.is_dir():
        raise InvalidParameter("output", f"{target.parent} is no folder")
    if not os.access(target if _is_device(target) else target.parent, os.W_OK):
        raise InvalidParameter("output", f"{target} may not be written to")


def _levels(text: str | None) -> "tuple[Quantile, ...]":
    from data.base.quantiles import FORECAST_LEVELS, Quantile

    if text is None:
        return FORECAST_LEVELS
    return tuple(sorted({Quantile.parse(part) for part in text.split(",")}))


def _rows(
    series: "Sequence[UserSeries]", answers: "UserForecasts", levels: "Sequence[Quantile]"
) -> "Iterator[tuple[str, ...]]":
    for place in sorted(answers.answered):
        answer = answers.answered[place]
        for period, band in zip(answer.periods, answer.quantiles, strict=True):
            text = series[place].style.label(period)
            for level, value in zip(levels, band, strict=True):
                yield answer.series_id, text, str(level), repr(float(value))


def _write(
    target: Path, series: "Sequence[UserSeries]", answers: "UserForecasts", levels: "Sequence[Quantile]"
) -> None:
    if target == STREAM:
        streams.write_utf8(sys.stdout)
        _put(sys.stdout, series, answers, levels)
        return
    if _is_device(target):
        # A pipe or a device is written to as it stands: nothing may take its place.
        with target.open("w", newline="", encoding="utf-8") as file:
            _put(file, series, answers, levels)
        return
    from data.base.artifacts import new_file

    with new_file(target) as new, new.open("w", newline="", encoding="utf-8") as file:
        _put(file, series, answers, levels)


def _put(
    file: "TextIO", series: "Sequence[UserSeries]", answers: "UserForecasts", levels: "Sequence[Quantile]"
) -> None:
    from data.base.csv_cells import plain_cell

    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([plain_cell(series_id), *rest] for series_id, *rest in _rows(series, answers, levels))


def _facts(user_file: "Read", answers: "UserForecasts", *, seconds: float) -> dict[str, Any]:
    series = user_file.series
    unread = [
        {
            "series_id": one.series_id,
            "code": one.code.value,
            "line": one.line,
            "column": one.column,
            "message": one.message,
        }
        for one in user_file.refused
    ]
    unfitted = [
        {"series_id": series[place].series_id, "code": UNFITTED, "line": None, "column": None, "message": reason}
        for place, reason in sorted(answers.refused.items())
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
        for place, answer in sorted(answers.answered.items())
    ]
    return {
        "forecast": len(entries),
        "refused": [*unread, *unfitted],
        "series": entries,
        "notices": user_file.notices,
        "seconds": seconds,
    }


def _tell(facts: dict[str, Any], *, to: "TextIO") -> None:
    for notice in facts["notices"]:
        to.write(_line(notice))
    for one in facts["series"]:
        if notes := [*one["notices"], *one["reduced"]]:
            to.write(_line(f"{one['series_id']}: {'; '.join(notes)}"))
    for one in facts["refused"]:
        where = "" if one["line"] is None else f"line {one['line']}: "
        where += "" if one["column"] is None else f"column {one['column']}: "
        name = _line(one["series_id"] or "(no series)").strip()
        sys.stderr.write(_line(f"error: {one['code']}: {name}: {where}{one['message']}"))
    to.write(f"{facts['forecast']} series forecast, {len(facts['refused'])} not, in {facts['seconds']} s\n")


def _line(text: str) -> str:
    # A name with a line break in it is still one line to its reader.
    return f"{' '.join(text.split())}\n"
