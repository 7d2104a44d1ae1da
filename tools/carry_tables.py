"""Carry compiled figures into the project's own tables: ``python tools/carry_tables.py FOLDER``.

Reads the compiled CSV files of FOLDER and writes ``data/tables`` byte-stably: one schema, text of numbers unchanged,
rows sorted by key, only exact duplicates dropped. Running it twice on the same folder changes nothing.
"""

import csv
import io
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "data" / "tables"
OBSERVATIONS = ("capacity", "chips", "energy", "projections")
KEY = ("series_id", "freq", "period", "source_id", "scenario", "published")
ORDER = {
    "sites": ("site", "period", "status", "source_id"),
    "site_vintages": ("vintage", "site", "date"),
    "accelerators": ("vendor", "release_date", "chip"),
    "release_lags": ("source_id",),
}


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a CSV file as text."""
    with path.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        return list(reader.fieldnames or ()), list(reader)


def without_paths(note: str) -> str:
    """The note, less the place where the compilers kept a copy; a reader of the table has no such folder."""
    return re.sub(r"(;\s*)?\bcop(y|ies) in raw/\S*", "", note)


def write(name: str, header: list[str], rows: list[dict[str, str]], order: tuple[str, ...]) -> int:
    """Write rows sorted by the given columns, then by all; returns how many were written."""
    unique = {tuple(row[column] for column in header): row for row in rows}
    ranked = sorted(unique.values(), key=lambda row: (*(row[c] for c in order), *(row[c] for c in header)))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(ranked)
    (TARGET / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
    return len(ranked)


def main() -> int:
    """Entry point."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - program and folder
        print(__doc__)
        return 2
    source = Path(sys.argv[1])
    TARGET.mkdir(parents=True, exist_ok=True)
    sources: list[dict[str, str]] = []
    header: list[str] = []
    for name in OBSERVATIONS:
        columns, rows = read(source / f"{name}.csv")
        print(name, write(name, columns, rows, KEY))
        columns, rows = read(source / f"{name}_sources.csv")
        header = [*columns, "table"]
        sources += [{**row, "note": without_paths(row["note"]), "table": name} for row in rows]
    print("sources", write("sources", header, sources, ("source_id", "table")))
    for name, order in ORDER.items():
        columns, rows = read(source / f"{name}.csv")
        print(name, write(name, columns, rows, order))
    return 0


if __name__ == "__main__":
    sys.exit(main())
