"""Write ``docs/catalogue.md``: every series there is and every one a refresh can add.

``python tools/write_catalogue.py`` writes it; with ``--check`` it writes nothing and exits 1 where the page is out of
step. Everything on it comes from ``data/tables`` and ``data/connectors/series``.
"""

import sys
from collections.abc import Iterable, Mapping
from itertools import groupby

from pages import DOCS, kept

from data.base.regions import REGIONS
from data.catalogue.catalogue import SeriesInfo
from data.catalogue.definitions import CONNECTED, Definition, H100eBasis, PowerBasis, Scope, read_definitions
from data.store.store import Store

TARGET = DOCS / "catalogue.md"
POWER = {
    PowerBasis.IT: "IT power",
    PowerBasis.FACILITY: "facility power",
    PowerBasis.UNSPECIFIED: "power basis ?",
    PowerBasis.NOT_APPLICABLE: "",
}
COMPUTE = {
    H100eBasis.BIT8: "8-bit",
    H100eBasis.BIT16: "16-bit",
    H100eBasis.UNSPECIFIED: "H100e basis ?",
    H100eBasis.NOT_APPLICABLE: "",
}
HEAD = """\
# Catalogue

Made by `python tools/write_catalogue.py`; not written by hand. What a series counts stands in `data/tables/series.csv`
and is shown by `headroom data show SERIES` and `/v1/series/SERIES`.

Scope says what is counted: crypto (cryptocurrency mining), enterprise (companies' own data centers and server rooms),
on site (load fed by plants behind the meter), IT or facility power, 8-bit or 16-bit H100 equivalents. `?` means that
neither the figures nor their sources say; what does not apply is left out.
"""


def scope(one: SeriesInfo | Definition) -> str:
    """The scope flags in words, without those that do not apply."""
    counted = {"crypto": one.crypto, "enterprise": one.enterprise, "on site": one.behind_the_meter}
    words = [
        f"{name} {'?' if flag is Scope.UNSPECIFIED else flag.value}"
        for name, flag in counted.items()
        if flag is not Scope.NOT_APPLICABLE
    ]
    return ", ".join([*words, *filter(None, (POWER[one.power_basis], COMPUTE[one.h100e_basis]))])


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Lines of a Markdown table."""
    names = list(header)
    body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return [
        f"| {' | '.join(names)} |",
        f"|{'---|' * len(names)}",
        *(f"| {' | '.join(row)} |" for row in body),
        "",
    ]


def shipped(known: Iterable[SeriesInfo]) -> list[str]:
    """Shipped series by table and region."""
    lines: list[str] = []
    ranked = sorted(known, key=lambda info: (info.table, info.region, info.series_id))
    for name, of_table in groupby(ranked, key=lambda info: info.table):
        lines += [f"## {name}", ""]
        for region, of_region in groupby(of_table, key=lambda info: info.region):
            lines += [f"### {name}: {REGIONS[region].name}", ""]
            lines += table(
                ("series", "title", "unit", "freq", "scope", "publisher", "licence"),
                (
                    (
                        f"`{info.series_id}`",
                        info.title,
                        info.unit,
                        ", ".join(info.freqs),
                        scope(info),
                        "; ".join(info.publishers),
                        "; ".join(info.licences),
                    )
                    for info in of_region
                ),
            )
    return lines


def added(known: Mapping[str, SeriesInfo]) -> list[str]:
    """Series that only a refresh brings, by connector."""
    lines = ["## What a refresh adds", ""]
    for path in sorted(CONNECTED.glob("*.csv")):
        new = [one for one in read_definitions([path]).values() if one.series_id not in known]
        if new:
            lines += [f"### Connector {path.stem}", ""]
            lines += table(
                ("series", "title", "region", "unit", "freq", "scope"),
                (
                    (
                        f"`{one.series_id}`",
                        one.title,
                        one.region,
                        " / ".join(dict.fromkeys(one.units.values())),
                        ", ".join(one.units),
                        scope(one),
                    )
                    for one in new
                ),
            )
    return lines


def page() -> str:
    """The whole page."""
    catalogue = Store.shipped().catalogue()
    infos = list(catalogue.entries.values())
    count = f"{len(infos)} series ship with the product.\n"
    return "\n".join([HEAD, count, *shipped(infos), *added(catalogue.entries)]).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(kept(__doc__, TARGET, page, command="python tools/write_catalogue.py"))
