"""Write ``data/tables/series.csv``: what every shipped series counts, composed from rules written by hand.

``python tools/describe_series.py`` writes the table; with ``--check`` it writes nothing and exits 1 where a table is
not what the rules make. The rules are the source: ``tools/series_rules/*.toml``. Each has an ``id`` pattern (``~``
stands for a region, ``<name:one|two>`` for a part with those values, ``<name>`` for any word), scope ``flags`` in the
order crypto, enterprise, behind the meter, power basis, H100e basis (``?`` unspecified, ``-`` not applicable; all of
them not applicable when left out), a ``title`` and a ``text``. Both may use ``{area}``, ``{place}`` and the words of
the parts. ``support`` says which values are possible where names and unit say otherwise
(``data/catalogue/support.toml``). Every series is described by exactly one rule, and every rule describes at least one
series.

Facts that do not follow these families (layer, role, edition, connector, caveat, form) stand in ``facts.toml``, each
with the ids or metrics it holds for. They are filled in also in the tables of ``data/connectors/series``, whose texts
are written by hand.
"""

import argparse
import csv
import io
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.base.regions import REGIONS
from data.catalogue.definitions import BETWEEN, COLUMNS, CONNECTED
from data.catalogue.observations import read_all
from data.catalogue.support import support_of_name

RULES = Path(__file__).resolve().parent / "series_rules"
TARGET = Path(__file__).resolve().parent.parent / "data" / "tables" / "series.csv"
MARKS = {"?": "unspecified", "-": "not_applicable"}
FLAGS = ("crypto", "enterprise", "behind_the_meter", "power_basis", "h100e_basis")
NAMES_IN_IDS = ("apac_ex_cn", "asiapac_ex_china", "row")
"""What some ids call a region whose code is another."""
REGION = f"(?P<_area>{'|'.join([*map(str.lower, REGIONS), *NAMES_IN_IDS])})"
WORDS = "words"
FACTS = "facts"


@dataclass(frozen=True)
class Rule:
    """How the series of a family are described."""

    pattern: re.Pattern[str]
    only: tuple[str, ...]
    flags: str | Mapping[str, str]
    title: str
    text: str
    words: Mapping[str, Mapping[str, str]]
    support: str | None
    name: str

    def parts(self, series_id: str) -> dict[str, str] | None:
        """The parts its pattern finds in an id; None when it is not of the family."""
        match = self.pattern.fullmatch(series_id)
        if match is None or (self.only and match.groupdict().get("_area") not in self.only):
            return None
        return match.groupdict()


def pattern(text: str) -> re.Pattern[str]:
    """The regular expression of an id pattern.

    >>> pattern("~.load.h<step>").fullmatch("us-ercot.load.h3")["step"]
    '3'
    """
    expression = ""
    for piece in re.split(r"(~|<[^>]+>)", text):
        if piece == "~":
            expression += REGION
        elif piece.startswith("<"):
            name, _, values = piece[1:-1].partition(":")
            expression += f"(?P<{name}>{'|'.join(map(re.escape, values.split('|'))) if values else '[a-z0-9_]+'})"
        else:
            expression += re.escape(piece)
    return re.compile(expression)


def read_rules(folder: Path = RULES) -> tuple[dict[str, str], list[Rule]]:
    """Names of areas inside a sentence, and the rules of every file of the folder."""
    shared = tomllib.loads((folder / f"{WORDS}.toml").read_text(encoding="utf-8"))
    rules = [
        Rule(
            pattern=pattern(entry["id"]),
            only=tuple(entry.get("only", ())),
            flags=entry.get("flags", "- - - -"),
            title=entry["title"],
            text=entry["text"],
            words=shared["words"] | entry.get("words", {}),
            support=entry.get("support"),
            name=f"{path.stem}: {entry['id']}",
        )
        for path in sorted(folder.glob("*.toml"))
        if path.stem not in {WORDS, FACTS}
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    ]
    return shared["areas"], rules


@dataclass
class Fact:
    r"""A value of one column, and the series it holds for.

    ``value`` may name groups of the pattern of ids (``\1``).
    """

    value: str
    series_id: str = ""
    metric: str = ""
    used: bool = False

    def of(self, row: Mapping[str, str]) -> str | None:
        """The value for a row; None where one of the patterns does not occur in it."""
        named = re.search(self.series_id, row["series_id"])
        if named is None or re.search(self.metric, row["metric"]) is None:
            return None
        self.used = True
        return named.expand(self.value)


Facts = Mapping[str, Sequence[Fact]]


def read_facts(folder: Path = RULES) -> Facts:
    """The facts of ``facts.toml`` by column, in the order in which the first that fits is taken."""
    table = tomllib.loads((folder / f"{FACTS}.toml").read_text(encoding="utf-8"))
    return {column: [Fact(**entry) for entry in entries] for column, entries in table.items()}


def facts_of(row: Mapping[str, str], facts: Facts) -> dict[str, str]:
    """What the facts say of a series, by column; blank where they say nothing."""
    return {
        column: next((value for one in rules if (value := one.of(row)) is not None), "")
        for column, rules in facts.items()
    }


def describe(series_id: str, region: str, rule: Rule, areas: Mapping[str, str]) -> dict[str, str]:
    """Title, definition and flags of one series by its rule; raises ``KeyError`` for a word nobody wrote."""
    parts = {name: value.lstrip(".") for name, value in (rule.parts(series_id) or {}).items()}
    texts = {name: rule.words[name][value] if name in rule.words else value for name, value in parts.items()}
    # A part may bring a sentence along that only some of its values need.
    texts |= {f"{name}_note": rule.words.get(f"{name}_note", {}).get(value, "") for name, value in parts.items()}
    area = REGIONS[region].name
    texts |= {"area": re.sub(r" \((IEA|Cushman & Wakefield)\)$", "", area), "place": areas.get(region, area)}
    chosen = rule.flags if isinstance(rule.flags, str) else rule.flags[parts["type"]]
    marks = [MARKS.get(mark, mark) for mark in chosen.split()]
    marks += ["not_applicable"] * (len(FLAGS) - len(marks))
    title, text = (re.sub(" {2,}", " ", words.format(**texts)).strip() for words in (rule.title, rule.text))
    return {
        "title": title[0].upper() + title[1:],
        "definition": text[0].upper() + text[1:],
        **dict(zip(FLAGS, marks, strict=True)),
    }


def shipped() -> pl.DataFrame:
    """Series of the shipped tables: one row per id and frequency, metric and table joined where an id has several."""
    rows = read_all()
    joined = rows.group_by("series_id").agg(
        pl.col("region").unique().sort().str.join(BETWEEN),
        pl.col("metric").unique().sort().str.join(BETWEEN),
        pl.col("table").unique().sort().str.join(BETWEEN),
    )
    units = rows.group_by("series_id", "freq").agg(pl.col("unit").unique().sort().str.join(BETWEEN))
    return units.join(joined, on="series_id").sort("series_id", "freq")


def compose(
    series: pl.DataFrame, rules: Sequence[Rule], areas: Mapping[str, str], facts: Facts
) -> tuple[str, list[str]]:
    """The table as text, and what is wrong: series without a rule or with two, rules and facts without a series."""
    wrong = []
    rows = []
    used = set()
    for row in series.iter_rows(named=True):
        fitting = [rule for rule in rules if rule.parts(row["series_id"]) is not None]
        used |= {rule.name for rule in fitting}
        if len(fitting) != 1:
            names = ", ".join(rule.name for rule in fitting) or "no rule"
            wrong.append(f"{row['series_id']} ({row['metric']}): {names}")
            continue
        by_name = support_of_name(row["series_id"], metric=row["metric"], unit=row["unit"])
        support = {"support": fitting[0].support or by_name.value}
        described = describe(row["series_id"], row["region"], fitting[0], areas)
        rows.append({**row, **described, **support, **facts_of(row, facts)})
    wrong += [f"{rule.name}: describes nothing" for rule in rules if rule.name not in used]
    wrong += [f"{FACTS}: {one} holds for nothing" for rule_list in facts.values() for one in rule_list if not one.used]
    return table_text(rows), wrong


def completed(path: Path, facts: Facts) -> str:
    """A table of ``data/connectors/series`` with its columns of facts filled in, as text."""
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return table_text([{**row, **facts_of(row, facts), "connector": path.stem} for row in rows])


def table_text(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows of definitions as the text of a table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: row[name] for name in COLUMNS} for row in rows)
    return text.getvalue()


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the table is out of step")
    arguments = parser.parse_args()
    areas, rules = read_rules()
    facts = read_facts()
    text, wrong = compose(shipped(), rules, areas, facts)
    if wrong:
        print("\n".join(wrong))
        return 1
    tables = {TARGET: text} | {path: completed(path, facts) for path in sorted(CONNECTED.glob("*.csv"))}
    stale = [path for path, expected in tables.items() if path.read_text(encoding="utf-8") != expected]
    if arguments.check:
        for path in stale:
            print(f"{path.name} is out of step: tools/describe_series.py")
        print(f"{len(tables) - len(stale)} tables are what the rules make")
        return 1 if stale else 0
    for path in stale:
        path.write_text(tables[path], encoding="utf-8")
    print("series", text.count("\n") - 1, "tables written", len(stale))
    return 0


if __name__ == "__main__":
    sys.exit(main())
