"""Makes the standard streams usable even if they are closed or their encoding has few characters."""

import codecs
import os
import sys
from io import TextIOWrapper
from typing import TextIO

from headroom.console.log_lines import LogLines


def prepare() -> None:
    """Open the standard streams that are closed, and let the others write what their encoding lacks as escapes.

    A closed stream's number would go to the next file that is opened, which printing would then write into. So its
    place is taken: what is read there is empty, what is written to a closed stdout fails as it should, and what is
    written to a closed stderr is lost.
    """
    for number, name, access in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        stream = getattr(sys, name)
        if stream is None:
            _occupy(number, access)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115 - it stays open
        elif number and isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stderr = LogLines(sys.stderr)


def speaks_unicode(stream: TextIO) -> bool:
    """Whether a stream can write every character."""
    encoding = getattr(stream, "encoding", None)
    return encoding is None or codecs.lookup(encoding).name.startswith("utf")


def write_utf8(stream: TextIO) -> None:
    """Let a stream be UTF-8 whatever the locale says, for what is read by programs."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8")


def stdout_is_closed() -> bool:
    """Whether stdout was closed by the caller, so that :func:`prepare` took its place."""
    return getattr(sys.stdout, "name", None) == 1


def settle_stdout() -> None:
    """Write what waits in the buffer, or drop it where that fails: it would fail again when the process ends."""
    try:
        sys.stdout.flush()
    except OSError:
        _occupy(sys.stdout.fileno(), os.O_WRONLY)


def _occupy(number: int, access: int) -> None:
    descriptor = os.open(os.devnull, access)
    if descriptor != number:
        os.dup2(descriptor, number)
        os.close(descriptor)
