"""Write ``docs/claims.md``: every claim with its verdict and numbers, as an edition judged them.

    python tools/write_claims_page.py --home var

No number in its tables is typed by hand. Run it again after ``headroom project``.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pages import DOCS, from_home, paragraph

from data.base.errors import NotFound
from features.view import View
from headroom.editions import newest
from headroom.settings import load
from headroom.wiring import store as open_store
from projection.claims.evaluation import DOCUMENT
from projection.edition.edition import Edition
from projection.leads.leads import KINDS, Lead, lead

TARGET = DOCS / "claims.md"
REGION, AGAINST = "US", "CN"
YEARS = (2026, 2028, 2030)
LAST_QUARTER = 10
"""Month a year's last quarter begins in."""
MILLION = 1e6
NONE = "none"


def number(value: float | None, unit: str | None) -> str:
    """Two decimals of a chance, three digits of anything else; H100e in millions."""
    if value is None:
        return NONE
    if unit in {"probability", "difference of probabilities"}:
        return f"{value:.2f}"
    value = value / MILLION if unit == "H100e" else value
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:,.1f}" if size >= 10 else f"{value:,.2f}"  # noqa: PLR2004 - three digits


def bounds(rule: dict[str, float]) -> str:
    """A rule in words."""
    words = {
        "holds_from": "holds from",
        "holds_to": "holds to",
        "fails_from": "does not from",
        "fails_to": "does not to",
    }
    return ", ".join(f"{words[name]} {value:g}" for name, value in rule.items())


def summary(claims: Sequence[dict[str, Any]]) -> list[str]:
    """One line a claim: its sentence, verdict and the numbers that count."""
    lines = ["| claim | verdict | numbers that count |", "|---|---|---|"]
    for claim in claims:
        numbers = "; ".join(
            f"{number(reading['value'], reading['unit'])} {unit(reading)}".strip()
            for reading in claim["readings"]
            if reading["counts"]
        )
        lines.append(f"| [{claim['sentence']}](#{claim['id']}) | **{claim['verdict']}** | {numbers} |")
    return [*lines, ""]


def unit(reading: dict[str, Any]) -> str:
    """The unit as the page prints it."""
    names = {"probability": "", "difference of probabilities": "", "ratio": "times", "count": "", None: ""}
    return str(names.get(reading["unit"], reading["unit"]))


def one(claim: dict[str, Any]) -> Iterator[str]:
    """A claim with every reading."""
    yield f"### {claim['id']}"
    yield ""
    yield f"{claim['sentence']} **{claim['verdict'].capitalize()}.**"
    yield ""
    yield "| number | reading | rule | verdict |"
    yield "|---|---|---|---|"
    for reading in claim["readings"]:
        title = reading["title"] + (" (upper bound)" if reading["at_most"] else "")
        verdict = reading["verdict"] if reading["counts"] else f"{reading['verdict']}, beside"
        value = f"{number(reading['value'], reading['unit'])} {unit(reading)}".strip()
        yield f"| {value} | {title} | {bounds(reading['rule'])} | {verdict} |"
    yield ""
    for reading in claim["readings"]:
        for part in reading["detail"].get("parts", []) if reading["counts"] else []:
            yield f"- {part['title']}: {part['p']:.2f} alone; all others come without it with {part['p_others']:.2f}."
        if reading["reason"] and reading["counts"]:
            yield f"- {reading['title']}: {reading['reason'].rstrip('.')}."
    figures = {
        (figure["series"], figure["period"]): figure
        for reading in claim["readings"]
        for figure in reading["detail"].get("figures", [])
    }
    for (series, period), figure in figures.items():
        value = f"{figure['value']:g} {figure['unit']}"
        yield f"- `{series}` {period}: {value} ({figure['source']}, {figure['published']})."
    yield ""
    yield paragraph(
        f"*Not to be misread:* {claim['do_not_misread'].strip()}",
        f"*What would decide it:* {claim['decided_by'].strip()}",
    )
    yield ""


def leads_table(edition: Edition, view: View) -> list[str]:
    """The United States against China on every yardstick."""
    lines = ["| yardstick | period | US | China | difference, 80 % band | US ahead |", "|---|---|---|---|---|---|"]
    for kind in KINDS:
        answer = lead(edition, view, kind, region=REGION, against=AGAINST)
        lines += rows(answer)
    return [*lines, ""]


def rows(answer: Lead) -> Iterator[str]:
    """Lines of one yardstick."""
    shown = f"million {answer.unit}" if answer.unit == "H100e" and answer.measured is None else answer.unit
    title = f"{answer.title}, {shown}"
    if answer.reason is not None:
        yield f"| {title} | | | | {answer.reason} | |"
    if answer.measured is not None:
        ours, theirs = answer.measured.region[0], answer.measured.against[0]
        yield (
            f"| {title} | {ours.period}; {theirs.period} | {ours.value:.4g} | {theirs.value:.4g} | "
            f"{answer.measured.difference:.4g} | counted |"
        )
    for point in answer.points:
        if point.period.year not in YEARS or (answer.freq == "Q" and point.period.month != LAST_QUARTER):
            continue
        of = {name: number(value, answer.unit) for name, value in point.difference.items()}
        yield (
            f"| {title} | {'end of ' if answer.freq == 'Q' else ''}{point.period.year} | "
            f"{number(point.region['0.5'], answer.unit)} | {number(point.against['0.5'], answer.unit)} | "
            f"{of['0.5']} ({of['0.1']} to {of['0.9']}) | {point.p_ahead:.2f} |"
        )


def page(home: Path | None) -> str:
    """The page; raises :class:`NotFound` for an edition that judged no claim."""
    settings = load(home=home)
    edition = newest(settings)
    if DOCUMENT not in edition.manifest["files"]:
        raise NotFound("file", DOCUMENT, hint="project again: headroom project")
    view = View.of(open_store(settings), as_of=edition.data_as_of)
    claims = edition.document(DOCUMENT)["claims"]
    lines = [
        "# Claims",
        "",
        paragraph(
            f"Written by `python tools/write_claims_page.py` from edition `{edition.id}` (data as of",
            f"{edition.data_as_of}); no number in its tables is typed by hand.",
        ),
        "",
        paragraph(
            "Sentences that are said about data centers, each bound to numbers: a probability counted over draws of",
            "the edition, or a value of published figures. A rule turns each number into a verdict; what lies between",
            "its bounds is undecided. Where a sentence says several things, all must hold; where numbers measure one",
            "thing, they must agree. Numbers marked *beside* do not count. Claims are files in",
            "`projection/claims/library/`; `GET /v1/claims/ID` and `headroom claims ID` show one with the verdicts of",
            "earlier editions, and `headroom claims ID --again` counts it again.",
        ),
        "",
        *summary(claims),
        "## United States against China",
        "",
        paragraph(
            "Medians, and the difference taken in every draw (`GET /v1/leads`). H100e in millions, at 8 bit unless it",
            "says otherwise.",
        ),
        "",
        *leads_table(edition, view),
        "## Claim by claim",
        "",
        *(line for claim in claims for line in one(claim)),
    ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(from_home(argparse.ArgumentParser(description=__doc__), TARGET, lambda arguments: page(arguments.home)))
