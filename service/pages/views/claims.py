"""Claims: sentences that are said about data centers, each with the verdict of an edition and the numbers behind it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.catalogue.catalogue import SeriesInfo
from projection.edition.edition import Edition
from service.api.gaps.claims import ClaimItem, ClaimReading, ClaimsQuery, listed
from service.base.query import EditionQuery
from service.base.response import Cite
from service.base.routes import Respond
from service.pages.frame.names import Source, named, source_of
from service.pages.frame.navigation import CLAIMS
from service.pages.frame.respond import Head, respond_page
from service.pages.words import in_hundred
from service.wording import Scale

ALL = ClaimsQuery(limit=1000)
"""Every claim of an edition on one page."""
VERDICT = {"holds": "Holds", "does not hold": "Does not hold", "undecided": "Undecided"}
MARK = {"holds": "yes", "does not hold": "no", "undecided": "open"}
"""How a verdict is drawn."""
INDICATOR = "1"
"""The unit of what is either so or not: its band says no more than its chance."""
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Number:
    """One reading of a claim as text.

    Attributes:
        title: what was read.
        value: with its unit, or that there is none.
        behind: what the value was read off, or why there is none.
        verdict: what it says of the sentence.
        counts: whether it enters the verdict.
    """

    title: str
    value: str
    behind: str
    verdict: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A claim as a page shows it."""

    claim: ClaimItem
    verdict: str
    mark: str
    numbers: Sequence[Number]
    sources: Sequence[Source]


@router.get("/claims")
def claims(query: Annotated[EditionQuery, Query()], respond: Respond) -> Response:
    """Every claim of an edition."""
    edition = respond.edition(query)
    cite = respond.cite(query, edition)
    catalogue = respond.snapshot.data.series
    return respond_page(respond, query, CLAIMS, edition, lambda: view(edition, cite, catalogue))


def view(edition: Edition, cite: Cite, catalogue: Mapping[str, SeriesInfo]) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    answered = listed(edition, ALL)
    cards = [_card(claim, catalogue) for claim in answered.items]
    topics: dict[str, list[Card]] = {}
    for card in cards:
        topics.setdefault(card.claim.topic, []).append(card)
    counts = Counter(card.mark for card in cards)
    summary = (
        f"Of {len(cards)} sentences {counts['yes']} hold, {counts['no']} do not, and {counts['open']} are undecided."
        if cards
        else ""
    )
    head = Head("What is said about data centers, judged · Headroom", summary or answered.reason or "")
    return head, {"topics": topics, "summary": summary, "reason": answered.reason, "cite": cite}


def value_text(value: float | None, unit: str | None) -> str:
    """The value of a reading as people read it.

    >>> value_text(0.7435, "probability"), value_text(-0.0222, "difference of probabilities")
    ('74 of 100 futures', '2.2 of 100 futures fewer')
    >>> value_text(2.1033, "ratio"), value_text(28.0, "count")
    ('2.10 times', '28')
    """
    if value is None:
        return "No figure"
    if unit == "probability":
        return f"{in_hundred(value)} futures"
    if unit == "difference of probabilities":
        return f"{abs(100 * value):.1f} of 100 futures {'more' if value >= 0 else 'fewer'}"
    if unit == "count":
        return f"{value:,.0f}"
    return Scale.of([value], "times" if unit == "ratio" else unit or "").text(value)


def _card(claim: ClaimItem, catalogue: Mapping[str, SeriesInfo]) -> Card:
    sources = [source_of(name) for name in dict.fromkeys(name for one in claim.readings for name in one.sources)]
    numbers = [_number(reading, catalogue) for reading in claim.readings]
    return Card(claim, VERDICT[claim.verdict], MARK[claim.verdict], numbers, sources)


def _number(reading: ClaimReading, catalogue: Mapping[str, SeriesInfo]) -> Number:
    behind = named(" ".join(filter(None, (reading.reason, *_behind(reading.detail)))), catalogue)
    counts = reading.counts
    return Number(reading.title, value_text(reading.value, reading.unit), behind, VERDICT[reading.verdict], counts)


def _behind(detail: Mapping[str, Any]) -> Iterator[str]:
    """Sentences about what a value was read off."""
    if "band" in detail and detail["unit"] != INDICATOR:
        band, unit = detail["band"], detail["unit"]
        scale = Scale.of(band.values(), unit)
        yield f"{detail['quantity']}: {scale.text(band['0.5'])} in the middle case, "
        yield f"{scale.band(band['0.1'], band['0.9'])} in 8 of 10 futures."
    for part in detail.get("parts", ()):
        yield f"{part['title']}: {in_hundred(part['p'])}."
    for figure in detail.get("figures", ()):
        if figure["value"] is not None:
            unit = "" if figure["unit"] == "count" else f" {figure['unit'].replace('_', ' ')}"
            yield f"{figure['series']}, {figure['period']}: {figure['value']:,.6g}{unit}."
    for chip in detail.get("shipped", ()):
        yield f"{chip['designer'].replace('_', ' ')}, {chip['period']}: {chip['value']:,.3g} {chip['unit']}."
    if "p_short_base" in detail:
        yield f"Short in {in_hundred(detail['p_short'])}, without it in {in_hundred(detail['p_short_base'])}."
    if "p_base" in detail:
        yield f"{in_hundred(detail['p'])}, without it {in_hundred(detail['p_base'])}."
    if "median_base" in detail:
        scale = Scale.of((detail["median"], detail["median_base"]), detail["unit"])
        yield f"Middle case {scale.text(detail['median'])}, without it {scale.text(detail['median_base'])}."
