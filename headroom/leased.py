"""Child processes that live no longer than their parent says: on a lease, or until the parent is gone.

The parent writes moments of the monotonic clock, which all processes of a machine share, to the child's stdin, and
:func:`headroom.console.lease.obey` reads them there.
"""

import json
import math
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

from filelock import FileLock

from data.base.artifacts import LOCK
from headroom import children
from service.jobs.worker import Exit

LOG_BYTES = 16 * 2**10
DOCUMENT_BYTES = 64 * 2**10


class LeasedChild:
    """A ``headroom`` command in a process group of its own; what it writes to stderr is also written to ours.

    Args:
        arguments: the command and its options.
        home: the home it works in; it works in the public scope.
        until: moment of the monotonic clock up to which it lives unless that is extended.
        grace: seconds between being told to end and being killed.
        context: names and values that stand in its log lines.
        module: what is run in place of ``headroom``.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        home: Path,
        until: float = math.inf,
        grace: float = children.GRACE_SECONDS,
        context: Mapping[str, str] | None = None,
        module: str = "headroom",
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=children.JOB_FOLDER, dir=home, ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        # As long as it is held, nobody takes the folder for one that a killed parent left.
        self._lock = FileLock(folder / LOCK)
        self._lock.acquire()
        self._report, self._output = folder / "error.json", folder / "output"
        self._grace = grace
        self._lines: deque[bytes] = deque()
        words = [part for name, value in (context or {}).items() for part in (f"--{name}", value)]
        front = ["--report", str(self._report), "--leased", f"{grace:g}", *words]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-P", "-m", module, *front, *arguments],
                env=children.environment(home, scope="public"),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.PIPE,
                process_group=0,
            )
        self.extend(until)
        self._reader = Thread(target=self._read, args=(self._process.stderr,), name="child's log", daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> Exit | None:
        """How it ended, once it has; None when it still runs after so many seconds."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        # A leader that died leaves what it started behind.
        children.signal_group(self._process.pid, signal.SIGKILL)
        self._reader.join(1)
        error = None if code == 0 else children.fault(self._report) or children.died(code)
        return Exit(code, error, self._document())

    def extend(self, until: float) -> None:
        """Let it live until a moment of the monotonic clock."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{until!r}\n".encode())
            self._process.stdin.flush()

    def end(self) -> None:
        """End it, with every process it started, and remove its folder."""
        if self._process.poll() is None:
            children.end(self._process, grace=self._grace)
        for stream in (self._process.stdin, self._process.stderr):
            if stream is not None:
                self._reader.join(1)
                with suppress(OSError):
                    stream.close()
        self._lock.release()
        self._folder.cleanup()

    def tail(self) -> str:
        """The end of what it wrote to stderr."""
        return b"".join(list(self._lines)).decode(errors="replace")[-LOG_BYTES:]

    def _read(self, stream: BinaryIO) -> None:
        size = 0
        for line in stream:
            self._lines.append(line)
            size += len(line)
            while size > LOG_BYTES and len(self._lines) > 1:
                size -= len(self._lines.popleft())
            sys.stderr.write(line.decode(errors="replace"))
        sys.stderr.flush()

    def _document(self) -> Mapping[str, Any]:
        """The object a command printed with ``--json``; nothing for other output."""
        with suppress(OSError, ValueError):
            if self._output.stat().st_size <= DOCUMENT_BYTES:
                document = json.loads(self._output.read_bytes())
                if isinstance(document, dict):
                    return document
        return {}
