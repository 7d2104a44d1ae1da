"""``headroom forecast``: anyone's series from a CSV file, forecast with calibrated bands."""

import csv
import os
import sys
import tempfile
import time
from calendar import monthrange
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import InvalidParameter
from headroom import output
from headroom.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.periods import Period
    from features.given import Given, Refused
    from training.anyone import Answers

app = typer.Typer()

PARTIAL, NONE = 3, 1
HEADER = ("series_id", "period", "quantile", "value")
UNFITTED = "not_forecast"
"""Code of a series that could be read and that no member could forecast."""


@app.command(help="Forecast your own series from a CSV file: medians and calibrated bands.")
def forecast(
    *,
    given: Annotated[Path, typer.Option("--input", help="CSV file with the columns series_id, period and value.")],
    horizon: Annotated[int, typer.Option("--horizon", min=1, max=600, help="Periods ahead.")],
    target: Annotated[Path, typer.Option("--output", help="CSV file to write: series_id, period, quantile, value.")],
    quantiles: Annotated[
        str | None,
        typer.Option("--quantiles", help="Levels, such as 0.1,0.5,0.9. Default: nine levels from 0.025 to 0.975."),
    ] = None,
    members: Annotated[
        str | None, typer.Option("--members", help="Members to pool, such as theta_log,ets_log. Default: by frequency.")
    ] = None,
    freq: Annotated[
        str | None, typer.Option("--freq", help="A, H, Q or M, where the dates alone do not tell. Default: detected.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes to fit in.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Forecast every series that can be; the others are told with code and line.

    Exit code: 0 every series was forecast, even if something was reduced; 3 some were; 1 none was.
    """
    from data.periods import Frequency
    from features.given import read_given
    from headroom import progress
    from training.anyone import forecast as run

    started = time.monotonic()
    if freq is not None and freq not in set(Frequency):
        raise InvalidParameter("freq", f"{freq!r} is no frequency", allowed=list(Frequency))
    if target.resolve() == given.resolve():
        raise InvalidParameter("output", "is the input file")
    if not target.parent.is_dir():
        raise InvalidParameter("output", f"{target.parent} is no folder")
    levels = _levels(quantiles)
    names = None if members is None else [name.strip() for name in members.split(",") if name.strip()]
    read = read_given(given, freq=None if freq is None else Frequency(freq))
    with progress.bar("forecast") as report:
        answers = run(read.series, horizon=horizon, levels=levels, members=names, workers=workers, progress=report)
    if answers.answered:
        _write(target, read.series, answers, levels)
    facts = _facts(read.series, read.refused, answers, seconds=round(time.monotonic() - started, 2))
    if as_json:
        output.as_json(facts)
    else:
        _tell(facts)
    refused = facts["refused"]
    if refused:
        raise typer.Exit(PARTIAL if answers.answered else NONE)


def _levels(text: str | None) -> tuple[float, ...]:
    from data.quantiles import FORECAST_LEVELS

    if text is None:
        return tuple(float(level) for level in FORECAST_LEVELS)
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        raise InvalidParameter("quantiles", f"{text!r} are not numbers", allowed=["0.1,0.5,0.9"]) from None
    if not all(0 < level < 1 for level in found):
        raise InvalidParameter("quantiles", f"{text!r} are not all between 0 and 1", allowed=["0.1,0.5,0.9"])
    return tuple(found)


def _rows(series: "Sequence[Given]", answers: "Answers", levels: "Sequence[float]") -> "Iterator[tuple[str, ...]]":
    for place in sorted(answers.answered):
        answer = answers.answered[place]
        for period, band in zip(answer.periods, answer.quantiles, strict=True):
            day = _dated(period, ends=series[place].month_ends)
            for level, value in zip(levels, band, strict=True):
                yield answer.series_id, day, repr(float(level)), repr(float(value))


def _dated(period: "Period", *, ends: bool) -> str:
    # A file whose dates are the last days of their months is answered in such dates.
    start = period.start
    return start.replace(day=monthrange(start.year, start.month)[1] if ends else 1).isoformat()


def _write(target: Path, series: "Sequence[Given]", answers: "Answers", levels: "Sequence[float]") -> None:
    # Beside its place and moved there in one step: whoever reads the file finds the old one or the whole new one.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(_rows(series, answers, levels))
        beside.chmod(0o644)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _facts(
    series: "Sequence[Given]", refused: "Sequence[Refused]", answers: "Answers", *, seconds: float
) -> dict[str, Any]:
    unread = [
        {"series_id": one.series_id, "code": one.code.value, "line": one.line, "message": one.message}
        for one in refused
    ]
    unfitted = [
        {"series_id": series[place].series_id, "code": UNFITTED, "line": None, "message": reason}
        for place, reason in sorted(answers.refused.items())
    ]
    told = [
        {
            "series_id": answer.series_id,
            "freq": series[place].freq.value,
            "points": len(series[place].values),
            "method": answer.method,
            "weights": answer.weights,
            "dropped": answer.dropped,
            "n_scores": answer.n_scores,
            "reduced": answer.reduced,
        }
        for place, answer in sorted(answers.answered.items())
    ]
    return {"forecast": len(told), "refused": [*unread, *unfitted], "series": told, "seconds": seconds}


def _tell(facts: dict[str, Any]) -> None:
    for one in facts["series"]:
        if one["reduced"]:
            typer.echo(f"{one['series_id']}: {'; '.join(one['reduced'])}")
    for one in facts["refused"]:
        where = "" if one["line"] is None else f"line {one['line']}: "
        sys.stderr.write(f"error: {one['code']}: {one['series_id'] or '(no series)'}: {where}{one['message']}\n")
    typer.echo(f"{facts['forecast']} series forecast, {len(facts['refused'])} not, in {facts['seconds']} s")
