"""Reports the phases of a start, as text for people (stderr) or as JSON lines for programs (stdout)."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from headroom.console import output


@dataclass
class Phase:
    """One phase under way; set ``outcome`` and ``detail`` before it ends to say what came of it."""

    outcome: str = "done"
    detail: str = ""


class Phases:
    """Numbers the phases and reports when each begins, how it ended and how long it took."""

    def __init__(self, names: tuple[str, ...], *, as_json: bool) -> None:
        self._names = names
        self._as_json = as_json

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Announce a phase, and afterwards its outcome; an exception that passes through is reported as ``ended``."""
        started = time.monotonic()
        current = Phase()
        self._tell(name, "started")
        try:
            yield current
        except BaseException:
            self._tell(name, "ended", seconds=time.monotonic() - started)
            raise
        self._tell(name, current.outcome, detail=current.detail, seconds=time.monotonic() - started)

    def report(self, name: str, outcome: str, detail: str) -> None:
        """One line within a phase, or about one that takes no time."""
        self._tell(name, outcome, detail=detail)

    def _tell(self, name: str, outcome: str, *, detail: str = "", seconds: float | None = None) -> None:
        place = self._names.index(name) + 1
        if self._as_json:
            elapsed = None if seconds is None else round(seconds, 2)
            output.as_json({"phase": name, "outcome": outcome, "detail": detail or None, "seconds": elapsed})
            sys.stdout.flush()
            return
        word = "..." if outcome == "started" else outcome
        parts = [f"{place}/{len(self._names)} {name} {word}", detail, "" if seconds is None else f"{seconds:.1f} s"]
        sys.stderr.write(" ".join(part for part in parts if part) + "\n")
        sys.stderr.flush()
