"""``headroom project``: from the champion to an edition."""

import time

import typer

from headroom import output
from headroom.options import AsJson, Draws, Home, Private, Seed, scope

app = typer.Typer()


@app.command(help="Draw demand and supply jointly and publish an edition.")
def project(
    *, home: Home = None, seed: Seed = None, draws: Draws = None, private: Private = False, as_json: AsJson = False
) -> None:
    """Publish under the home; the same champion, figures, assumptions, seed and draws give the same edition."""
    from headroom import progress, wiring
    from headroom.settings import load
    from projection.project import project as run

    started = time.monotonic()
    settings = load(home=home, seed=seed, draws=draws, scope=scope(private=private))
    published = wiring.champion(settings)
    with progress.bar("project") as report:
        edition = run(
            wiring.store(settings),
            published,
            directory=settings.editions,
            as_of=published.data_as_of,
            seed=settings.seed,
            draws=settings.draws,
            progress=report,
            reign=wiring.reign(settings),
        )
    wiring.record(settings, edition)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        output.as_json({"edition": edition.id, "directory": edition.directory, "seconds": seconds})
    else:
        typer.echo(f"{edition.id} published in {seconds:.1f} s")
