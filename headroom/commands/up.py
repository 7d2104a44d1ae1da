"""``headroom up``: prepares whatever is missing, then serves."""

from typing import Annotated

import typer

from headroom.console.options import AsJson, Home, Host, Port, Private, RootPath, scope

app = typer.Typer()
NoServe = Annotated[bool, typer.Option("--no-serve", help="Leave when everything is prepared; 1 if a step failed.")]

NoScheduler = Annotated[bool, typer.Option("--no-scheduler", help="Keep no scheduler and no worker: run no jobs.")]


@app.command(help="Migrate, train if there is no champion, project if there is no edition, and serve.")
def up(
    *,
    host: Host = None,
    port: Port = None,
    root_path: RootPath = None,
    home: Home = None,
    private: Private = False,
    no_serve: NoServe = False,
    no_scheduler: NoScheduler = False,
    as_json: AsJson = False,
) -> None:
    """Prepare what is missing and serve."""
    from data.base.scopes import Scope
    from headroom import serving
    from headroom.console import logging
    from headroom.settings import load
    from headroom.start.preparation import phases, prepare
    from headroom.start.up import serve as run

    settings = load(host=host, port=port, root_path=root_path, home=home, scope=scope(private=private))
    logging.configure(settings)
    reporter = phases(as_json=as_json)
    # Before minutes of training, not after.
    free = None if no_serve else serving.free_port(settings.host, settings.port)
    faults = prepare(settings, phases=reporter)
    if free is not None:
        # Jobs are of the public scope; what is private is refreshed and projected by hand.
        jobs = settings.scheduler and not no_scheduler and settings.scope is Scope.PUBLIC
        run(settings, port=free, phases=reporter, faults=faults, scheduler=jobs)
    elif faults:
        raise typer.Exit(1)
