"""What commands print: one JSON document for programs, or an aligned table for people."""

import json
import sys
from collections.abc import Mapping, Sequence

from data.timestamps import with_rfc3339


def as_json(payload: object) -> None:
    """Print one JSON document on a line of its own; dates, paths and the like become their text."""
    sys.stdout.write(json.dumps(with_rfc3339(payload), ensure_ascii=False, default=str) + "\n")


def as_table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Print rows under their column names, left aligned; a missing or null entry is a dash."""
    lines = [[name.upper().replace("_", " ") for name in columns]]
    lines += [["-" if row.get(name) is None else str(with_rfc3339(row[name])) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        sys.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")
