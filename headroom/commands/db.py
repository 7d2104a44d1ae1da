"""``headroom db``: the schema of the database."""

import typer

from headroom.console import output
from headroom.console.options import AsJson, Home

app = typer.Typer(no_args_is_help=True, help="Bring the database to the current schema.")


@app.callback()
def _group() -> None:
    # Keeps the name of the only command below, which typer would otherwise fold away.
    return


@app.command()
def upgrade(*, home: Home = None, as_json: AsJson = False) -> None:
    """Run the migrations that are missing, under a lock; safe to repeat."""
    from headroom.settings import display, load
    from headroom.wiring import migrate

    settings = load(home=home)
    migrate(settings)
    place = display(settings.database_url)
    if as_json:
        output.as_json({"database": place, "upgraded": True})
    else:
        typer.echo(f"{place} is at the current schema")
