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
from headroom.console.options import AsJson, Workers

if TYPE_CHECKING:
    from typing import TextIO

    from headroom.own_series import OwnForecasts

app = typer.Typer()

PARTIAL, NONE = 3, 1
HEADER = ("series_id", "period", "quantile", "value")
STREAM = Path("-")
"""The file name that stands for standard input or output."""


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
    from features.user_series.user_series import read_series
    from headroom import wiring
    from headroom.console import progress
    from headroom.own_series import OwnForecasts, levels_of, members_of, rules_of
    from headroom.settings import load
    from training.user_series.user_series import forecast as run

    started = time.monotonic()
    rules = rules_of(
        freq=freq, decimal=decimal, aggregate=aggregate, on_jump=on_jump, limits=wiring.input_limits(load())
    )
    # A link to a file stays a link; what is no file (a pipe, /dev/stdout) is written to under its own name.
    target = target if target == STREAM or _is_device(target) else target.resolve()
    _check_target(target, source_file=source_file, as_json=as_json)
    levels, names = levels_of(quantiles), members_of(members)
    user_file = read_series(source_file, rules)
    with progress.bar("forecast") as report:
        answers = run(user_file.series, horizon=horizon, levels=levels, members=names, workers=workers, progress=report)
    forecasts = OwnForecasts(user_file, answers, levels)
    if answers.answered:
        _write(target, forecasts)
    facts = forecasts.facts(seconds=round(time.monotonic() - started, 2))
    if as_json:
        output.as_json(facts)
    else:
        _tell(facts, to=sys.stderr if target == STREAM else sys.stdout)
    refused = facts["refused"]
    if refused:
        raise typer.Exit(PARTIAL if answers.answered else NONE)


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


def _write(target: Path, forecasts: "OwnForecasts") -> None:
    if target == STREAM:
        streams.write_utf8(sys.stdout)
        _put(sys.stdout, forecasts)
        return
    if _is_device(target):
        # A pipe or a device is written to as it stands: nothing may take its place.
        with target.open("w", newline="", encoding="utf-8") as file:
            _put(file, forecasts)
        return
    from data.base.artifacts import new_file

    with new_file(target) as new, new.open("w", newline="", encoding="utf-8") as file:
        _put(file, forecasts)


def _put(file: "TextIO", forecasts: "OwnForecasts") -> None:
    from data.base.csv_cells import plain_cell

    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([plain_cell(series_id), *rest] for series_id, *rest in forecasts.rows())


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
