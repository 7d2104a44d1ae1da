"""``headroom config``: the settings in force."""

import typer

from headroom.console import output
from headroom.console.options import AsJson, Home

app = typer.Typer(no_args_is_help=True, help="Show the settings, with where each came from.")


@app.callback()
def _group() -> None:
    # Keeps the name of the only command below, which typer would otherwise fold away.
    return


@app.command()
def show(*, home: Home = None, as_json: AsJson = False) -> None:
    """Print every setting, its value (passwords masked) and its origin."""
    from headroom.settings import Settings, display, load, origins

    options = {"home": home}
    settings = load(**options)
    came = origins(options)
    rows = [
        {
            "setting": name,
            "value": display(getattr(settings, name)),
            "origin": came[name],
            "meaning": Settings.model_fields[name].description,
        }
        for name in Settings.model_fields
    ]
    if as_json:
        output.as_json(rows)
    else:
        output.as_table(rows, ("setting", "value", "origin"))
