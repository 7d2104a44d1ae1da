"""What a fault is, and what it is given to work with."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMMAND_SECONDS = 1800


@dataclass(frozen=True)
class Outcome:
    """How often a fault was tried, and a sentence on every promise that did not hold."""

    tries: int
    violations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """A fault: the section of docs/reliability.md that makes the promise, the fault in words, and what does it.

    ``run`` gets the bench and does the fault as often as it says, ends everything it started, and raises only when the
    fault itself could not be done; :class:`SkippedError` where something is not installed.
    """

    section: str
    name: str
    run: Callable[["Bench"], Outcome]


class SkippedError(Exception):
    """The fault cannot be done here; the message says what is missing."""


@dataclass(frozen=True)
class Bench:
    """Where faults are done.

    Attributes:
        home: a home with a champion, a second version and an edition. It is never changed: take a :meth:`copy`.
        folder: for whatever is made; removed at the end.
        tries: how often a fault of the usual cost is done.
        variables: of the environment, for every command.
    """

    home: Path
    folder: Path
    tries: int
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def costly_tries(self) -> int:
        """How often a fault is done that costs about four times the usual."""
        return max(1, self.tries // 4)

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A copy of the home with a tracking store of its own beside it, removed at the end."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(shutil.copytree(self.home, Path(name) / "var"))

    def environment(self, home: Path, **settings: object) -> dict[str, str]:
        """The environment of a command that works in a copy; settings by their names."""
        values = {"home": home, "tracking_uri": f"sqlite:///{home.parent / 'mlflow.db'}"} | settings
        bare = {name: value for name, value in os.environ.items() if not name.startswith("HEADROOM_")}
        of_settings = {f"HEADROOM_{name.upper()}": str(value) for name, value in values.items()}
        return bare | of_settings | dict(self.variables)

    def headroom(self, home: Path, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        """Run a command in a copy, to its end."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-P", "-m", "headroom", *arguments],
            cwd=home.parent,
            env=self.environment(home, **settings),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    @contextmanager
    def process(self, home: Path, *arguments: str, **settings: object) -> Iterator[subprocess.Popen[str]]:
        """Run a command beside us; what it says on stderr goes to ``log`` beside the home. It is ended at the end."""
        with (home.parent / "log").open("a") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-P", "-m", "headroom", *arguments],
                cwd=home.parent,
                env=self.environment(home, **settings),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
