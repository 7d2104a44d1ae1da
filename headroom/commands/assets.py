"""``headroom assets``: writes the chart library, first pictures of pages and days of sites, apart from the rest.

Drawing needs a JavaScript engine and draws of sites the engine of the model, which the serving process never loads.
"""

import typer

from headroom.console.options import Home

app = typer.Typer()


@app.command(help="Build the chart library of the pages and draw their first charts.")
def assets(*, home: Home = None) -> None:
    """Write under the home what is not there already."""
    from data.base.errors import HeadroomError
    from features.view import View
    from headroom import wiring
    from headroom.editions import LedgerEditions, remote
    from headroom.evaluating import base_draws
    from headroom.settings import load
    from service.editions import DirectoryEditions
    from service.evaluations import site_dates
    from service.evaluations.site_draws import site_dates as draw
    from service.pages.assets import build
    from service.pages.charts.drawing import keep
    from service.pages.views.first_pictures import specs

    settings = load(home=home)
    typer.echo(str(build(settings.assets)))
    served = DirectoryEditions(settings.editions, records=LedgerEditions(settings), remote=remote(settings))
    served.refresh()
    if served.edition is not None:
        view = View.of(wiring.store(settings), as_of=served.edition.data_as_of)
        if not site_dates.read(settings.assets, served.edition):
            try:
                dates = draw(base_draws(settings, served.edition))
            except HeadroomError as error:
                # The pages say of every site that it has none.
                typer.echo(f"no days of single sites: {error}", err=True)
            else:
                typer.echo(str(site_dates.keep(settings.assets, served.edition, dates)))
        pictures = keep(settings.assets, specs(served.edition, view, settings.assets))
        typer.echo(f"{len(pictures)} charts of {served.edition.id}")
