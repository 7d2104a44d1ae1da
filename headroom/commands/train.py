"""``headroom train``: from figures to a published version."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from headroom import output
from headroom.options import AsJson, Home, Private, Seed, scope

app = typer.Typer()


@app.command(help="Backtest, pool and calibrate the members; publish the version and track it in MLflow.")
def train(
    *,
    home: Home = None,
    seed: Seed = None,
    private: Private = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Train on what was known that day. Default: all figures."),
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make the version champion even where one stands.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train, publish, track, and promote where nothing stands before it."""
    from headroom import progress, wiring
    from headroom.settings import load
    from training.train import train as run

    started = time.monotonic()
    settings = load(home=home, seed=seed, scope=scope(private=private))
    wiring.migrate(settings)
    figures = wiring.store(settings)
    day = figures.newest if as_of is None else as_of.replace(tzinfo=UTC).date()
    with progress.bar("train") as report:
        result = run(
            figures,
            as_of=day,
            seed=settings.seed,
            models=settings.models,
            tracking_uri=settings.tracking_uri.get_secret_value(),
            database_url=settings.database_url.get_secret_value(),
            progress=report,
            promote_anyway=promote,
        )
    seconds = round(time.monotonic() - started, 1)
    facts = {
        "version": result.published.version,
        "promoted": result.promoted,
        "reason": result.reason,
        "tracking_fault": result.tracking_fault,
        "seconds": seconds,
    }
    if as_json:
        output.as_json(facts)
        return
    typer.echo(f"{result.published.version} in {seconds:.1f} s: {result.reason}")
    if result.tracking_fault is not None:
        typer.echo(f"not tracked: {result.tracking_fault}", err=True)
