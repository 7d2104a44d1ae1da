"""What tests of jobs share: a clock that is set by hand, kinds that are quick, and children that are no processes."""

from datetime import UTC, datetime, timedelta

from service.jobs.kinds import FollowUp, Kind, Kinds
from service.jobs.worker import Exit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KINDS = Kinds(
    kind={
        "drift": Kind(
            title="Check", command=("check",), past=("check", "--as-of", "{day}"), seconds=60, attempts=3, pause=10
        ),
        "retrain": Kind(title="Train", command=("train",), why_no_past="It is now.", seconds=60, attempts=1, pause=10),
        "project": Kind(title="Project", command=("project",), success={0, 3}, seconds=60, attempts=2, pause=10),
    },
    follow_up=(
        FollowUp(after="drift", when="advised", kind="retrain"),
        FollowUp(after="retrain", kind="project"),
    ),
)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go(self, **by: float) -> None:
        """Move it, ahead or back."""
        self.now += timedelta(**by)


class ScriptedChild:
    """A child that does what a test says at each look."""

    def __init__(self, script, *, text: str = "train 3/12 4 s\n") -> None:
        self._script = iter(script)
        self._text = text
        self.extended: list[float] = []
        self.ended = False

    def wait(self, _seconds: float) -> Exit | None:
        """The next answer; a function in the script is called first."""
        step = next(self._script)
        while callable(step):
            step()
            step = next(self._script)
        return step

    def extend(self, until: float) -> None:
        """Remember it."""
        self.extended.append(until)

    def end(self) -> None:
        """Remember it."""
        self.ended = True

    def tail(self) -> str:
        """What it wrote."""
        return self._text
