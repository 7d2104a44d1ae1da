"""How fast the projection draws, beside the same model as plain vectorised numpy in double precision.

    python -m benchmarks.engine_speed

One scenario of all cells: drivers, assumptions, engine, realisation of sites, floor, firm balance, books, published
columns, and quantiles at the seven default levels of demand, supply and gap of every cell and period. Every measurement
has a process of its own; the fast engine is timed once it is warm, best of a few, and its first run with an empty cache
of kernels is told apart. Seconds are of a clock and so depend on who else uses the machine: seconds of the processor
stand beside them. Ends with 1 when a goal is missed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine_inputs import made_ground
from data.quantiles import DEFAULT_LEVELS
from projection.sharing import alone

DRAWS = (10_000, 100_000)
CORES = 2
SEED = 1
SPIN_SECONDS = 1.0
FASTER, SMALLER, INTERACTIVE_SECONDS = 20.0, 6.0, 1.0
RESULTS = Path(__file__).with_name("results")
LEVELS = [float(level) for level in DEFAULT_LEVELS]
Columns = Mapping[str, NDArray[np.floating]]
Timed = dict[str, float]


def bands(columns: Columns, read: Callable[[NDArray[np.floating]], object], share: Callable) -> None:
    """Read quantiles of demand and supply, and of the gap per draw where there are both."""

    def one(name: str) -> None:
        region, layer, quantity, *period = name.split("|")
        if quantity not in {"demand", "supply", "committed", "requested"}:
            return
        read(columns[name])
        supply = "|".join([region, layer, "supply", *period])
        if quantity == "demand" and supply in columns:
            read(columns[name] - columns[supply])

    share(one, list(columns))


def plain(draws: int) -> Timed:
    """Time the plain engine once."""
    from benchmarks.plain_engine.scenario import drawn, numbers

    ground = made_ground()
    clock, processor = time.perf_counter(), time.process_time()
    whole = drawn(ground, numbers(ground, scenario="base", seed=SEED, draws=draws))
    # Editions hold single precision: that copy is part of publishing, as it was.
    published = {name: column.astype(np.float32) for name, column in whole.columns(ground).items()}
    bands(published, lambda column: np.quantile(column, LEVELS), alone)
    return _spent(clock, processor)


def fast(draws: int, threads: int, repeats: int) -> Timed:
    """Time the product's engine: its first run, then the best of several."""
    from projection.order_statistics import quantiles
    from projection.publishing import columns
    from projection.scenario import draw
    from projection.sharing import sharing

    ground = made_ground()

    def once(count: int) -> Timed:
        clock, processor = time.perf_counter(), time.process_time()
        with sharing(threads) as share:
            made = draw(ground, scenario="base", seed=SEED, draws=count, share=share)
            bands(columns(made.table), lambda column: quantiles(column, LEVELS), share)
        return _spent(clock, processor)

    first = once(10_000)["seconds"]
    found = [once(draws) for _ in range(repeats)]
    best = {key: min(run[key] for run in found) for key in ("seconds", "processor")}
    return best | {"first_seconds": first, "megabytes": found[-1]["megabytes"]}


def _spent(clock: float, processor: float) -> Timed:
    return {
        "seconds": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def _apart(*arguments: str, cache: str | None = None) -> Timed:
    """A measurement in a process of its own."""
    surroundings = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    if cache is not None:
        surroundings["NUMBA_CACHE_DIR"] = cache
    command = [sys.executable, "-m", "benchmarks.engine_speed", *arguments]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
    found: Timed = json.loads(done.stdout.splitlines()[-1])
    return found


def free_cores() -> float:
    """Cores that as many busy processes as a goal counts on really get now; less where others use the machine."""
    spin = f"import time; t = time.perf_counter()\nwhile time.perf_counter() - t < {SPIN_SECONDS}: pass\n"
    told = "print(time.process_time())"
    busy = [
        subprocess.Popen([sys.executable, "-c", spin + told], stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
        for _ in range(CORES)
    ]
    return sum(float(process.communicate()[0]) for process in busy) / SPIN_SECONDS


def _goals(rows: Mapping[str, Timed]) -> list[tuple[str, float, float, bool]]:
    plainly, quick = rows["plain 100000"], rows[f"fast 100000, {CORES} threads"]
    return [
        ("100,000 draws are faster by", plainly["seconds"] / quick["seconds"], FASTER, True),
        ("100,000 draws take less memory by", plainly["megabytes"] / quick["megabytes"], SMALLER, True),
        ("10,000 draws take seconds", rows[f"fast 10000, {CORES} threads"]["seconds"], INTERACTIVE_SECONDS, False),
    ]


def main() -> int:
    """Run, print, write; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="speed and memory of the projection beside plain numpy")
    parser.add_argument("--measure", choices=("plain", "fast"))
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=CORES)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    if asked.measure is not None:
        found = plain(asked.draws) if asked.measure == "plain" else fast(asked.draws, asked.threads, asked.repeats)
        print(json.dumps(found))
        return 0
    load, free = os.getloadavg()[0], [free_cores()]
    rows: dict[str, Timed] = {}
    with tempfile.TemporaryDirectory() as cache:
        rows["compiling"] = _apart("--measure", "fast", "--repeats", "1", cache=cache)
    for draws in DRAWS:
        for threads in (1, CORES):
            rows[f"fast {draws}, {threads} thread{'s' * (threads > 1)}"] = _apart(
                "--measure", "fast", f"--draws={draws}", f"--threads={threads}", f"--repeats={asked.repeats}"
            )
        rows[f"plain {draws}"] = _apart("--measure", "plain", f"--draws={draws}")
    free.append(free_cores())
    print(f"load of the machine before: {load:.1f} on {os.cpu_count()} cores")
    print(f"cores that {CORES} busy processes get, before and after: {free[0]:.2f} and {free[1]:.2f}")
    print(f"{'':28}{'seconds':>9}{'processor s':>13}{'us a draw':>11}{'peak MB':>9}{'first run s':>13}")
    for name, row in rows.items():
        count = int(name.split()[1].rstrip(",")) if name != "compiling" else 10_000
        told = f"{row['first_seconds']:13.2f}" if "first_seconds" in row else ""
        each = 1e6 * row["processor"] / count
        print(f"{name:28}{row['seconds']:9.2f}{row['processor']:13.2f}{each:11.1f}{row['megabytes']:9.0f}{told}")
    misses = []
    for name, value, goal, least in _goals(rows):
        print(f"{name} {value:.2f} (goal {'at least' if least else 'at most'} {goal:g})")
        misses += [name] if (value < goal if least else value > goal) else []
    by_processor = rows["plain 100000"]["processor"] / rows["fast 100000, 1 thread"]["processor"]
    print(f"by processor seconds on one thread: {by_processor:.1f}")
    RESULTS.mkdir(exist_ok=True)
    told = {
        "load_before": load,
        "free_cores": free,
        "cores": os.cpu_count(),
        "rows": rows,
        "faster_by_processor": by_processor,
    }
    (RESULTS / "engine_speed.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print("every goal is met" if not misses else f"missed: {', '.join(misses)}")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
