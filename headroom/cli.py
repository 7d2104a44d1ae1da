"""The ``headroom`` command: a static list of commands, each module imported only when its command is called.

Exit codes: 0 done, 1 an error of the tree or of the system, 2 a usage error or an InputError, 130 interrupted.
"""

import errno
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from data.base.errors import HeadroomError, InputError
from data.base.redaction import redacted
from headroom.console import output, streams
from headroom.console.parent import from_parent
from headroom.start.signals import Stopped, unwinding

USAGE = 2
INTERRUPTED = 130
FULL = "No space left on device"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of ``headroom --help``; ``headroom.commands.<name>`` offers the application under it.

    ``stays`` says what is left of the command when it is interrupted.
    """

    name: str
    help: str
    group: bool = False
    hidden: bool = False
    stays: str = "nothing was changed"


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "up",
        "Migrate, train if there is no champion, project if there is no edition, and serve.",
        stays="what was prepared stays; up goes on from there",
    ),
    Entry("serve", "Serve what was published, preparing nothing."),
    Entry(
        "data",
        "List, show, check, refresh and import figures.",
        group=True,
        stays="a source or file is stored whole or not at all: headroom data sources shows what was read",
    ),
    Entry(
        "train",
        "Backtest, pool and calibrate the members; publish the version, judge it, and track it in MLflow.",
        stays="the champion is that of headroom models list; fits are kept, and the same command goes on from them",
    ),
    Entry(
        "backtest",
        "Score members and ensemble on rolling origins, as of a day; nothing is published.",
        stays="fits are kept, and the same command goes on from them",
    ),
    Entry(
        "forecast",
        "Forecast your own series from a CSV file: medians and calibrated bands.",
        stays="the output file is as it was before",
    ),
    Entry(
        "models",
        "List, promote and roll back what training published.",
        group=True,
        stays="a decision is written whole or not at all: headroom models list",
    ),
    Entry(
        "project",
        "Draw demand and supply jointly and publish an edition; with --as-of, the whole chain on a past day.",
        stays="an edition is published whole or not at all; those before it are as they were",
    ),
    Entry(
        "editions",
        "List, show, verify, compare, explain, export, recall, cite and prune published editions.",
        group=True,
    ),
    Entry(
        "claims", "List claims with their verdicts, or show one: every number, its rule, and what editions before said."
    ),
    Entry("scenarios", "List, show, evaluate, explain and solve scenarios.", group=True),
    Entry(
        "leads", "Lay two regions side by side: medians, the median of their difference and the chance of being ahead."
    ),
    Entry("mcp", "Answer agents over standard input and output (Model Context Protocol)."),
    Entry("scheduler", "Queue the jobs that schedules call for, until it is ended."),
    Entry(
        "worker",
        "Run the jobs of the queue, until it is ended.",
        stays="the job under way is in the queue again",
    ),
    Entry("jobs", "List, show, cancel and queue jobs: refresh, drift, retrain, project, score.", group=True),
    Entry("schedules", "List, set, pause, resume, trigger and backfill schedules of jobs.", group=True),
    Entry("keys", "Create, list, rotate and revoke keys of the service.", group=True),
    Entry(
        "webhooks",
        "Add, list, remove and test addresses that get events, and list deliveries.",
        group=True,
    ),
    Entry("scoreboard", "List what others and our editions projected, and how far off it turned out to be."),
    Entry(
        "db",
        "Bring the database to the current schema; back up and restore the home it belongs to.",
        group=True,
        stays="a migration is made whole or not at all; the same command goes on",
    ),
    Entry("config", "Show the settings, with where each came from.", group=True),
    Entry("assets", "Build the chart library of the pages and draw their first charts.", hidden=True),
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


def _version(flag: bool) -> None:  # noqa: FBT001 - typer hands the option's value over by position
    if flag:
        from data.base.release import release

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

    What stands in front of the command for a parent of ours: :mod:`headroom.console.parent`.
    """
    report, rest = from_parent(args)
    try:
        with unwinding():
            exit_code = typer.main.get_command(app).main(args=rest, prog_name="headroom", standalone_mode=False)
            # What is printed is written here, where a full disk or a closed pipe can still be reported.
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt, Stopped) as error:  # noqa: BLE001 - nobody gets a traceback
        fault, code = _judged(error, rest)
    else:
        # Without standalone mode a typer.Exit comes back as its code, and a command that ends normally as None.
        code = exit_code if isinstance(exit_code, int) else 0
        fault = _interrupted(rest) if code == INTERRUPTED else None
    streams.settle_stdout()
    if fault is None:
        return code
    fault = replace(fault, detail=redacted(fault.detail))
    if report is not None:
        report.write_text(json.dumps(asdict(fault)), encoding="utf-8")
    words = "" if fault.code == "interrupted" else "error: "
    line = f"{words}{fault.code}: {fault.detail} ({fault.remedy})"
    line = output.as_text(asdict(fault), sys.stderr) if "--json" in rest else " ".join(line.split())
    sys.stderr.write(f"{line}\n")
    return code


def _judged(error: BaseException, args: Sequence[str]) -> tuple[Fault | None, int]:
    """What is said of an error, None for nothing, and the exit code."""
    fault: Fault | None = None
    code = 1
    match error:
        case BrokenPipeError():
            pass  # Whoever read it has read enough.
        case HeadroomError():
            fault = Fault(error.code, error.title, error.detail, error.remedy)
            code = USAGE if isinstance(error, InputError) else 1
        case typer.TyperException():
            code = error.exit_code
            # An empty message is what typer raises after it has printed the help itself.
            if message := error.format_message():
                context = getattr(error, "ctx", None)
                remedy = f"{context.command_path if context else 'headroom'} --help"
                fault = Fault("usage_error", "Usage error", message, remedy)
        case Stopped():
            fault, code = _interrupted(args), int(error.code or INTERRUPTED)
        case KeyboardInterrupt() | typer.Abort():
            fault, code = _interrupted(args), INTERRUPTED
        case _:
            fault = _unexpected(error)
    return fault, code


def _interrupted(args: Sequence[str]) -> Fault:
    """What an interrupted command says: that it stopped, and what stays."""
    command = next((text for text in args if not text.startswith("-")), "headroom")
    stays = next((entry.stays for entry in ENTRIES if entry.name == command), "nothing was changed")
    return Fault("interrupted", "Interrupted", f"{command} stopped", stays)


def _unexpected(error: BaseException) -> Fault:
    """An error of the system, or one that nobody expected, whose traceback is kept in a file."""
    if isinstance(error, OSError) or FULL in str(error):
        if getattr(error, "errno", None) == errno.EBADF and streams.stdout_is_closed():
            return Fault("output_closed", "Output is closed", "the result was not printed", "open standard output")
        if FULL in str(error):
            return Fault("disk_full", "Disk is full", str(error), "make room and run it again; nothing is half written")
        return Fault("system_error", "System error", str(error), "check the path, rights and space")
    detail, remedy = f"{type(error).__name__}: {error}", "a fault of Headroom: please report it with what you ran"
    try:
        handle, path = tempfile.mkstemp(prefix="headroom-", suffix=".traceback", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(redacted("".join(traceback.format_exception(error))))
    except OSError:
        return Fault("internal_error", "Internal error", detail, remedy)
    return Fault("internal_error", "Internal error", detail, f"{remedy} and {path}")
