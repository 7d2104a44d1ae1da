"""``headroom train``: trains a version from the figures; the gate decides whether it is used."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from data.base.errors import InvalidParameter
from headroom import days
from headroom.console import output
from headroom.console.options import AsJson, Home, Private, Seed, scope

if TYPE_CHECKING:
    from training.train import Trained

app = typer.Typer()
CHECKS = re.compile("(?<=the gate keeps it out): |(?<=the gate lets it through): |; (?=FAILED )")
"""Where the checks begin in the words of a decision."""


@app.command(help="Backtest, pool and calibrate the members; publish the version, judge it, and track it in MLflow.")
def train(
    *,
    home: Home = None,
    seed: Seed = None,
    private: Private = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=days.FORMATS, help="Train on what was known that day. Default: all figures."),
    ] = None,
    series: Annotated[
        list[str] | None, typer.Option("--series", help="Only these series, as an experiment; repeat, or use commas.")
    ] = None,
    members: Annotated[
        list[str] | None, typer.Option("--members", help="Only these members, as an experiment; repeat, or use commas.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="Override a training setting, NAME=VALUE; repeat. With gate.*, an experiment."),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="What runs the fits: local, or ray (the optional extra of that name).")
    ] = "local",
    address: Annotated[
        str | None, typer.Option("--address", help="A Ray cluster's address. Default: Ray is started here.")
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="Let the gate promote what passes it, or only judge.")
    ] = True,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit everything again, also what an interrupted run has fitted already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train, publish, let the gate decide, and track."""
    from headroom import clock, wiring
    from headroom.console import progress
    from headroom.settings import load
    from training.backtest.engines import Engine
    from training.backtest.member_forecasts import MemberForecasts
    from training.options import parse_options
    from training.train import Wanted
    from training.train import train as run

    if engine not in set(Engine) or (address is not None and engine != Engine.RAY):
        raise InvalidParameter("engine", f"{engine!r} is none, or takes no address", allowed=list(Engine))
    options = replace(parse_options(overrides or []), engine=Engine(engine), address=address)
    choice = Wanted(series=_listed(series), members=_listed(members))
    settings = load(home=home, seed=seed, scope=scope(private=private))
    wiring.migrate(settings)
    clock.warn(settings)
    figures = wiring.view(settings)
    day = days.day_of_knowledge(as_of, newest=figures.newest)
    with progress.bar("train") as report:
        training = run(
            figures.at(day),
            seed=settings.seed,
            model_store=wiring.model_store(settings),
            tracking=wiring.tracking(settings),
            progress=report,
            now=lambda: datetime.now(UTC),
            choice=choice,
            options=options,
            promote=promote,
            stored_forecasts=None if refit else MemberForecasts(settings.member_forecasts),
        )
    _tell(training, as_json=as_json)


def _listed(texts: list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for text in texts or () for part in text.split(",") if part.strip()))


def _tell(training: "Trained", *, as_json: bool) -> None:
    seconds = {name: round(value, 2) for name, value in training.seconds.items()}
    total = round(sum(training.seconds.values()), 1)
    if as_json:
        output.as_json(
            {
                "version": training.published.version,
                "promoted": training.promoted,
                "reason": training.reason,
                "gate": None if training.verdict is None else training.verdict.evidence(),
                "tracking_fault": training.tracking_fault,
                "seconds": total,
                "laps": seconds,
            }
        )
        return
    typer.echo(f"{training.published.version} in {total:.1f} s: {'champion' if training.promoted else 'not promoted'}")
    for check in () if training.verdict is None else training.verdict.checks:
        typer.echo(f"  {'passed' if check.passed else 'FAILED'} {check.name}: {check.detail}")
    # The checks stand above: of the reason only what they do not say.
    typer.echo(training.reason if training.verdict is None else CHECKS.split(training.reason)[0])
    if training.tracking_fault is not None:
        typer.echo(f"not tracked yet, headroom models sync sends it later: {training.tracking_fault}", err=True)
