"""``headroom project``: makes an edition with the champion, or repeats the whole computation as of a past day."""

import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from headroom import days
from headroom.console import output
from headroom.console.options import AsJson, Draws, Home, Private, Seed, scope

if TYPE_CHECKING:
    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.edition.outcomes import RealisedBand

app = typer.Typer()


@app.command(help="Draw demand and supply jointly and publish an edition; with --as-of, the whole chain on a past day.")
def project(
    *,
    home: Home = None,
    seed: Seed = None,
    draws: Draws = None,
    private: Private = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=days.FORMATS,
            help="Train and project on what was known that day, apart from what is served, and compare with what came.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish under the home; the same champion, figures, assumptions, seed and draws give the same edition."""
    from headroom.settings import load

    started = time.monotonic()
    settings = load(home=home, seed=seed, draws=draws, scope=scope(private=private))
    bands: list[RealisedBand] = []
    if as_of is None:
        edition = champions(settings)
    else:
        from headroom.hindcasting import past

        edition, bands = past(settings, as_of)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        facts = {"edition": edition.id, "directory": edition.directory, "seconds": seconds}
        if as_of is not None:
            facts |= {"knowledge": edition.manifest["knowledge"], "outcomes": [asdict(item) for item in bands]}
        output.as_json(facts)
        return
    typer.echo(f"{edition.id} published in {seconds:.1f} s")
    for sentence in edition.manifest["knowledge"] if as_of is not None else ():
        typer.echo(f"  {sentence}")
    for item in bands:
        band = f"{item.band['0.5']:.4g} ({item.band['0.1']:.4g} to {item.band['0.9']:.4g})"
        side = "inside" if item.inside["0.8"] else "outside"
        typer.echo(f"  {item.region} {item.layer} {item.year}: {band} {item.unit}, came {item.later:.4g}: {side} 80 %")


def champions(settings: "Settings") -> "Edition":
    """The edition of the champion, recorded in the ledger and put on the scoreboard."""
    from headroom import clock, editions, scores, wiring
    from headroom.console import progress
    from headroom.evaluating import keep_site_days
    from projection.project import project as run

    wiring.migrate(settings)
    clock.warn(settings)
    published = wiring.champion(settings)
    with progress.bar("project") as report:
        edition = run(
            wiring.view(settings, as_of=published.data_as_of),
            published,
            directory=settings.editions,
            seed=settings.seed,
            draws=settings.draws,
            progress=report,
            champion_status=wiring.champion_status(settings),
            records=editions.records(settings),
            commit=wiring.commit(),
            remote=editions.remote(settings),
        )
    # Before it is served, so that no page of it is answered without them.
    if (reason := keep_site_days(settings, edition)) is not None:
        typer.echo(f"no days of single sites: {reason}", err=True)
    editions.record(settings, edition)
    scores.update(settings)
    return edition
