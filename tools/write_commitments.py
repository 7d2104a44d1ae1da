"""Write ``docs/commitments.md``: every order, contract and queue there is a figure of, in a book or not, and why.

``python tools/write_commitments.py`` writes it; with ``--check`` it writes nothing and exits 1 where the page is out of
step. Everything on it comes from ``features/commitments.toml`` and the shipped figures, as the books read them.
"""

import sys
from collections.abc import Iterable
from datetime import date

from pages import DOCS, kept

from data.base.layers import Layer
from data.catalogue.observations import COMPILED
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.commitments import Item, Ledger, Relation, commitments
from features.gigawatts import Money
from features.view import View

TARGET = DOCS / "commitments.md"
OBSERVED = Period(date(COMPILED.year - 1, 10, 1), Frequency.QUARTER)
"""Stocks are taken as observed to the end of the year before, as the projection's power does."""
BOOKS = (
    ("US", Layer.POWER), ("WORLD", Layer.POWER), ("US-VA", Layer.POWER), ("US-TX", Layer.POWER),
    ("US", Layer.COMPUTE), ("WORLD", Layer.COMPUTE),
)  # fmt: skip
SAME = {
    Relation.COVERS: "part of",
    Relation.TRANCHE: "a tranche of",
    Relation.HOUSES: "the same gigawatts as",
}
HEAD = f"""\
# Order books, signed power and queues

Made by `python tools/write_commitments.py` from `features/commitments.toml` and the figures known on {COMPILED}; not
written by hand. How a book becomes demand stands in `projection/model/commitments.py`.

Four kinds of gigawatt are four types that do not add: average draw, peak, facility nameplate, and what was requested or
contracted. A gigawatt of queue is not a gigawatt of load.
"""


def amount(item: Item) -> str:
    """The quantity with its kind."""
    if isinstance(item.quantity, Money):
        return f"{item.quantity.value:.1f} bn USD to come"
    words = f"{item.quantity.value:.1f} GW {type(item.quantity).__name__.lower()}"
    return words if item.running is None else f"{words}, {item.running.value:.2f} running"


def books(ledger: Ledger, name: str) -> tuple[list[str], list[str]]:
    """Books that hold an item, and reasons of those that leave it out."""
    inside, why = [], []
    for region, layer in BOOKS:
        book = ledger.book(region, layer)
        held = [(item.name, place) for item, place in (*book.committed, *book.requested)]
        held += [(item.name, "installed") for item in book.installed]
        inside += [f"{region} {layer} ({place})" for held_name, place in held if held_name == name]
        why += [
            f"{region} {layer}: {SAME[drop.relation]} `{drop.keep}`. {drop.reason} ({drop.source})"
            for item, drop in book.dropped
            if item.name == name
        ]
    return inside, why


def merged(reasons: Iterable[str]) -> str:
    """Reasons that differ in the book alone, told once."""
    grouped: dict[str, list[str]] = {}
    for reason in reasons:
        where, words = reason.split(": ", maxsplit=1)
        grouped.setdefault(words, []).append(where)
    return " ".join(f"Not in {', '.join(where)}: {words}" for words, where in grouped.items())


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Lines of a Markdown table."""
    names = list(header)
    body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}", *(f"| {' | '.join(row)} |" for row in body), ""]


def page() -> str:
    """The whole page."""
    ledger = commitments(View.of(Store.shipped(), as_of=COMPILED), observed=OBSERVED)
    rows = []
    for item in ledger.items.values():
        inside, why = books(ledger, item.name)
        rows.append(
            (
                f"`{item.name}`",
                f"`{item.series_id}`",
                amount(item),
                f"{item.start.label} to {item.end.label}",
                item.stage.value,
                f"{item.source}, {item.published}",
                ", ".join(inside) or "none",
                " ".join(filter(None, (item.why, merged(why)))),
            )
        )
    header = ("item", "figure", "quantity", "due", "stage", "source", "in the books of", "why")
    lines = ["## Items", "", *table(header, rows), "## Figures in no book", ""]
    lines += table(
        ("figure", "last value", "of", "source", "why not"),
        (
            (f"`{one.series_id}`", f"{one.value:g} {one.unit}", one.period.label, one.source, one.reason)
            for one in ledger.left_out
        ),
    )
    return "\n".join([HEAD, *lines]).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(kept(__doc__, TARGET, page, command="python tools/write_commitments.py"))
