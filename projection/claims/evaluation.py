"""Claims judged: the document an edition keeps of them, so that a verdict stays as it was issued.

The same call on the same edition and figures gives the same document: that is what ``--again`` of the command does.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from data.base.errors import NotFound
from features.view import View
from projection.claims.definition import Claim, Reading, Verdict, combined
from projection.claims.library import shipped
from projection.claims.queries import Evidence, answer, of_scenario
from projection.edition.edition import Edition
from projection.inputs.assumption_values import Values

DOCUMENT = "claims.json"
"""The file of an edition."""


def document(edition: Edition, view: View, claims: Mapping[str, Claim] | None = None) -> dict[str, Any]:
    """Every claim judged.

    Args:
        edition: whose draws are counted.
        view: figures known on the edition's day.
        claims: by name; those that ship if None.

    Raises:
        ArtifactCorrupt: a file of the edition is gone or changed.
    """
    evidence = Evidence(edition, view)
    judged = (judge(name, claim, evidence) for name, claim in (shipped() if claims is None else claims).items())
    return {"claims": list(judged)}


def answers(edition: Edition, scenario: str, *, view: View, values_of: Callable[[str], Values]) -> dict[str, bytes]:
    """What readings count in the draws of a scenario, JSON by question, as an edition keeps it.

    Args:
        edition: that holds the scenario's draws.
        scenario: whose events are counted.
        view: figures known on the edition's day.
        values_of: draws of assumptions that models are read with, by scenario.
    """
    queries = [reading.query for claim in shipped().values() for reading in claim.reading]
    return of_scenario(edition, scenario, view=view, queries=queries, values_of=values_of)


def judge(name: str, claim: Claim, evidence: Evidence) -> dict[str, Any]:
    """One claim: its verdict, and every reading with the number, the rule and what it was read off."""
    readings = [_read(reading, evidence) for reading in claim.reading]
    counted = [Verdict(reading["verdict"]) for reading in readings if reading["counts"]]
    return {
        "id": name,
        "order": claim.order,
        "topic": claim.topic,
        "sentence": claim.sentence,
        "as_of": evidence.view.as_of.isoformat(),
        "verdict": combined(claim.combine, counted).value,
        "combine": claim.combine.value,
        "readings": readings,
        "do_not_misread": claim.do_not_misread,
        "decided_by": claim.decided_by,
        "command": f"headroom claims {name} --edition {evidence.edition.id} --again --json",
        "definition_sha256": hashlib.sha256(claim.model_dump_json().encode()).hexdigest(),
    }


def _read(reading: Reading, evidence: Evidence) -> dict[str, Any]:
    rule = reading.rule.model_dump(exclude_none=True)
    words = {"title": reading.title, "counts": reading.counts, "at_most": reading.at_most, "rule": rule}
    words["query"] = json.loads(reading.query.model_dump_json(exclude_none=True))
    try:
        read = answer(reading.query, evidence)
    except NotFound as error:
        nothing: dict[str, Any] = {"value": None, "unit": None, "detail": {}, "sources": []}
        return words | nothing | {"verdict": Verdict.UNDECIDED.value, "reason": error.remedy}
    verdict, reason = reading.rule.verdict(read.value), None
    if reading.at_most and verdict is Verdict.HOLDS:
        verdict, reason = Verdict.UNDECIDED, "The number is an upper bound: it could refute the claim and not prove it."
    facts = {"value": read.value, "unit": read.unit, "detail": read.detail, "sources": list(read.sources)}
    return words | facts | {"verdict": verdict.value, "reason": reason}
