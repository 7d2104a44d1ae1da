"""``headroom assets``: writes the chart library, first pictures of pages and days of sites, apart from the rest.

Drawing needs a JavaScript engine and draws of sites the engine of the model, which the serving process never loads.
"""

import typer

from headroom.console.options import Home

app = typer.Typer()


@app.command(help="Build the chart library of the pages and draw their first charts.")
def assets(*, home: Home = None) -> None:
    """Write under the home what is not there already."""
    from features.view import View
    from headroom import wiring
    from headroom.editions import LedgerEditions, remote
    from headroom.evaluating import keep_site_days
    from headroom.settings import load
    from service.editions import DirectoryEditions
    from service.pages.assets import build
    from service.pages.charts.drawing import keep
    from service.pages.views.overview.first_pictures import specs

    settings = load(home=home)
    typer.echo(str(build(settings.assets)))
    served = DirectoryEditions(settings.editions, records=LedgerEditions(settings), remote=remote(settings))
    served.refresh()
    if served.edition is not None:
        view = View.of(wiring.store(settings), as_of=served.edition.data_as_of)
        if (reason := keep_site_days(settings, served.edition)) is not None:
            typer.echo(f"no days of single sites: {reason}", err=True)
        pictures = keep(settings.assets, specs(served.edition, view, settings.assets))
        typer.echo(f"{len(pictures)} charts of {served.edition.id}")
