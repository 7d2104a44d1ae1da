"""Figures with their goals, printed as they come and written between two marks of docs/api-load.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "api-load.md"


@dataclass(frozen=True)
class Row:
    """One figure, its goal in words where there is one, and whether it is met."""

    name: str
    figure: str
    goal: str = ""
    met: bool | None = None


def report(rows: Iterable[Row], *, marker: str, heading: str, write: bool = True) -> int:
    """Print every figure as it comes, and write them where the page has the marks of this name.

    Returns:
        1 when a goal is missed, else 0.
    """
    measured = []
    for row in rows:
        print(f"{row.name}: {row.figure}" + (f" (goal {row.goal})" if row.goal else ""), flush=True)
        measured.append(row)
    if write:
        begin, end = f"<!-- {marker}: begin -->", f"<!-- {marker}: end -->"
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
        text = f"{before}{begin}\n{heading}\n\n{_table(measured)}\n{end}{rest.partition(end)[2]}"
        PAGE.write_text(text, encoding="utf-8")
    missed = [row.name for row in measured if row.met is False]
    print("every goal is met" if not missed else f"missed: {', '.join(missed)}")
    return 1 if missed else 0


def _table(rows: Sequence[Row]) -> str:
    lines = ["| what | measured | goal | |", "|---|---|---|---|"]
    words = {True: "met", False: "**missed**", None: ""}
    lines += [f"| {row.name} | {row.figure} | {row.goal} | {words[row.met]} |" for row in rows]
    return "\n".join(lines)
