"""Results of commands: one JSON document for programs, or an aligned table for people."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TextIO

from data.periods.timestamps import rfc3339
from headroom.console import streams


def as_json(payload: object) -> None:
    """Print one JSON document on a line of its own; dates, paths and the like become their text."""
    sys.stdout.write(as_text(payload, sys.stdout) + "\n")


def as_text(payload: object, stream: TextIO) -> str:
    """A JSON document as a stream can write it: characters its encoding may lack are escaped as JSON does."""
    return json.dumps(payload, ensure_ascii=not streams.speaks_unicode(stream), default=_text)


def as_table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Print rows under their column names, left aligned; a missing or null entry is a dash."""
    lines = [[name.upper().replace("_", " ") for name in columns]]
    lines += [["-" if row.get(name) is None else _text(row[name]) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        sys.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")


def _text(value: object) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)
