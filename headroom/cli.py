"""The ``headroom`` command: a static list of commands, each module imported only when its command is called.

Exit codes: 0 done, 1 an error of the tree or of the system, 2 a usage error or an InputError, 130 interrupted.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from data.errors import HeadroomError, InputError
from headroom.signals import unwinding

USAGE = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of ``headroom --help``; ``headroom.commands.<name>`` offers the application under it."""

    name: str
    help: str
    group: bool = False
    hidden: bool = False


ENTRIES: tuple[Entry, ...] = (
    Entry("up", "Migrate, train if there is no champion, project if there is no edition, and serve."),
    Entry("serve", "Serve what was published, preparing nothing."),
    Entry("data", "List, show, check, refresh and import figures.", group=True),
    Entry("train", "Backtest, pool and calibrate the members; publish the version, judge it, and track it in MLflow."),
    Entry("backtest", "Score members and ensemble on rolling origins, as of a day; nothing is published."),
    Entry("forecast", "Forecast your own series from a CSV file: medians and calibrated bands."),
    Entry("models", "List, promote and roll back what training published.", group=True),
    Entry(
        "project", "Draw demand and supply jointly and publish an edition; with --as-of, the whole chain on a past day."
    ),
    Entry("editions", "List, show and verify the published editions.", group=True),
    Entry("scoreboard", "List what others and our editions projected, and how far off it turned out to be."),
    Entry("db", "Bring the database to the current schema.", group=True),
    Entry("config", "Show the settings, with where each came from.", group=True),
    Entry("assets", "Build the chart library of the page.", hidden=True),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """An expected error as it is printed."""

    code: str
    title: str
    detail: str
    remedy: str


class LazyCommands(typer.core.TyperGroup):
    """A group that knows its commands' names and help, and imports a command's module when it is called."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer's own keyword arguments, passed through
        super().__init__(**attributes)
        for entry in ENTRIES:
            stub = typer.core.TyperCommand(entry.name, help=entry.help, hidden=entry.hidden)
            self.add_command(stub, entry.name)
        self._groups = {entry.name: entry.group for entry in ENTRIES}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - typer's context type is private
        """Find the named command and load what stands behind it."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None:
            application = import_module(f"headroom.commands.{name}").app
            build = typer.main.get_group if self._groups[name] else typer.main.get_command
            command = build(application)
            command.name = name
        return name, command, rest


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="How much compute, storage and energy data centers need, how much is being built, and the gap between.",
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer hands the option's value over by position
    if wanted:
        from data.release import release

        typer.echo(f"headroom {release()}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    # The options of the bare command; everything else belongs to the commands.
    return


def run(args: Sequence[str]) -> int:
    """Run the command line and return its exit code; expected errors become one line on stderr.

    ``--report FILE`` in front also writes an error as JSON to the file, for the parent that started us.
    """
    report, rest = (Path(args[1]), list(args[2:])) if args[:1] == ["--report"] else (None, list(args))
    try:
        with unwinding():
            result = typer.main.get_command(app).main(args=rest, prog_name="headroom", standalone_mode=False)
    except HeadroomError as error:
        fault = Fault(error.code, error.title, error.detail, error.remedy)
        code = USAGE if isinstance(error, InputError) else 1
    except typer.TyperException as error:
        # An empty message is what typer raises after it has printed the help itself.
        if not error.format_message():
            return error.exit_code
        context = getattr(error, "ctx", None)
        remedy = f"{context.command_path if context else 'headroom'} --help"
        fault, code = Fault("usage_error", "Usage error", error.format_message(), remedy), error.exit_code
    except OSError as error:
        fault, code = Fault("system_error", "System error", str(error), "check the path, rights and space"), 1
    except typer.Abort:
        return 130
    else:
        # Without standalone mode a typer.Exit comes back as its code, and a command that ends normally as None.
        return result if isinstance(result, int) else 0
    text = json.dumps(asdict(fault), ensure_ascii=False)
    if report is not None:
        report.write_text(text, encoding="utf-8")
    line = text if "--json" in rest else f"error: {fault.code}: {fault.detail} ({fault.remedy})"
    sys.stderr.write(" ".join(line.split()) + "\n")
    return code
