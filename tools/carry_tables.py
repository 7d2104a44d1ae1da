"""Carry compiled figures into the project's own tables: ``python tools/carry_tables.py FOLDER``.

Reads the compiled CSV files of FOLDER, further figures in its folder ``update`` and the dated stages of sites in its
folder ``stages``, and writes ``data/tables`` byte-stably: one schema, text of numbers unchanged, rows sorted by key,
only exact duplicates dropped. Running it twice on the same folder changes nothing.

Quarters a publisher marks incomplete are carried as projections, so that nobody reads them as whole ones.

What the compilation leaves out of a source it read is added (``LEFT_OUT``).

Three things are made here, because the tables have no place for what was compiled. Weeks become months, each the mean
of the weeks that begin in it, and say so in their note. Seasons that are no calendar quarters stand under their first
month. The update lists of the newest edition of the tracker only the sites that changed; the sites it leaves out stand
in that edition as the edition before has them.
"""

import csv
import io
import re
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from statistics import fmean

TARGET = Path(__file__).resolve().parent.parent / "data" / "tables"
OBSERVATIONS = ("capacity", "chips", "energy", "projections")
KEY = ("series_id", "freq", "period", "source_id", "scenario", "published")
ORDER = {
    "sites": ("site", "period", "status", "source_id"),
    "site_vintages": ("vintage", "site", "date"),
    "accelerators": ("vendor", "release_date", "chip"),
    "release_lags": ("source_id",),
}
STAGES = {
    "site_stages": ("site_stages", ("site_id", "event")),
    "site_editions": ("site_editions", ("edition", "site_id")),
    "tracker_editions": ("editions", ("edition",)),
    "stage_changes": ("live_transitions", ("site_id", "first_edition_after")),
    "stage_estimates": ("stage_estimates", ("quantity", "variant", "from", "to")),
    "site_crosswalk": ("crosswalk", ("our_site", "site_id")),
    "realisation_rates": ("nmai_rates", ("rate_id", "published")),
}
"""Tables of dated stages: the file each is carried from, and what it is sorted by."""

TRACKER = {
    "source_id": "epoch_2026_10",
    "title": "AI Data Centers (Frontier Data Centers) dataset, edition of 2026-10-01",
    "publisher": "Epoch AI",
    "url": "https://epoch.ai/data/ai-data-centers",
    "licence": "CC BY 4.0",
    "published": "2026-10-01",
    "note": "sites that changed since 2026-08-03, and new ones",
    "table": "capacity",
}
"""The source the update cites for the tracker's sites and describes nowhere."""

UNCITED = {"nea_cap_2026_08": "energy", "tsmc_2q26_platform": "chips", "zai_1gw_2026": "capacity"}
"""Tables of the sources of the update that no observation cites; what sites cite stands with capacity."""

CORRECTED: dict[str, dict[str, str]] = {
    "dominion_wait": {"title": "Interconnection wait in Northern Virginia, Phoenix and Dallas (as cited)"},
    "census_owid": {"note": "constant dollars of 2021"},
}
"""Faults of the compilation in what it says of a source, put right."""

LEFT_OUT = {
    "energy": tuple(
        f"us-ercot.{kind}.planned_additions.cdr2025_12,US-ERCOT,planned_additions_at_peak_hour,GW,A,2030-01-01,{gw},,,"
        'plan,,ercot_cdr_2025_12,2025-12-31,secondary,"December 2025 CDR, summer 2030 peak hour; '
        'peak-hour contribution; sum of three areas"'
        for kind, gw in (("solar", "6.1102"), ("wind", "0.8948"))
    )
}
"""Rows that the compilation leaves out of a source it read, by table: of the report's planned capacity it has what is
thermal and what is storage, and not what is solar and wind."""

LATER_THAN_PRINTED = ("nea_2026h1", "electricity_consumption", "2026-07-15")
"""Source and metric of figures compiled with a day after that of their publication, and the day they were published."""

INCOMPLETE = "quarter incomplete in source"
"""What the note says of a quarter that its publisher has not counted to its end: no observation of the quarter."""

PLANS = r"us\.datacenter\.shell_lease_rent$|us-pjm\.elcc\..*\.final$"
"""Terms of single contracts, announced one after another, and ratings set ahead: no observations of one quantity."""

QUARTERS = ("01", "04", "07", "10")
"""First months of the calendar quarters."""

COPY = re.compile(
    r"(;\s*)?\bcop(y|ies) in raw/\S*"
    r"|\s*\([^()]*\b\d{10,}[^()]*\)"
    r"|[:,]?( (from|by|quoted in|as copied in))?\s*((read in|stored copy read through) the\b.*?\bindex\b).*"
    r"|[:,]?\s*\b((day |peaks )?from |read in |notes in |agree: |as copied in |quoted in |cross-checked with )?"
    r"((file|document)s? (id )?)?\d{10,}.*"
    r"|.*\bstored (copy|sources)\b.*"
)
"""What names a copy the compilers kept or found, inside one part of a note."""

Rows = list[dict[str, str]]


def read(path: Path) -> tuple[list[str], Rows]:
    """Header and rows of a CSV file as text."""
    with path.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        return list(reader.fieldnames or ()), list(reader)


def further(folder: Path, name: str) -> Rows:
    """Rows of a table in the folder of further figures; none where it has no such file."""
    path = folder / "update" / f"{name}.csv"
    return read(path)[1] if path.exists() else []


def without_paths(note: str) -> str:
    """The note, less the place where the compilers kept or found a copy; a reader of the table has no such place."""
    if not COPY.search(note):
        return note
    parts = (COPY.sub("", part).strip(" ,:") for part in note.split("; "))
    return "; ".join(part if "(" in part else part.rstrip(")") for part in parts if part)


def cleaned(row: dict[str, str]) -> dict[str, str]:
    """The row with its note freed of such places, and the known faults of the compilation put right."""
    source, metric, day = LATER_THAN_PRINTED
    if row["source_id"] == source and row.get("metric", "").startswith(metric):
        row = row | {"published": day}
    if "table" in row:
        row = row | CORRECTED.get(row["source_id"], {})
    if row.get("freq") == "Q" and row["period"][5:7] not in QUARTERS:
        row = row | {"freq": "M"}
    if INCOMPLETE in row["note"]:
        row = row | {"kind": "projection", "scenario": "incomplete_quarter"}
    if re.match(PLANS, row.get("series_id", "")):
        row = row | {"kind": "plan"}
    return row | {"note": without_paths(row["note"])}


def months_of_weeks(rows: Rows) -> Rows:
    """The rows with weeks replaced by months: the mean of the weeks that begin in a month, as an estimate.

    A month is known when it is over and its last compiled week was published.
    """
    weeks: dict[tuple[str, str], Rows] = {}
    for row in rows:
        if row["freq"] == "W":
            weeks.setdefault((row["series_id"], row["period"][:7]), []).append(row)
    monthly = [row for row in rows if row["freq"] != "W"]
    for (_, month), week_rows in weeks.items():
        year, number = map(int, month.split("-"))
        over = date(year + number // 12, number % 12 + 1, 1).isoformat()
        days = ", ".join(row["period"] for row in week_rows)
        monthly.append(
            week_rows[-1]
            | {
                "freq": "M",
                "period": f"{month}-01",
                "value": f"{fmean(float(row['value']) for row in week_rows):.6g}",
                "kind": "estimate",
                "published": max(over, *(row["published"] for row in week_rows)),
                "note": f"derived: mean of the {len(week_rows)} compiled weeks that begin in the month ({days}); "
                + week_rows[-1]["note"].split("; ", 1)[1],
            }
        )
    return monthly


def whole_edition(rows: Rows, newest: Rows) -> Rows:
    """Steps of the editions before, and those of the newest, which keeps the sites it does not list as they were."""
    before = max((row["vintage"] for row in rows), default="")
    listed = {row["site"] for row in newest}
    unchanged = [row for row in rows if row["vintage"] == before and row["site"] not in listed]
    return rows + newest + [row | {"vintage": newest[0]["vintage"]} for row in unchanged if newest]


def sources_of(folder: Path, cited: dict[str, set[str]]) -> tuple[list[str], Rows]:
    """Header and rows of the sources, one for every table that cites a source."""
    columns: list[str] = []
    rows: Rows = []
    for name in OBSERVATIONS:
        columns, read_rows = read(folder / f"{name}_sources.csv")
        rows += [{**row, "table": name} for row in read_rows]
    added = further(folder, "sources")
    if added:
        described = {row["source_id"]: row for row in rows} | {row["source_id"]: row for row in added}
        there = {(row["source_id"], row["table"]) for row in rows}
        for table, ids in cited.items():
            rows += [
                {**described[one], "table": table}
                for one in sorted(ids)
                if one in described and (one, table) not in there
            ]
        nowhere = [row for row in added if not any(row["source_id"] in ids for ids in cited.values())]
        rows += [{**row, "table": UNCITED.get(row["source_id"], "capacity")} for row in nowhere]
        rows.append(TRACKER)
    return [*columns, "table"], [cleaned(row) for row in rows]


def write(name: str, header: list[str], rows: Rows, order: Iterable[str]) -> int:
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
    cited: dict[str, set[str]] = {}
    for name in OBSERVATIONS:
        columns, rows = read(source / f"{name}.csv")
        added = months_of_weeks(further(source, name))
        cited[name] = {row["source_id"] for row in added}
        added += csv.DictReader(LEFT_OUT.get(name, ()), fieldnames=columns)
        print(name, write(name, columns, [cleaned(row) for row in rows + added], KEY))
    columns, rows = sources_of(source, cited)
    print("sources", write("sources", columns, rows, ("source_id", "table")))
    for name, order in ORDER.items():
        columns, rows = read(source / f"{name}.csv")
        added = further(source, name)
        rows = whole_edition(rows, added) if name == "site_vintages" else rows + added
        print(name, write(name, columns, rows, order))
    for name, (file, order) in STAGES.items():
        columns, rows = read(source / "stages" / f"{file}.csv")
        print(name, write(name, columns, rows, order))
    return 0


if __name__ == "__main__":
    sys.exit(main())
