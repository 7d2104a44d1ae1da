"""The error tree. Every error has a stable code, the facts, and a remedy.

HeadroomError
├── InputError                   what the caller asked for cannot be served
│   ├── InvalidParameter         a value is outside what is allowed
│   ├── InputTooLarge            a file has more bytes, rows or series than are read
│   ├── MappingInvalid           own series cannot stand in for what the mapping file names
│   ├── LocalOnly                what only programs on the same machine may ask for
│   ├── AccessError              in access_errors.py: what needs a key, another key, or has been asked too often
│   └── NotFound                 a named thing does not exist
├── DataError                    figures or their database cannot be used as they are
│   ├── TableCorrupt             a shipped table breaks its schema
│   ├── UnitMismatch             two figures of different dimension were combined
│   ├── StoreLocked              another process writes or migrates and does not end
│   ├── StoreUnreachable         the database server gives no connection
│   ├── StoreUnusable            the database is there and cannot be read or written
│   └── SourceError              a public source could not be read
│       ├── SourceUnreachable    no answer, or none but server errors, after all retries
│       ├── SourceRefused        the source answered that it will not or cannot give it
│       ├── SourceKeyMissing     the source asks for a key that is not set
│       ├── SourceChanged        the answer is not in the format the connector knows
│       ├── PayloadTruncated     the answer ended before its end
│       └── PayloadTooLarge      the answer is larger than is read into memory
├── TrainingError                a model could not be trained or put into use
│   ├── TooFewObservations       fewer points than a member's stated minimum
│   ├── FitFailed                a member did not converge or left its sanity bounds
│   ├── NotProjectable           no edition can be made with a version
│   ├── PromotionConflict        the champion changed while the decision was made
│   └── NoChampion               nothing has been promoted yet
├── ProjectionError              a projection could not be computed or read
│   ├── AssumptionInvalid        an assumption's distribution, unit or source is malformed
│   ├── ArtifactCorrupt          a published file differs from the hash in its manifest
│   │   └── EditionUnreachable   the storage of editions does not answer
│   ├── DrawsRemoved             in edition_errors.py: an answer needs draws that the retention policy removed
│   └── EditionMissing           there is no edition that can be served
├── TooManyStreams               as many clients follow events as may
├── EvaluationUnavailable        a scenario cannot be evaluated now
├── ServiceBusy                  more requests wait for the server than it answers within seconds
├── ChartNotDrawn                a chart cannot be drawn as a picture now
├── ServiceStopping              the server is being ended and wants no further work
├── PreparationFailed            training or projecting failed as often as it may, and nothing can be served
└── SettingsError                the settings object cannot be built
"""

from collections.abc import Sequence
from typing import ClassVar

from data.base.redaction import redacted

SHOWN = 100
"""Characters of a name that a message repeats."""


class HeadroomError(Exception):
    """Base of every error of this project.

    Attributes:
        code: stable identifier, never renamed; used over HTTP and in ``--json`` output.
        title: short human name of the kind of error.
        remedy: what the reader can do about it.
    """

    code: ClassVar[str] = "headroom_error"
    title: ClassVar[str] = "Headroom error"

    def __init__(self, detail: str, *, remedy: str) -> None:
        # What libraries say may hold an address with its password.
        self.detail, self.remedy = redacted(detail), redacted(remedy)
        super().__init__(f"{self.detail} ({self.remedy})")


class InputError(HeadroomError):
    """What the caller asked for cannot be served."""

    code = "input_error"
    title = "Input cannot be served"


class InvalidParameter(InputError):  # noqa: N818 - the tree reads as nouns
    """A value is outside what is allowed."""

    code = "invalid_parameter"
    title = "Invalid parameter"

    def __init__(self, parameter: str, message: str, *, allowed: Sequence[str] = ()) -> None:
        remedy = f"allowed: {', '.join(allowed)}" if allowed else f"correct {parameter}"
        super().__init__(f"{parameter}: {message}", remedy=remedy)
        self.parameter = parameter
        self.message = message
        self.allowed = tuple(allowed)
        self.faults: tuple[InvalidParameter, ...] = (self,)

    @classmethod
    def of(cls, faults: Sequence["InvalidParameter"]) -> "InvalidParameter":
        """One error that tells of several: the first, with what is wrong beside it in ``faults``."""
        first, *others = (fault for several in faults for fault in several.faults)
        if not others:
            return first
        error = cls(first.parameter, first.message, allowed=first.allowed)
        error.faults = (first, *others)
        error.detail = "; ".join(fault.detail for fault in error.faults)
        error.args = ("; ".join(map(str, error.faults)),)
        return error


class InputTooLarge(InputError):  # noqa: N818
    """A user's file has more bytes, rows or series than are read."""

    code = "input_too_large"
    title = "Input is too large"

    def __init__(self, name: str, excess: str, *, setting: str) -> None:
        super().__init__(f"{name} holds {excess}", remedy=f"split it, or raise HEADROOM_{setting.upper()}")
        self.name = name


class LocalOnly(InputError):  # noqa: N818
    """Work may be asked for by programs on the same machine only, directly and under its own name."""

    code = "local_only"
    title = "From this machine only"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the request is refused: {reason}", remedy="ask on the machine itself, or with a key: headroom keys create"
        )


class MappingInvalid(InputError):  # noqa: N818
    """The mapping file cannot be read, or an own series cannot stand in for what it names."""

    code = "mapping_invalid"
    title = "Mapping file is invalid"

    def __init__(self, entry: str, reason: str, *, remedy: str = "correct the mapping file") -> None:
        super().__init__(f"{entry}: {reason}", remedy=remedy)
        self.entry = entry
        self.reason = reason


class NotFound(InputError):  # noqa: N818
    """A named thing (series, region, layer, scenario, edition) does not exist."""

    code = "not_found"
    title = "Not found"

    def __init__(self, kind: str, name: str, *, allowed: Sequence[str] = (), hint: str = "") -> None:
        remedy = hint or (f"allowed: {', '.join(allowed)}" if allowed else f"list the known {kind} names first")
        shown = name if len(name) <= SHOWN else f"{name[: SHOWN - 3]}..."
        super().__init__(f"no {kind} named {shown!r}", remedy=remedy)
        self.kind = kind
        self.name = name
        self.allowed = tuple(allowed)


class DataError(HeadroomError):
    """What was said cannot be trusted as it stands."""

    code = "data_error"
    title = "Data cannot be trusted"


class TableCorrupt(DataError):  # noqa: N818
    """A shipped table breaks its schema."""

    code = "table_corrupt"
    title = "Shipped table is corrupt"

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(f"table {table}: {reason}", remedy="restore the file from version control")
        self.table = table
        self.reason = reason


class UnitMismatch(DataError):  # noqa: N818
    """Two figures of different dimension were combined."""

    code = "unit_mismatch"
    title = "Units do not match"

    def __init__(self, source: str, target: str) -> None:
        super().__init__(f"{source} cannot be read as {target}", remedy="convert through a stated assumption first")
        self.source, self.target = source, target


class StoreLocked(DataError):  # noqa: N818
    """Another process writes or migrates, and did not end in time."""

    code = "store_locked"
    title = "Store is locked"

    def __init__(self, path: str, waited: float) -> None:
        super().__init__(f"{path} was locked for {waited:g} s", remedy="wait for the other process or end it")


class StoreUnreachable(DataError):  # noqa: N818
    """The database server gives no connection: it is down, or refuses the name, the password or the database."""

    code = "store_unreachable"
    title = "Store is unreachable"

    def __init__(self, place: str, reason: str) -> None:
        remedy = "check HEADROOM_DATABASE_URL, and that the server runs and has this database and user"
        super().__init__(f"{place}: {reason}", remedy=remedy)


class StoreUnusable(DataError):  # noqa: N818
    """The database is there and cannot be read or written: a full disk, no rights, a damaged file, an older schema."""

    code = "store_unusable"
    title = "Store cannot be used"

    def __init__(self, place: str, reason: str, *, remedy: str) -> None:
        super().__init__(f"{place}: {reason}", remedy=remedy)


class SourceError(DataError):
    """A public source could not be read; nothing of its answer was stored."""

    code = "source_error"
    title = "Source cannot be read"


class SourceUnreachable(SourceError):  # noqa: N818
    """No answer, or none but server errors, after all retries."""

    code = "source_unreachable"
    title = "Source is unreachable"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}", remedy="try again later; what is stored stays as it is")
        self.address = address
        self.reason = reason


class SourceRefused(SourceError):  # noqa: N818
    """The source answered that it will not or cannot give it."""

    code = "source_refused"
    title = "Source refused"

    def __init__(self, address: str, status: int) -> None:
        super().__init__(f"{address}: HTTP {status}", remedy="check the key and whether the address moved")
        self.address, self.status = address, status


class SourceKeyMissing(SourceError):  # noqa: N818
    """The source asks for a key that is not set."""

    code = "source_key_missing"
    title = "Key is missing"

    def __init__(self, source: str, setting: str) -> None:
        super().__init__(f"{source} asks for a key", remedy=f"set HEADROOM_{setting.upper()}")
        self.source, self.setting = source, setting


class SourceChanged(SourceError):  # noqa: N818
    """The answer is not in the format the connector knows."""

    code = "source_changed"
    title = "Source changed its format"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}", remedy="nothing was stored; the connector has to learn the new format")
        self.address = address
        self.reason = reason


class PayloadTruncated(SourceError):  # noqa: N818
    """The answer ended before its end."""

    code = "payload_truncated"
    title = "Answer is truncated"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}", remedy="try again; nothing was stored")
        self.address = address
        self.reason = reason


class PayloadTooLarge(SourceError):  # noqa: N818
    """The answer is larger than is read into memory."""

    code = "payload_too_large"
    title = "Answer is too large"

    def __init__(self, address: str, limit: int) -> None:
        remedy = "raise HEADROOM_PAYLOAD_LIMIT if the source really grew"
        super().__init__(f"{address}: more than {limit} bytes", remedy=remedy)
        self.address = address
        self.limit = limit


class TrainingError(HeadroomError):
    """A distribution could not be fitted."""

    code = "training_error"
    title = "Training failed"


class TooFewObservations(TrainingError):  # noqa: N818
    """Fewer points than a member's stated minimum."""

    code = "too_few_observations"
    title = "Too few observations"

    def __init__(self, member: str, count: int, minimum: int) -> None:
        super().__init__(f"{member} needs {minimum} points, got {count}", remedy="use a member with a smaller minimum")
        self.member = member
        self.count = count
        self.minimum = minimum


class FitFailed(TrainingError):  # noqa: N818
    """A member did not converge or its forecast left the sanity bounds."""

    code = "fit_failed"
    title = "Fit failed"

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}", remedy="the member is dropped from this series and named in the output")
        self.member = member
        self.reason = reason


class NotProjectable(TrainingError):  # noqa: N818
    """No edition can be made with a version: promoted, it would leave nothing to serve."""

    code = "not_projectable"
    title = "Version cannot be projected"

    def __init__(self, version: str, reason: str) -> None:
        remedy = "promote a version trained on all series and the newest figures: headroom train"
        super().__init__(f"{version} cannot be projected: {reason}", remedy=remedy)
        self.version = version
        self.reason = reason


class PromotionConflict(TrainingError):  # noqa: N818
    """Another champion stands by now than the one a decision was made over; nothing was changed."""

    code = "promotion_conflict"
    title = "Promotion conflict"

    def __init__(self, version: str, *, expected: str | None, standing: str | None) -> None:
        super().__init__(
            f"{version} was to follow {expected or 'no champion'}, but {standing or 'no champion'} stands by now",
            remedy="look at: headroom models list; then decide again",
        )
        self.version = version
        self.expected = expected
        self.standing = standing


class NoChampion(TrainingError):  # noqa: N818
    """Nothing has been promoted yet."""

    code = "no_champion"
    title = "No champion"

    def __init__(self, where: str, *, reason: str | None = None) -> None:
        super().__init__(reason or f"no champion in {where}", remedy="run: headroom train")


class ProjectionError(HeadroomError):
    """What follows could not be computed or read."""

    code = "projection_error"
    title = "Projection failed"


class AssumptionInvalid(ProjectionError):  # noqa: N818
    """An assumption's distribution, unit or source is malformed."""

    code = "assumption_invalid"
    title = "Assumption is invalid"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"assumption {name}: {reason}", remedy="correct the assumptions file")
        self.name = name
        self.reason = reason


class ArtifactCorrupt(ProjectionError):  # noqa: N818
    """A published file is missing or differs from its hash.

    The manifest holds the hash of every other file, the ledger that of the manifest. ``edition`` is the identifier of
    the edition it belongs to; None where it belongs to none.
    """

    code = "artifact_corrupt"
    title = "Published artifact is corrupt"

    def __init__(
        self,
        path: str,
        reason: str,
        *,
        remedy: str = "publish it again: headroom train or headroom project",
        edition: str | None = None,
    ) -> None:
        super().__init__(f"{path}: {reason}", remedy=remedy)
        self.path, self.reason, self.edition = path, reason, edition

    @property
    def summary(self) -> str:
        """The file's name and what is wrong with it, for where the folder is known."""
        return f"{self.path.rpartition('/')[2]} {self.reason}"


class EditionUnreachable(ArtifactCorrupt):
    """The storage that editions are fetched from does not answer; ``fault`` is what it said last, if it was asked."""

    code = "edition_unreachable"
    title = "Storage of editions does not answer"

    def __init__(self, path: str, fault: Exception | None, *, edition: str) -> None:
        reason = "is not on disk" if fault is None else f"cannot be fetched: {type(fault).__name__}: {fault}"
        remedy = "look at the storage (setting editions_url); it is asked again by itself"
        super().__init__(path, reason, remedy=remedy, edition=edition)


class EditionMissing(ProjectionError):  # noqa: N818
    """There is no edition that can be served."""

    code = "edition_missing"
    title = "No edition"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"no servable edition in {where}: {reason}", remedy="run: headroom project")
        self.reason = reason


class EvaluationUnavailable(HeadroomError):  # noqa: N818
    """A scenario cannot be evaluated now: too many wait, it takes too long, or the base cannot be drawn again."""

    code = "evaluation_unavailable"
    title = "Evaluation is unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(f"no scenario can be evaluated: {reason}", remedy="try again later")
        self.reason = reason


class ServiceBusy(HeadroomError):  # noqa: N818
    """More requests wait for the server than it answers within seconds. It takes further ones soon."""

    code = "service_busy"
    title = "Service is busy"

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} requests wait already", remedy="ask again when Retry-After has passed")


class ChartNotDrawn(HeadroomError):  # noqa: N818
    """A chart cannot be drawn as a picture now: the process that draws takes too long, or died."""

    code = "chart_not_drawn"
    title = "Chart not drawn"

    def __init__(self, reason: str) -> None:
        super().__init__(f"no chart is drawn: {reason}", remedy="try again, or leave out .svg or .png")


class ServiceStopping(HeadroomError):  # noqa: N818
    """The server is being ended: what it still gets it answers, but work should go elsewhere."""

    code = "service_stopping"
    title = "Service is stopping"

    def __init__(self) -> None:
        super().__init__("the server is being ended", remedy="ask another server, or this one again in a few seconds")


class TooManyStreams(HeadroomError):  # noqa: N818
    """As many clients follow the events of this server as may at once."""

    code = "too_many_streams"
    title = "Too many streams"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} streams are open", remedy="ask again later, or ask for the list from time to time")


class PreparationFailed(HeadroomError):  # noqa: N818
    """What is served could not be made, after all tries."""

    code = "preparation_failed"
    title = "Preparation failed"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults), remedy="see the log above; then run headroom up again")


class SettingsError(HeadroomError):
    """The settings object cannot be built."""

    code = "settings_error"
    title = "Settings are invalid"
