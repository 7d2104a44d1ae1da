"""What processes are asked to work out; the same question has the same name."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from data.base.errors import EvaluationUnavailable, HeadroomError, InvalidParameter, NotFound
from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency

if TYPE_CHECKING:
    from projection.inverse.outcomes import Target
    from projection.inverse.published import PublishedNumber
    from projection.scenarios.evaluation import BaseDraws

Source = Callable[[str], "BaseDraws"]
"""Makes ready, in the process that evaluates, the base of the edition of an identifier; picklable."""
Answer = list[dict[str, Any]]
"""Cells as :class:`projection.scenarios.answers.ComparedCell` has them, or the like for other questions."""


@dataclass(frozen=True)
class Fault:
    """Why there is no answer, as one process tells another; ``parameter`` names what the asker may correct."""

    message: str
    parameter: str | None = None
    allowed: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: HeadroomError) -> Self:
        """What an error says."""
        match error:
            case InvalidParameter():
                return cls(error.message, error.parameter, error.allowed)
            case NotFound():
                return cls(str(error), error.kind, error.allowed)
            case EvaluationUnavailable():
                return cls(error.reason)
            case _:
                return cls(str(error))

    def error(self, unavailable: type[EvaluationUnavailable] = EvaluationUnavailable) -> HeadroomError:
        """The error it was; ``unavailable`` is that of a question which is not at fault itself."""
        if self.parameter is None:
            return unavailable(self.message)
        return InvalidParameter(self.parameter, self.message, allowed=self.allowed)


@dataclass(frozen=True)
class Question:
    """Anything that is worked out for a request; the same question has the same name.

    Attributes:
        unavailable: the error of a question that cannot be answered now.
    """

    unavailable: ClassVar[type[EvaluationUnavailable]] = EvaluationUnavailable

    @property
    def base(self) -> str:
        """What a process makes ready before it answers, and keeps for further questions on the same."""
        return ""

    @property
    def name(self) -> str:
        """Hash of all of it, and of what kind it is."""
        stated = {"kind": type(self).__name__, **asdict(self)}
        return hashlib.sha256(json.dumps(stated, sort_keys=True, default=str).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class EditionQuestion(Question):
    """Anything that is asked about an edition.

    Attributes:
        edition: identifier of the edition whose base is compared with.
    """

    edition: str

    @property
    def base(self) -> str:
        """The base of the edition."""
        return self.edition


@dataclass(frozen=True)
class EvaluationQuestion(EditionQuestion):
    """What a scenario does to some cells of a region.

    Attributes:
        document: of the scenario as it is written; levers: settings beside it.
        first, last: days between which periods are answered; None for no bound.
    """

    document: Mapping[str, Any]
    levers: Mapping[str, float]
    region: str
    layers: tuple[Layer, ...]
    demand: DemandConcept
    freq: Frequency
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class AttributionQuestion(EditionQuestion):
    """Where the difference between two scenarios comes from in one cell.

    Attributes:
        scenario, against: documents as they are written; levers: settings beside the first.
        assumptions: how many are moved one at a time.
        first, last: days between which periods are answered; None for no bound.
    """

    scenario: Mapping[str, Any]
    against: Mapping[str, Any]
    levers: Mapping[str, float]
    region: str
    layer: Layer
    demand: DemandConcept
    freq: Frequency
    assumptions: int
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class SolveQuestion(EditionQuestion):
    """What it takes to bring a gap to a target.

    Attributes:
        scenario: document one starts from, as it is written.
        levers: one, or two for their frontier.
    """

    scenario: Mapping[str, Any]
    target: "Target"
    levers: tuple[str, ...]


@dataclass(frozen=True)
class ReachQuestion(EditionQuestion):
    """Which levers move a cell."""

    region: str
    layer: Layer


@dataclass(frozen=True)
class RequirementsQuestion(EditionQuestion):
    """What would have to be true for a number of others."""

    number: "PublishedNumber"
