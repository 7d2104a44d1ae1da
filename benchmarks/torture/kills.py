"""Kills over every phase that writes: training, promoting, recording, projecting, publishing and refreshing.

Each phase is measured once; then the command is killed at moments spread evenly over it. After every kill the stores
are opened and everything in them is verified; then the command is run again and has to finish.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text

from benchmarks.torture.bench import COMMAND_SECONDS, Bench, Fault, Outcome
from benchmarks.torture.killed import MEASURE
from data.base.errors import HeadroomError
from data.base.scopes import Scope
from data.store import ledger
from data.store.database import open_database
from projection.edition.edition import Edition
from training.artifact.published import Published

ROOT = Path(__file__).parents[2]
START = "-"
SMALL = (
    "train", "--series", "nvidia.datacenter.revenue,cn.electricity.generation.total.owid",
    "--members", "naive2,drift", "--set", "workers=1",
)  # fmt: skip
MONTHS = 240


@dataclass(frozen=True)
class Phase:
    """A command and the part of it that is killed.

    Attributes:
        name: in words.
        point: function whose entry begins the phase, or ``-`` for the start of the process.
        command: of try number n, in a copy of the home; every try does something new.
    """

    name: str
    point: str
    command: Callable[[Path, int], Sequence[str]]

    def run(self, bench: Bench) -> Outcome:
        """Measure the phase, then kill it as often as the bench says."""
        with bench.copy() as home:
            seconds = _duration(bench, home, self.point, self.command(home, 0))
        violations: list[str] = []
        for number in range(1, bench.tries + 1):
            with bench.copy() as home:
                command = self.command(home, number)
                before, earlier = _champion(home), _decided_versions(home)
                after = seconds * (number - 0.5) / bench.tries
                _run(bench, home, self.point, f"{after:.4f}", command)
                faults = [*faults_of(home), *_other_champion(home, before, command)]
                second = bench.headroom(home, *command)
                if second.returncode and "already" not in second.stderr:
                    faults.append(f"run again it ended with {second.returncode}: {second.stderr.strip()[-300:]}")
                faults += faults_of(home)
                if command[0] in {"train", "models"}:
                    faults += _tracking_faults(bench, home, earlier=earlier)
                violations += [f"{sentence} (kill {number})" for sentence in faults]
        return Outcome(bench.tries, tuple(violations))


def faults_of(home: Path) -> list[str]:
    """A sentence on everything in a home that is neither as it was nor as it is to be."""
    faults: list[str] = []
    with open_database(home / "headroom.db") as database:
        with database.connect() as connection:
            if (state := connection.execute(text("PRAGMA integrity_check")).scalar_one()) != "ok":
                faults.append(f"the database is damaged: {state}")
        lines, records = ledger.promotions(database), ledger.editions(database)
    faults += [
        f"line {later.id} of the ledger does not follow the one before"
        for earlier, later in pairwise(lines)
        if later.previous_version != earlier.model_version
    ]
    if lines:
        faults += _unloadable(Published.load, home / "models" / lines[-1].model_version)
    for record in records:
        faults += _unloadable(partial(Edition.load, record=record), home / "editions" / record.id)
    for kind, load in (("models", Published.load), ("editions", Edition.load)):
        for folder in (home / kind).iterdir():
            if not folder.name.startswith("."):
                faults += _unloadable(load, folder)
    return faults


def _unloadable(load: Callable[[Path], object], folder: Path) -> list[str]:
    try:
        load(folder)
    except (HeadroomError, OSError) as error:
        return [f"{folder.name} is not whole: {error}"]
    return []


def _champion(home: Path) -> str | None:
    with open_database(home / "headroom.db") as database:
        promotion = ledger.champion(database, scope=Scope.PUBLIC)
    return None if promotion is None else promotion.model_version


def _other_champion(home: Path, before: str | None, command: Sequence[str]) -> list[str]:
    """Only a promotion by hand may have made another champion, and only the version it names."""
    allowed = {before, command[2]} if command[:2] == ["models", "promote"] else {before}
    after = _champion(home)
    return [] if after in allowed else [f"{after} is champion after a kill, {before} was"]


def _decided_versions(home: Path) -> set[str]:
    """Versions the ledger decided about."""
    with open_database(home / "headroom.db") as database:
        return {line.candidate or line.model_version for line in ledger.promotions(database)}


def _tracking_faults(bench: Bench, home: Path, *, earlier: set[str]) -> list[str]:
    """Versions decided about in this copy that MLflow does not know, once it was brought up to date.

    A copy has an empty tracking store of its own: what was decided ``earlier`` is recorded elsewhere.
    """
    sync = bench.headroom(home, "models", "sync")
    new = _decided_versions(home) - earlier
    with open_database(home.parent / "mlflow.db") as store, store.connect() as connection:
        names = "SELECT value FROM model_version_tags WHERE key = 'version'"
        registered = set(connection.execute(text(names)).scalars())
        states = "SELECT status, count(*) FROM runs WHERE lifecycle_stage = 'active' GROUP BY status"
        open_runs = [state for state, _ in connection.execute(text(states)).all() if state != "FINISHED"]
    missing = [f"{name} is not in MLflow after sync: {sync.stderr.strip()[-300:]}" for name in sorted(new - registered)]
    return missing + [f"a run stays {state} in MLflow" for state in open_runs]


def _duration(bench: Bench, home: Path, point: str, command: Sequence[str]) -> float:
    """Seconds from the point to the end of the command when nothing kills it."""
    code, words = _run(bench, home, point, MEASURE, command)
    if code:
        message = f"headroom {' '.join(command)} fails even when it is left alone: {words[-500:]}"
        raise SystemExit(message)
    return float(words.rpartition(f"\n{MEASURE} ")[2])


def _run(bench: Bench, home: Path, point: str, seconds: str, command: Sequence[str]) -> tuple[int, str]:
    """Exit code and stderr of a command run under :mod:`benchmarks.torture.killed`."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "benchmarks.torture.killed", point, seconds, *command],
        cwd=ROOT,
        env=bench.environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        words = process.communicate(timeout=COMMAND_SECONDS)[1]
    finally:
        # What a dead leader leaves behind is killed with it, as a container's end would.
        _end_group(process.pid)
    return process.returncode, words


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _train(_home: Path, number: int) -> list[str]:
    return [*SMALL, "--seed", str(1000 + number)]


def _promote(home: Path, _number: int) -> list[str]:
    champion = _champion(home)
    others = [path.name for path in (home / "models").iterdir() if path.is_dir() and path.name != champion]
    return ["models", "promote", min(others), "--reason", "torture"]


def _project(_home: Path, number: int) -> list[str]:
    return ["project", "--seed", str(1000 + number)]


def _refresh(home: Path, number: int) -> list[str]:
    file = home.parent / "fred.csv"
    days = [f"{2005 + month // 12}-{month % 12 + 1:02d}-01" for month in range(MONTHS)]
    rows = [f"{day},{70000 + 10 * place + number}" for place, day in enumerate(days)]
    file.write_text("\n".join(["observation_date,TLOFCONS", *rows, ""]))
    return ["data", "refresh", "fred", "--file", str(file)]


PHASES = (
    Phase("killed while training", START, _train),
    Phase("killed between the gate and the end of the MLflow record", "training.train:by_gate", _train),
    Phase("killed while promoting", START, _promote),
    Phase("killed while projecting", START, _project),
    Phase("killed while publishing an edition", "projection.edition.publish:write", _project),
    Phase("killed while refreshing figures", START, _refresh),
)
FAULTS = tuple(Fault("Kills", phase.name, phase.run) for phase in PHASES)
