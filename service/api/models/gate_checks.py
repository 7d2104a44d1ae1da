"""Checks of the gate on the model version that answers rest on, and the words about those that failed."""

from collections.abc import Sequence

from pydantic import Field

from data.store.ledger import GATE, Promotion
from service.base.response import ResponseModel


class GateCheck(ResponseModel):
    """A check of the gate on the version that forecasts."""

    name: str = Field(examples=["coverage, strict"])
    passed: bool = Field(examples=[False])
    detail: str = Field(examples=["80 % bands hold 68.2 %, too few: at least 72 % is asked"])


def checks(lines: Sequence[Promotion], *, version: str) -> list[GateCheck]:
    """The checks of the newest decision that made the version champion and has any; empty where the ledger has none."""
    line = judged(lines, version)
    return [] if line is None else _checks(line)


def failure_note(lines: Sequence[Promotion], *, version: str) -> str | None:
    """That the version was promoted although checks failed, with each and its figures; None where all held."""
    line = judged(lines, version)
    failed = [] if line is None else [f"{check.name}: {check.detail}" for check in _checks(line) if not check.passed]
    if line is None or not failed:
        return None
    return f"Its forecasts are those of {version}, {_occasion(line)} although it failed {'; '.join(failed)}."


def judged(lines: Sequence[Promotion], version: str) -> Promotion | None:
    """The newest decision that made the version champion and has checks of it; None where the ledger has none."""
    promoted = (line for line in reversed(lines) if line.model_version == version and line.candidate in {version, None})
    return next((line for line in promoted if _checks(line)), None)


def _checks(line: Promotion) -> list[GateCheck]:
    entries = line.evidence.get("gate", {}).get("checks", [])
    return [GateCheck(name=check["name"], passed=check["passed"], detail=check["detail"]) for check in entries]


def _occasion(line: Promotion) -> str:
    if line.actor != GATE:
        return "promoted by a person"
    if line.previous_version is None:
        return "promoted as first version"
    return "promoted because what stood before could not serve"
