"""``headroom editions``: what has been published."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headroom import output
from headroom.options import AsJson, Home

if TYPE_CHECKING:
    from headroom.settings import Settings

app = typer.Typer(no_args_is_help=True, help="List, show and verify the published editions.")
Id = Annotated[str, typer.Argument(help="Identifier of the edition; newest takes the one that is served.")]
IDENTITY = ("identity", "worst", "tolerance", "compared", "cell", "scenario")
COLUMNS = ("edition", "issued", "data_as_of", "model_version", "scenarios", "state")


@app.command("list")
def list_(*, home: Home = None, as_json: AsJson = False) -> None:
    """List the editions, newest first, each verified against its hashes."""
    from headroom.settings import load

    rows = [_row(path) for path in _folders(load(home=home))]
    rows.sort(key=lambda row: str(row["issued"]), reverse=True)
    if as_json:
        output.as_json({"items": rows})
    else:
        output.as_table([row | {"scenarios": ",".join(row["scenarios"])} for row in rows], COLUMNS)


@app.command()
def show(edition: Id = "newest", *, home: Home = None, as_json: AsJson = False) -> None:
    """Print the manifest of one edition: what it was made from, the identities that held, the hash of every file."""
    from headroom.settings import load
    from projection.editions import Edition

    manifest = dict(Edition.load(_find(edition, load(home=home))).manifest)
    if as_json:
        output.as_json(manifest)
    else:
        held = manifest.pop("identities", [])
        output.as_table([{"fact": key, "value": value} for key, value in manifest.items()], ("fact", "value"))
        typer.echo("")
        output.as_table([one | {"identity": one["name"], "cell": one["cell"] or None} for one in held], IDENTITY)


@app.command()
def verify(edition: Id = "newest", *, home: Home = None, as_json: AsJson = False) -> None:
    """Check every file of one edition against its manifest; an error names the first file that differs."""
    from headroom.settings import load
    from projection.editions import Edition

    found = Edition.load(_find(edition, load(home=home)))
    files = len(found.manifest["files"])
    if as_json:
        output.as_json({"edition": found.id, "files": files, "ok": True})
    else:
        typer.echo(f"{found.id}: {files} files match the manifest")


def _folders(settings: "Settings") -> list[Path]:
    # A folder that starts with a dot is one being written.
    places = settings.editions.iterdir() if settings.editions.is_dir() else ()
    return sorted(path for path in places if path.is_dir() and not path.name.startswith("."))


def _find(edition: str, settings: "Settings") -> Path:
    from data.errors import NotFound
    from projection.editions import newest

    if edition == "newest":
        return newest(settings.editions)[0].directory
    known = [path.name for path in _folders(settings)]
    if edition not in known:
        raise NotFound("edition", edition, allowed=known, hint="" if known else "run: headroom project")
    return settings.editions / edition


def _row(path: Path) -> dict[str, Any]:
    from data.errors import ArtifactCorrupt
    from data.timestamps import rfc3339
    from projection.editions import Edition

    try:
        found = Edition.load(path)
    except ArtifactCorrupt as error:
        facts = dict.fromkeys(COLUMNS)
        return facts | {"edition": path.name, "scenarios": [], "state": f"corrupt: {error.detail}"}
    return {
        "edition": found.id,
        "issued": rfc3339(found.issued),
        "data_as_of": found.data_as_of.isoformat(),
        "model_version": found.model_version,
        "scenarios": list(found.scenarios),
        "state": "verified",
    }
