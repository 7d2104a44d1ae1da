"""``headroom assets``: writes the chart library of the page, apart from the rest since it needs a JavaScript engine."""

import typer

from headroom.console.options import Home

app = typer.Typer()


@app.command(help="Build the chart library of the page.")
def assets(*, home: Home = None) -> None:
    """Write it under the home unless it is there already."""
    from headroom.settings import load
    from service.pages.assets import build

    typer.echo(str(build(load(home=home).assets)))
