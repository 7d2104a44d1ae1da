"""Reads the bytes of a user's file up to a limit, from a file, a stream or standard input, and decompresses gzip."""

import stat
import sys
from pathlib import Path
from typing import BinaryIO

from data.base.errors import InvalidParameter
from data.connectors.bodies import Inflater
from data.user_files.limits import Limits

STDIN = Path("-")
"""The file name that stands for standard input."""
PIECE = 2**20
GZIP_START = b"\x1f\x8b"
OTHERS = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7-Zip",
    b"%PDF": "PDF",
    b"SQLite format 3": "an SQLite database",
    b"ARROW1": "Arrow IPC",
    b"ORC": "ORC",
    b"\x89HDF": "HDF5",
}
"""Beginnings of files of other kinds, and their names."""


def read_content(path: Path, limits: Limits, *, parameter: str) -> bytes:
    """The whole content, decompressed; raises :class:`InvalidParameter` and :class:`data.base.errors.InputTooLarge`.

    What is no regular file is read as a stream and given up at the limit, so that a device without an end has one.
    """
    try:
        if path == STDIN:
            content = _all(sys.stdin.buffer, str(path), limits)
        else:
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                limits.check_bytes(str(path), status.st_size)
            with path.open("rb") as file:
                content = _all(file, str(path), limits)
    except OSError as error:
        raise InvalidParameter(parameter, f"{path}: {error.strerror}") from None
    if content.startswith(GZIP_START):
        return _inflated(content, str(path), limits, parameter)
    for start, name in OTHERS.items():
        if content.startswith(start):
            message = f"{path} is {name}, which is not read"
            raise InvalidParameter(parameter, message, allowed=["CSV, gzip of it, Parquet, xlsx, xls, ods"])
    return content


def _all(file: BinaryIO, name: str, limits: Limits) -> bytes:
    content = bytearray()
    while piece := file.read(PIECE):
        content += piece
        limits.check_bytes(name, len(content))
    return bytes(content)


def _inflated(content: bytes, name: str, limits: Limits, parameter: str) -> bytes:
    inflater = Inflater(compressed=True, limit=limits.bytes)
    try:
        if not inflater.take(content):
            limits.check_bytes(name, limits.bytes + 1)
        return inflater.body()
    except EOFError as error:
        raise InvalidParameter(parameter, f"{name}: gzip: {error}") from None
