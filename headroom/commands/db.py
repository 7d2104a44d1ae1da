"""``headroom db``: the schema of the database, and backups of the home."""

from pathlib import Path
from typing import Annotated

import typer

from headroom.console import output
from headroom.console.options import AsJson, Home

app = typer.Typer(
    no_args_is_help=True, help="Bring the database to the current schema; back up and restore the home it belongs to."
)


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


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; a name that is not taken.")],
    *,
    editions: Annotated[
        bool, typer.Option("--editions/--no-editions", help="With the files of editions; the ledger lists them always.")
    ] = True,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write database, models and editions to one file, whatever is written meanwhile; private figures are in it."""
    from headroom import backups
    from headroom.settings import load

    about = backups.backup(load(home=home), file.absolute(), editions=editions)
    rows = sum(about["database"]["rows"].values())
    if as_json:
        output.as_json({"file": str(file), "rows": rows, "files": len(about["files"])})
    else:
        typer.echo(f"{file}: {rows} rows of {len(about['database']['rows'])} tables, {len(about['files'])} files")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup of this release or an earlier one.")],
    *,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup into an empty home and database, SQLite or PostgreSQL, and bring it to the current schema."""
    from headroom import backups
    from headroom.settings import load

    settings = load(home=home)
    about = backups.restore(settings, file.absolute())
    if as_json:
        output.as_json({"home": str(settings.home), "release": about["release"], "created": about["created"]})
    else:
        typer.echo(f"{settings.home} holds what release {about['release']} backed up at {about['created']}")
