"""``headroom serve``: serves what has been published and prepares nothing."""

import gc

import typer

from headroom.console.options import AsJson, Home, Host, Port, Private, RootPath, scope

app = typer.Typer()


@app.command(help="Serve what was published, preparing nothing.")
def serve(
    *,
    host: Host = None,
    port: Port = None,
    root_path: RootPath = None,
    home: Home = None,
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Serve; /readyz gives the reason while there is nothing to serve, and follows newly published editions."""
    # Imports make hundreds of thousands of objects that all stay; the server collects garbage again once it listens.
    gc.disable()
    from headroom import serving
    from headroom.console import logging
    from headroom.console.phases import Phases
    from headroom.settings import load
    from headroom.start.up import serve as run

    settings = load(host=host, port=port, root_path=root_path, home=home, scope=scope(private=private))
    logging.configure(settings)
    free = serving.free_port(settings.host, settings.port)
    run(settings, port=free, phases=Phases(("serve",), as_json=as_json), faults=[])
