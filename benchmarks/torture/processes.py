"""Commands in processes that are forked from one in which all libraries are imported: a start takes no second."""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.torture import killed

ROOT = Path(__file__).parents[2]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "__main__",
        "fsspec.implementations.local",
        "headroom.cli",
        "polars",
        "projection.edition.publish",
        "projection.project",
        "sqlalchemy.dialects.postgresql",
    ]
)


def run(arguments: Sequence[str], environment: Mapping[str, str], *, seconds: float) -> tuple[int, str]:
    """Exit code and stderr of :mod:`benchmarks.torture.killed` with arguments, and all it started ended.

    Raises TimeoutError after so many seconds.
    """
    with tempfile.NamedTemporaryFile("r", prefix="headroom-killed-") as words:
        process = CONTEXT.Process(target=_command, args=(list(arguments), dict(environment), words.name))
        process.start()
        assert process.pid is not None  # noqa: S101 - it was started
        process.join(seconds)
        alive = process.is_alive()
        # What a dead leader leaves behind is killed with it, as a container's end would.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        if alive:
            raise TimeoutError(f"{' '.join(arguments)} takes longer than {seconds:g} s")
        return process.exitcode or 0, words.read()


def _command(arguments: list[str], environment: dict[str, str], words: str) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, path in ((1, os.devnull), (2, words)):
        opened = os.open(path, os.O_WRONLY)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdout, sys.stderr = (os.fdopen(descriptor, "w", buffering=1, closefd=False) for descriptor in (1, 2))
    sys.argv = ["killed", *arguments]
    sys.exit(killed.main())
