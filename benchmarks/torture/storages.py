"""Faults of what editions are published to: a disk without room, a storage that refuses, or damages a file."""

import http.client
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from benchmarks import s3_server
from benchmarks.torture.availability import becomes_true, running_server
from benchmarks.torture.bench import Bench, Fault, Outcome, SkippedError
from benchmarks.torture.integrity import answer_of, later, numbers
from benchmarks.torture.killed import MEASURE
from benchmarks.torture.kills import START, Command, on_s3, publish, refresh, run_killed, s3_storage
from benchmarks.torture.soundness import editions, faults_of, storage_faults

Hurt = Callable[[s3_server.Unwilling, Path, str], None]
"""Does something to the storage of an edition of a home."""
QUESTION = "/v1/gaps?region=US&layer=power"
FILE = "draws/base/US.power.supply.parquet"
ENDLESS = 10**9
PASSING = 3
"""Refusals that a request outlives: it is tried four times."""
ROOM = 2**30
SECONDS_ASKED_AGAIN = 90.0
"""A storage that did not answer is asked again after 30 seconds; the rest is a margin on a busy machine."""


@dataclass(frozen=True)
class Disk:
    """A disk of its own, as large as it is told to be."""

    folder: Path

    def resize(self, size: int) -> None:
        """Give it so many bytes."""
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True)  # noqa: S603, S607 - of the system

    @property
    def used(self) -> int:
        """Bytes in use."""
        disk = os.statvfs(self.folder)
        return (disk.f_blocks - disk.f_bfree) * disk.f_frsize


@contextmanager
def small_disk(bench: Bench) -> Iterator[tuple[Disk, Path]]:
    """A disk in memory with a copy of the home on it; raises :class:`SkippedError` where none may be mounted."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", name]
        try:
            subprocess.run(mount, check=True, capture_output=True)  # noqa: S603 - of the system
        except (OSError, subprocess.CalledProcessError) as error:
            message = f"a small disk cannot be mounted: {error}"
            raise SkippedError(message) from None
        try:
            yield Disk(Path(name)), Path(shutil.copytree(bench.home, Path(name) / "var"))
        finally:
            subprocess.run(["umount", "-l", name], check=True)  # noqa: S603, S607 - of the system


def full_disk(bench: Bench, *, command: Command) -> Outcome:
    """Leave the command less room than it needs: it fails, nothing is half there, and with room it finishes."""
    with small_disk(bench) as (disk, home):
        arguments, before = command(home, 0), disk.used
        _live(bench, home, arguments)
        need = disk.used - before
    violations: list[str] = []
    tries = bench.costly_tries
    failures = 0
    for number in range(1, tries + 1):
        with small_disk(bench) as (disk, home):
            arguments = command(home, number)
            disk.resize(disk.used + int(need * (number - 0.5) / tries))
            code, _ = run_killed(bench, home, START, MEASURE, arguments)
            disk.resize(ROOM)
            failures += code != 0
            faults = faults_of(home)
            faults += [f"{path.name} was left behind" for path in (home / "editions").glob(".e-*")]
            faults += _live(bench, home, arguments)
            violations += [f"{sentence} (try {number})" for sentence in faults + faults_of(home)]
    return Outcome(failures, tuple(violations))


def _live(bench: Bench, home: Path, arguments: list[str], **settings: object) -> list[str]:
    code, words = run_killed(bench, home, START, MEASURE, arguments, settings)
    return [f"it ended with {code}: {words.strip()[-300:]}"] if code else []


def refused_publication(bench: Bench, unwilling: s3_server.Unwilling) -> Outcome:
    """503 from some request of a publication on: outlived where it passes, else nothing is published until it does."""
    with bench.copy() as home:
        name, arguments = home.parent.name, publish(home, 0)
        before = unwilling.answered
        _live(bench, home, arguments, **s3_storage(home))
        requests = unwilling.answered - before
    violations: list[str] = []
    tries = bench.costly_tries
    for number in range(1, tries + 1):
        with bench.copy() as home:
            settings, arguments, issued = s3_storage(home), publish(home, number), editions(home)
            passing = number % 2 == 0
            unwilling.passes = int(requests * (number - 0.5) / tries)
            unwilling.refusals = PASSING if passing else ENDLESS
            faults = _live(bench, home, arguments, **settings)
            unwilling.passes = unwilling.refusals = 0
            if not passing:
                faults = [] if faults else ["it published although the storage answered 503"]
                faults += [f"{edition} is in the ledger" for edition in editions(home) if edition not in issued]
                faults += _live(bench, home, arguments, **settings)
            faults += faults_of(home) + storage_faults(bench, home, settings["editions_url"], earlier=issued)
            violations += [f"{sentence} (try {number} in {name})" for sentence in faults]
    return Outcome(tries, tuple(violations))


def refused_reading(bench: Bench, unwilling: s3_server.Unwilling) -> Outcome:
    """503 while a server wants draws: the edition before answers and says why; once it is over, the last one does."""
    return _served(bench, unwilling, _refuse, _relent)


def damaged_file(bench: Bench, unwilling: s3_server.Unwilling) -> Outcome:
    """A file that is damaged in the storage: set aside, the edition before answers and says why."""
    return _served(bench, unwilling, _damage, None)


def _served(bench: Bench, unwilling: s3_server.Unwilling, hurt: Hurt, heal: Hurt | None) -> Outcome:
    violations: list[str] = []
    for number in range(bench.costly_tries):
        with bench.copy() as home:
            settings = s3_storage(home)
            with running_server(bench, home, **settings) as (address, _):
                before = answer_of(address, QUESTION)[1]
            edition = later(bench, home, f"e-later-{number}", **settings)
            for part in ("draws", "bands"):
                shutil.rmtree(edition / part)
            hurt(unwilling, home, edition.name)
            with running_server(bench, home, **settings) as (address, _):
                status, answer = answer_of(address, QUESTION)
                if (status, answer.get("code")) == (HTTPStatus.SERVICE_UNAVAILABLE, "artifact_corrupt"):
                    # The one question that meets the damage is refused.
                    status, answer = answer_of(address, QUESTION)
                if (status, answer.get("edition")) != (HTTPStatus.OK, before["edition"]):
                    violations.append(f"{status} from {answer.get('edition')} (try {number})")
                elif numbers(answer) != numbers(before):
                    violations.append(f"other numbers from the edition before (try {number})")
                elif [item["edition"] for item in answer["withheld"]] != [edition.name]:
                    violations.append(f"withheld are {answer['withheld']} (try {number})")
                if heal is None:
                    if not (home / "editions" / ".quarantine" / edition.name / FILE).exists():
                        violations.append(f"the damaged file was not set aside (try {number})")
                    continue
                heal(unwilling, home, edition.name)
                if not becomes_true(partial(_answers_from, address, edition.name), seconds=SECONDS_ASKED_AGAIN):
                    violations.append(f"the last edition is not served again (try {number})")
    return Outcome(bench.costly_tries, tuple(violations))


def _answers_from(address: str, edition: str) -> bool:
    return bool(answer_of(address, QUESTION)[1].get("edition") == edition)


def _refuse(unwilling: s3_server.Unwilling, _home: Path, _edition: str) -> None:
    unwilling.refusals = ENDLESS


def _relent(unwilling: s3_server.Unwilling, _home: Path, _edition: str) -> None:
    unwilling.refusals = 0


def _damage(unwilling: s3_server.Unwilling, home: Path, edition: str) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", unwilling.port, timeout=30)) as connection:
        connection.request("PUT", f"/{s3_server.BUCKET}/{home.parent.name}/{edition}/{FILE}", b"damaged")
        connection.getresponse().read()


FAULTS = (
    Fault("Storage", "the disk is full while an edition is published", partial(full_disk, command=publish)),
    Fault("Storage", "the disk is full while figures are refreshed", partial(full_disk, command=refresh)),
    Fault("Storage", "S3 answers 503 while an edition is published", partial(on_s3, refused_publication)),
    Fault("Storage", "S3 answers 503 while a server wants draws", partial(on_s3, refused_reading)),
    Fault("Storage", "a file is damaged on S3", partial(on_s3, damaged_file)),
)
