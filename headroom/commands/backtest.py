"""``headroom backtest``: every member and the ensemble on rolling origins, as of a day."""

import time
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.base.errors import InvalidParameter
from headroom import days
from headroom.console import output
from headroom.console.options import AsJson, Home, Private, Workers, scope

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer()

DIGITS = 3


class Format(StrEnum):
    """How the tables are written."""

    PARQUET = "parquet"
    CSV = "csv"


@app.command(help="Score members and ensemble on rolling origins, as of a day; nothing is published.")
def backtest(
    *,
    home: Home = None,
    private: Private = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=days.FORMATS, help="See only what was known that day. Default: all figures."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--output", help="Folder to write leaderboard, scores, residuals and failed fits to."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How the tables are written.")] = Format.PARQUET,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit everything again, also what an interrupted run has fitted already.")
    ] = False,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Backtest, print the leaderboard and write the tables; an interrupted run goes on where it ended."""
    from headroom import wiring
    from headroom.console import progress
    from headroom.settings import load
    from training.backtest.member_forecasts import MemberForecasts
    from training.evaluation import evaluate

    started = time.monotonic()
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InvalidParameter("output", f"{folder} is no folder")
    settings = load(home=home, scope=scope(private=private))
    wiring.migrate(settings)
    figures = wiring.view(settings)
    day = days.day_of_knowledge(as_of, newest=figures.newest)
    stored_forecasts = None if refit else MemberForecasts(settings.member_forecasts)
    with progress.bar("backtest") as report:
        evaluation = evaluate(figures.at(day), workers=workers, progress=report, stored_forecasts=stored_forecasts)
    if not evaluation.series:
        raise InvalidParameter(
            "as_of", f"no series had enough figures to be forecast on {day}", allowed=["a later day"]
        )
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in evaluation.tables.items():
            _write(table, folder / f"{name}.{form.value}", form)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        rows = evaluation.leaderboard.to_dicts()
        output.as_json(
            {
                "as_of": day,
                "series": evaluation.series,
                "origins": evaluation.origins,
                "leaderboard": rows,
                "output": folder,
                "seconds": seconds,
            }
        )
        return
    output.as_table([_rounded(row) for row in evaluation.leaderboard.to_dicts()], evaluation.leaderboard.columns)
    typer.echo(f"{evaluation.series} series at {evaluation.origins} origins as of {day} in {seconds:.1f} s")


def _write(table: "pl.DataFrame", path: Path, form: Format) -> None:
    from data.base.artifacts import new_file
    from data.base.csv_cells import plain_cells

    with new_file(path) as new:
        if form is Format.CSV:
            plain_cells(table).write_csv(new)
        else:
            table.write_parquet(new)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in row.items()}
