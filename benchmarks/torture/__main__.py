"""Do every fault, print a table, and write it into docs/reliability.md.

    make torture                             # every fault: over a hundred kills, and the rest
    make torture TORTURE="--only kills: --jobs 2"  # kills alone, two kinds at a time
    make torture TORTURE="--home DIR"        # from a prepared home, in place of training one (it is copied)

Everything runs on loopback in a temporary folder and ends by itself. Exit code 1 when a promise was broken.
"""

import argparse
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.torture import availability, integrity, job_states, kills, schedule, storages
from benchmarks.torture.bench import Bench, Fault, Outcome, SkippedError

FAULTS: tuple[Fault, ...] = (
    *schedule.FAULTS,
    *job_states.FAULTS,
    *kills.FAULTS,
    *storages.FAULTS,
    *integrity.FAULTS,
    *availability.FAULTS,
)
"""Every fault; a further module adds its own ``FAULTS`` here."""
Row = tuple[Fault, Outcome | str, float]
"""A fault, what came of it or why it was not done, and seconds."""
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- torture: begin -->", "<!-- torture: end -->"


def prepare(bench: Bench) -> None:
    """Make the home the faults start from: champion, edition, and a second version that may be promoted."""
    commands = [["db", "upgrade"]]
    if not any((bench.home / "editions").glob("e-*")):
        commands.append(["up", "--no-serve"])
    if len(list((bench.home / "models").glob("m-*"))) < 2:  # noqa: PLR2004 - one to promote beside the champion
        commands.append(["train", "--seed", "7", "--no-promote"])
    for command in commands:
        print("preparing: headroom", *command, flush=True)
        process = bench.headroom(bench.home, *command)
        if process.returncode:
            raise SystemExit(f"headroom {' '.join(command)} failed:\n{process.stderr}")


def run_fault(bench: Bench, fault: Fault) -> Row:
    """Do a fault and time it."""
    print(f"{fault.section}: {fault.name} ...", flush=True)
    started = time.monotonic()
    outcome: Outcome | str
    try:
        outcome = fault.run(bench)
    except SkippedError as reason:
        outcome = str(reason)
    except Exception as error:  # noqa: BLE001 - the other faults are done all the same
        outcome = Outcome(0, (f"it could not be done: {error!r}"[:500],))
    return fault, outcome, time.monotonic() - started


def table(rows: list[Row]) -> str:
    """The table of the page."""
    lines = ["| section | fault | tries | violations | s |", "|---|---|---:|---|---:|"]
    for fault, outcome, seconds in rows:
        if isinstance(outcome, str):
            lines.append(f"| {fault.section} | {fault.name} | 0 | not done: {outcome} | |")
            continue
        words = "; ".join(dict.fromkeys(outcome.violations)).replace("|", "/").replace("\n", " ")
        cell = f"**{len(outcome.violations)}**: {words}" if outcome.violations else "0"
        lines.append(f"| {fault.section} | {fault.name} | {outcome.tries} | {cell} | {seconds:.0f} |")
    outcomes = [outcome for _, outcome, _ in rows if isinstance(outcome, Outcome)]
    total = sum(outcome.tries for outcome in outcomes), sum(len(outcome.violations) for outcome in outcomes)
    lines.append(f"| | **all** | **{total[0]}** | **{total[1]}** | {sum(seconds for *_, seconds in rows):.0f} |")
    return "\n".join(lines)


def _write(rows: list[Row], *, faults: int, tries: int) -> None:
    """Put the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    done = "" if len(rows) == faults else f" {len(rows)} of {faults} faults were done."
    day = f"{datetime.now(UTC):%Y-%m-%d}, {tries} tries a fault of the usual cost.{done}"
    PAGE.write_text(f"{before}{BEGIN}\n{day}\n\n{table(rows)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main() -> int:
    """Run what the options choose."""
    parser = argparse.ArgumentParser(prog="torture", description="Do faults for real and count broken promises.")
    parser.add_argument("--only", default="", help="faults whose section or name contains this text")
    parser.add_argument("--tries", type=int, default=20, help="how often a fault of the usual cost is done")
    parser.add_argument("--jobs", type=int, default=1, help="faults done side by side; kills alone bear company")
    parser.add_argument("--home", type=Path, help="a trained and projected home to start from; it is copied")
    parser.add_argument("--no-page", action="store_true", help="print only, and leave docs/reliability.md as it is")
    options = parser.parse_args()
    faults = [fault for fault in FAULTS if options.only.lower() in f"{fault.section}: {fault.name}".lower()]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="headroom-torture-") as name:
        folder = Path(name)
        bench = Bench(home=folder / "base" / "var", folder=folder, tries=options.tries)
        if options.home is not None:
            shutil.copytree(options.home, bench.home)
        bench.home.mkdir(parents=True, exist_ok=True)
        prepare(bench)
        with ThreadPoolExecutor(options.jobs) as pool:
            for done in as_completed([pool.submit(run_fault, bench, fault) for fault in faults]):
                print(table([done.result()]).splitlines()[2], flush=True)
                rows = sorted([*rows, done.result()], key=lambda row: faults.index(row[0]))
                if not options.no_page:
                    # After every fault: a run of hours that is ended says what it did.
                    _write(rows, faults=len(faults), tries=options.tries)
    print(table(rows))
    return int(any(isinstance(outcome, Outcome) and outcome.violations for _, outcome, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
