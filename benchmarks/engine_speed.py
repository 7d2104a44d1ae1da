"""What the projection costs, beside the same at another commit: seconds, and the most memory its processes hold.

    python -m benchmarks.engine_speed --against 246c2d9 --home var

Both commits project the newest model version of a home, each measurement in a process of its own, in turn, and the best
of a few counts. The other commit is checked out as a worktree for the run and uses the same environment. Goals are on
seconds of the processor for the draws of one process, and of the clock for the whole edition, each in seconds and over
the other commit, so run it where nobody else works. Ends with 1 when a goal is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_name("results")
LOOK_SECONDS = 0.05
GOALS = {"base": ("processor", 1.1, 1.5), "edition": ("seconds", 1.2, 15.0)}
"""What is measured: ten thousand draws of one scenario by one process, and all scenarios published by two; each with
the measure its goal is on, the most it may cost over the other commit, and the most seconds."""
MEMORY = 1.0
Measurement = dict[str, float]
PROGRAM = """
import json, os, sys, time
os.cpu_count = lambda: 2
from importlib import import_module, metadata
from pathlib import Path
version = metadata.version
metadata.version = lambda name: version({"headroom": "headroom-forecast"}.get(name, name))  # Its name in past commits.

def read(*places):
    # Of the modules that have held the name, the one of this commit.
    for place in places:
        module, name = place.split(":")
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue

def main(what, models, folder):
    Rule = read("data.store.store:Rule", "data.store:Rule")
    Store = read("data.store.store:Store", "data.store:Store")
    Published = read("training.artifact.published:Published", "training.published:Published")
    View = read("features.view:View")
    ModelInputs = read(
        "projection.simulate.model_inputs:ModelInputs",
        "projection.simulate.model_inputs:Ground",
        "projection.ground:Ground",
    )
    draw = read("projection.simulate.scenario_run:draw", "projection.scenario:draw")
    project = read("projection.project:project")
    alone = read("projection.sharing:alone")
    of_past = {"share": alone} if alone else {}  # Commits whose draws were shared by forked processes.
    newest = max(Path(models).glob("m-*"), key=lambda path: path.stat().st_mtime)
    published, store = Published.load(newest), Store.shipped()
    day = published.data_as_of
    if hasattr(View, "at"):
        figures, of_day, by_rule = View.of(store, as_of=day), {}, {}
    else:  # Commits whose functions took a store and a day.
        figures, of_day, by_rule = store, {"as_of": day}, {"rule": Rule.STRICT}
    if what == "base":
        model_inputs = ModelInputs.of(figures, published, **of_day, **by_rule)
        draw(model_inputs, seed=1, draws=2000, **of_past)  # Kernels are compiled or loaded.
        work = lambda: draw(model_inputs, seed=1, draws=10_000, **of_past)
    else:
        work = lambda: project(figures, published, directory=Path(folder), seed=1, **of_day)
    clock, processor = time.perf_counter(), sum(os.times()[:4])
    work()
    print(json.dumps({"seconds": time.perf_counter() - clock, "processor": sum(os.times()[:4]) - processor}))

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


def measure(tree: Path, workload: str, models: Path) -> Measurement:
    """One measurement of a checkout; memory is what its processes hold together, a shared page counted once."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "measure.py"
        program.write_text(PROGRAM)
        command = [sys.executable, str(program), workload, str(models), folder]
        most = 0.0
        with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
            while process.poll() is None:
                most = max(most, sum(_resident_bytes(one) for one in _family(process.pid)))
                time.sleep(LOOK_SECONDS)
            output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    measurement: Measurement = json.loads(output.splitlines()[-1])
    return measurement | {"megabytes": most}


def _family(process: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield process
    try:
        children = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return  # It has just ended.
    for child in " ".join(children).split():
        yield from _family(int(child))


def _resident_bytes(process: int) -> float:
    """Memory a process filled itself, MB; of a page that others hold too, its part (proc_pid_smaps_rollup(5)).

    Pages of files are left out: how much of a library counts for a process hangs on who else has it open just now.
    It is looked at again and again, so that a busy machine hides some of the most it had.
    """
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0  # It has just ended.
    return sum(float(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:"))) * 1024 / 1e6


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True)  # noqa: S603, S607 - ours


def compare(against: Path, models: Path, repeats: int) -> dict[str, dict[str, Measurement]]:
    """Best of a few measurements of both checkouts, taken in turn."""
    trees = {"now": ROOT, "before": against}
    for tree in trees.values():
        measure(tree, "base", models)  # Kernels are compiled once and kept.
    rows: dict[str, dict[str, list[Measurement]]] = {workload: {name: [] for name in trees} for workload in GOALS}
    for _ in range(repeats):
        for workload, by_tree in rows.items():
            for name, tree in trees.items():
                by_tree[name].append(measure(tree, workload, models))
    return {workload: {name: _best(repeats) for name, repeats in by_tree.items()} for workload, by_tree in rows.items()}


def _best(rows: Sequence[Measurement]) -> Measurement:
    return {key: min(row[key] for row in rows) for key in rows[0]}


def main() -> int:
    """Run, print, write; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="cost of the projection beside another commit")
    parser.add_argument("--against", default="HEAD~1", help="a commit")
    parser.add_argument("--home", type=Path, default=Path("var"), help="one with a trained model version")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    models = options.home.resolve() / "models"
    if not any(models.glob("m-*")):
        parser.error(f"{models} holds no model version; run: headroom train")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "before"
        _git("worktree", "add", "--detach", str(tree), options.against)
        try:
            rows = compare(tree, models, options.repeats)
        finally:
            _git("worktree", "remove", "--force", str(tree))
    print(f"against {options.against}; load of the machine before: {load:.1f} on {os.cpu_count()} cores")
    print(f"{'':18}{'seconds':>9}{'processor s':>13}{'peak MB':>9}")
    for workload, by_tree in rows.items():
        for name, row in by_tree.items():
            print(f"{f'{workload}, {name}':18}{row['seconds']:9.2f}{row['processor']:13.2f}{row['megabytes']:9.0f}")
    misses = []
    for workload, (key, most, most_seconds) in GOALS.items():
        cost = rows[workload]["now"][key]
        print(f"{workload}: {cost:.2f} {key} (goal at most {most_seconds:g})")
        misses += [f"{workload} {key} in seconds"] if cost > most_seconds else []
        limits = {key: most, "megabytes": MEMORY}
        for measure_of, before in rows[workload]["before"].items():
            ratio, limit = rows[workload]["now"][measure_of] / before, limits.get(measure_of)
            print(f"{workload}: {measure_of} {ratio:.2f} times" + (f" (goal at most {limit:g})" if limit else ""))
            misses += [f"{workload} {measure_of}"] if limit and ratio > limit else []
    RESULTS.mkdir(exist_ok=True)
    document = {"against": options.against, "load_before": load, "cores": os.cpu_count(), "rows": rows}
    (RESULTS / "engine_speed.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print("every goal is met" if not misses else f"missed: {', '.join(misses)}")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
