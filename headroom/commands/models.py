"""``headroom models``: versions that were published and promotions that were made."""

import typer

from headroom import output
from headroom.options import AsJson, Home

app = typer.Typer(help="List what training published and what was promoted.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``list`` a subcommand while it is the only one."""


@app.command("list", help="Published versions, newest first, with the champion marked.")
def list_(*, home: Home = None, as_json: AsJson = False) -> None:
    """Versions whose files verify, and why the others do not."""
    from data.errors import ArtifactCorrupt, NoChampion
    from headroom import wiring
    from headroom.settings import load
    from training.ledger import champion
    from training.published import Published

    settings = load(home=home)
    wiring.migrate(settings)
    try:
        standing = champion(settings.database_url.get_secret_value())
    except NoChampion:
        standing = ""
    rows = []
    folders = settings.models.iterdir() if settings.models.is_dir() else ()
    for folder in sorted((path for path in folders if not path.name.startswith(".")), reverse=True):
        row = {"version": folder.name, "champion": folder.name == standing}
        try:
            found = Published.load(folder)
        except ArtifactCorrupt as error:
            rows.append({**row, "status": "corrupt", "reason": error.detail})
        else:
            rows.append(
                {**row, "status": "good", "data_as_of": found.manifest["data_as_of"], "series": found.meta.height}
            )
    if as_json:
        output.as_json({"items": rows})
        return
    for item in rows:
        mark = "champion" if item["champion"] else ""
        detail = item.get("reason") or f"data as of {item['data_as_of']}, {item['series']} series"
        typer.echo(f"{item['version']}  {item['status']:8} {mark:9} {detail}")
    if not rows:
        typer.echo("no version has been published: run headroom train")
