"""A ``headroom`` command that is killed: ``python -m benchmarks.torture.killed POINT AT COMMAND...``.

POINT is ``module:function``, and the kill comes AT seconds after that function was entered; or ``-`` for the start of
the process; or ``steps``, and the kill comes before step number AT of what the command changes: files below the
folder that holds its home, rows, transactions, and objects of a storage. The timer's signal has no handler, so the
system ends the process at once, as SIGKILL does. With AT ``measure`` it lives, and tells on stderr how many seconds it
ran from the point on, or how many steps it took. COMMAND is one of ``headroom``, or ``-m`` and a module of ours.
"""

import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

MEASURE = "measure"
STEPS = "steps"
WRITING = os.O_WRONLY | os.O_RDWR
FILE_EVENTS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link", "shutil.rmtree"}
STATEMENTS = ("INSERT", "UPDATE", "DELETE")


class Steps:
    """Counts the steps of this process and kills it before the last one it may not take; None lets it live."""

    def __init__(self, last: int | None, folder: Path) -> None:
        self.count = 0
        self._last = last
        self._folder = f"{folder}{os.sep}"
        self._pid = os.getpid()

    def step(self, *_facts: object) -> None:
        """One step; what a process does that was forked from this one is none."""
        if os.getpid() != self._pid:
            return
        self.count += 1
        if self.count == self._last:
            os.kill(self._pid, signal.SIGKILL)

    def watch(self) -> None:
        """Count from now on."""
        from sqlalchemy import Engine, event

        from projection.edition.remote import RemoteEditions

        sys.addaudithook(self._audited)
        event.listen(Engine, "after_cursor_execute", self._executed)
        event.listen(Engine, "commit", self.step)
        RemoteEditions.put = self._around(RemoteEditions.put)

    def _audited(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open":
            path, mode, flags = arguments
            writes = (flags or 0) & WRITING or (isinstance(mode, str) and mode.strip("rbt"))
            if not writes:
                return
        elif name not in FILE_EVENTS:
            return
        path = arguments[0]
        if isinstance(path, str | os.PathLike) and os.path.realpath(path).startswith(self._folder):
            self.step()

    def _executed(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(STATEMENTS):
            self.step()

    def _around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def counted(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
            self.step()
            try:
                return real(*arguments, **keywords)
            finally:
                self.step()

        return counted


def main() -> int:
    """Run the command."""
    point, at, *command = sys.argv[1:]
    entered = [time.monotonic()]

    def begin() -> None:
        entered[0] = time.monotonic()
        if at != MEASURE:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, float(at) or 1e-6)

    steps = None
    if point == STEPS:
        folder = Path(os.environ["HEADROOM_HOME"]).parent.resolve()
        steps = Steps(None if at == MEASURE else int(at), folder)
        steps.watch()
    elif point == "-":
        begin()
    else:
        module, _, name = point.partition(":")
        owner = import_module(module)
        real = getattr(owner, name)

        @wraps(real)
        def timed(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
            begin()
            return real(*arguments, **keywords)

        setattr(owner, name, timed)
    code = _run(command)
    if at == MEASURE:
        measured = time.monotonic() - entered[0] if steps is None else steps.count
        sys.stderr.write(f"\n{MEASURE} {measured}\n")
    return code


def _run(command: list[str]) -> int:
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__")
        return 0
    from headroom.cli import run

    return run(command)


if __name__ == "__main__":
    sys.exit(main())
