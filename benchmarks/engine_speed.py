"""How fast the projection draws, beside the same model as plain vectorised numpy in double precision.

    python -m benchmarks.engine_speed

One scenario of all cells: drivers, assumptions, engine, realisation of sites, floor, firm balance, books, published
columns, and quantiles at the seven default levels of demand, supply and gap of every cell and period. Every measurement
has a process of its own; the fast engine is timed once it is warm, best of a few, and its first run with an empty cache
of kernels is told apart. Seconds are of a clock and so depend on who else uses the machine: seconds of the processor,
of all that share the work, stand beside them. Memory is measured in a run of its own, because looking takes
time: the most that a process and those that help it held together, a page that several share counted once. Ends with 1
when a goal is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
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
LOOK_SECONDS = 0.02
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
    clock, processor = time.perf_counter(), _processor()
    whole = drawn(ground, numbers(ground, scenario="base", seed=SEED, draws=draws))
    # Editions hold single precision: that copy is part of publishing, as it was.
    published = {name: column.astype(np.float32) for name, column in whole.columns(ground).items()}
    bands(published, lambda column: np.quantile(column, LEVELS), alone)
    return _spent(clock, processor)


def fast(draws: int, cores: int, repeats: int) -> Timed:
    """Time the product's engine: its first run, then the best of several."""
    from projection.order_statistics import quantiles
    from projection.publishing import columns
    from projection.scenario import draw
    from projection.sharing import sharing

    ground = made_ground()

    with sharing(cores) as share:

        def once(count: int) -> Timed:
            clock, processor = time.perf_counter(), _processor()
            made = draw(ground, scenario="base", seed=SEED, draws=count, share=share)
            bands(columns(made.table), lambda column: quantiles(column, LEVELS), share)
            return _spent(clock, processor)

        first = once(10_000)["seconds"]
        found = [once(draws) for _ in range(repeats)]
    return {key: min(run[key] for run in found) for key in ("seconds", "processor")} | {"first_seconds": first}


def _spent(clock: float, processor: float) -> Timed:
    return {"seconds": time.perf_counter() - clock, "processor": _processor() - processor}


def _processor() -> float:
    """Seconds of the processor of this process and of those it has forked and waited for."""
    return sum(os.times()[:4])


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.engine_speed", *arguments]


def _surroundings(cache: str | None = None) -> dict[str, str]:
    told = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return told if cache is None else {**told, "NUMBA_CACHE_DIR": cache}


def _apart(*arguments: str, cache: str | None = None) -> Timed:
    """A measurement in a process of its own."""
    done = subprocess.run(  # noqa: S603 - ourselves
        _command(*arguments), env=_surroundings(cache), capture_output=True, text=True, check=True
    )
    found: Timed = json.loads(done.stdout.splitlines()[-1])
    return found


def _megabytes(*arguments: str) -> float:
    """The most memory that a measurement's processes held together, MB."""
    most = 0.0
    with subprocess.Popen(_command(*arguments), env=_surroundings(), stdout=subprocess.DEVNULL) as looked_at:  # noqa: S603 - ourselves
        while looked_at.poll() is None:
            most = max(most, sum(_held(process) for process in _family(looked_at.pid)))
            time.sleep(LOOK_SECONDS)
    if looked_at.returncode:
        raise subprocess.CalledProcessError(looked_at.returncode, arguments)
    return most


def _family(process: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield process
    try:
        children = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return  # It has just ended.
    for child in " ".join(children).split():
        yield from _family(int(child))


def _held(process: int) -> float:
    """Memory of a process, MB; of a page that others hold too, its part (``Pss``, proc_pid_smaps_rollup(5))."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0  # It has just ended.
    return sum(float(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


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
    plainly, quick = rows["plain 100000"], rows[f"fast 100000, {CORES} cores"]
    return [
        ("100,000 draws are faster by", plainly["seconds"] / quick["seconds"], FASTER, True),
        ("100,000 draws take less memory by", plainly["megabytes"] / quick["megabytes"], SMALLER, True),
        ("10,000 draws take seconds", rows[f"fast 10000, {CORES} cores"]["seconds"], INTERACTIVE_SECONDS, False),
    ]


def main() -> int:
    """Run, print, write; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="speed and memory of the projection beside plain numpy")
    parser.add_argument("--measure", choices=("plain", "fast"))
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--cores", type=int, default=CORES)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    if asked.measure is not None:
        found = plain(asked.draws) if asked.measure == "plain" else fast(asked.draws, asked.cores, asked.repeats)
        print(json.dumps(found))
        return 0
    load, free = os.getloadavg()[0], [free_cores()]
    rows: dict[str, Timed] = {}
    with tempfile.TemporaryDirectory() as cache:
        rows["compiling"] = _apart("--measure", "fast", "--repeats", "1", cache=cache)
    for draws in DRAWS:
        for cores in (1, CORES):
            what = ("--measure", "fast", f"--draws={draws}", f"--cores={cores}")
            timed = _apart(*what, f"--repeats={asked.repeats}")
            rows[f"fast {draws}, {cores} core{'s' * (cores > 1)}"] = timed | {
                "megabytes": _megabytes(*what, "--repeats=1")
            }
        what = ("--measure", "plain", f"--draws={draws}")
        rows[f"plain {draws}"] = _apart(*what) | {"megabytes": _megabytes(*what)}
    free.append(free_cores())
    print(f"load of the machine before: {load:.1f} on {os.cpu_count()} cores")
    print(f"cores that {CORES} busy processes get, before and after: {free[0]:.2f} and {free[1]:.2f}")
    print(f"{'':28}{'seconds':>9}{'processor s':>13}{'us a draw':>11}{'peak MB':>9}{'first run s':>13}")
    for name, row in rows.items():
        count = int(name.split()[1].rstrip(",")) if name != "compiling" else 10_000
        told = f"{row['first_seconds']:13.2f}" if "first_seconds" in row else ""
        each = 1e6 * row["processor"] / count
        held = f"{row['megabytes']:9.0f}" if "megabytes" in row else f"{'':9}"
        print(f"{name:28}{row['seconds']:9.2f}{row['processor']:13.2f}{each:11.1f}{held}{told}")
    misses = []
    for name, value, goal, least in _goals(rows):
        print(f"{name} {value:.2f} (goal {'at least' if least else 'at most'} {goal:g})")
        misses += [name] if (value < goal if least else value > goal) else []
    by_processor = rows["plain 100000"]["processor"] / rows["fast 100000, 1 core"]["processor"]
    print(f"by processor seconds on one core: {by_processor:.1f}")
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
