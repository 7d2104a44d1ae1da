"""A new grid is rows of figures and entries in tables: a copy of the product gets them, and no line of Python."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("data", "features", "training", "projection", "benchmarks")
SERIES = (
    "us-pjm.load.summer_peak_forecast,",
    "us-pjm.load.large_load_adjustment_above_embedded,",
    "us-pjm.datacenter.capacity.bnef,",
    "us-pjm.capacity_auction.shortfall,",
    "us-pjm.capacity_auction.cleared,",
)
GRID = """
[[grid]]
region = "US-NORTH"
key = "north"
published = { series = "us-north.datacenter.capacity.bnef", unit = "GW" }

[grid.balance]
base = "auction"
shortfall = "us-north.capacity_auction.shortfall"
cleared = "us-north.capacity_auction.cleared"
accredited_since = 2025-06-01
summers_ahead = 2
reserve_margin = "reserve_margin"

[grid.forecast]
requests = "vetted"
peaks = ["us-north.load.summer_peak_forecast"]
large_loads = { series = "us-north.load.large_load_adjustment_above_embedded", unit = "GW" }
"""
DRAW = """
import json
import numpy as np
from benchmarks.engine_inputs import made_model_inputs
from data.base.layers import Layer
from projection.cells.cells import verdict
from projection.simulate.scenario_run import draw

drawn = draw(made_model_inputs(), seed=3, draws=256)
rows = {(region, layer, what): drawn.table.rows(region, layer, what) for region, layer, what in drawn.table.starts}
of = lambda region, layer, what="wanted": rows[region, layer, what]
second = drawn.table.points(Layer.FIRM).of[drawn.table.timeline.years[1]]
parts = sum(of(region, Layer.ENERGY) for region in ("US-NORTH", "US-PJM", "US-ERCOT"))
print(json.dumps({
    "share": float(np.median(of("US-NORTH", Layer.ENERGY)[0] / of("US", Layer.ENERGY)[0])),
    "within": bool((parts <= of("US", Layer.ENERGY) * (1 + 1e-6)).all()),
    "positive": bool((of("US-NORTH", Layer.ENERGY) > 0).all()),
    "routes": sorted(drawn.routes["US-NORTH", Layer.ENERGY].bands),
    "headroom": float(np.median(of("US-NORTH", Layer.FIRM, "supply")[second])),
    "need": float(np.median(of("US-NORTH", Layer.FIRM)[second])),
    "status": {layer: verdict("US-NORTH", layer, demand="wanted").status for layer in ("energy", "firm")},
}))
"""


def renamed(text):
    return text.replace("US-PJM", "US-NORTH").replace("us-pjm", "us-north").replace("pjm_", "north_")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The packages with a made-up grid: PJM's figures and assumptions under its name, and a smaller share of the US."""
    home = tmp_path_factory.mktemp("product")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, home / package)
    with (home / "data" / "tables" / "regions.csv").open("a", encoding="utf-8") as file:
        file.write("US-NORTH,North,grid,US,\n")
    for table in ("series", "energy"):
        path = home / "data" / "tables" / f"{table}.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines + [renamed(line) for line in lines if line.startswith(SERIES)]), encoding="utf-8")
    path = home / "projection" / "inputs" / "assumptions.toml"
    text = path.read_text(encoding="utf-8")
    entries = re.findall(r"^\[assumptions\.pjm_.*?\n\n", text, re.MULTILINE | re.DOTALL)
    path.write_text(text + "\n" + renamed("".join(entries)).replace("p10 = 0.22\np90 = 0.36", "p10 = 0.05\np90 = 0.10"))
    path = home / "projection" / "cells" / "cells.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"US-PJM"', '"US-PJM", "US-NORTH"'), encoding="utf-8")
    with (home / "features" / "grids" / "grids.toml").open("a", encoding="utf-8") as file:
        file.write(GRID)
    return home


@pytest.mark.slow
def test_a_grid_added_by_tables_is_projected_beside_the_others(copy):
    run = subprocess.run(
        [sys.executable, "-c", DRAW],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["within"]
    assert answer["positive"]
    assert 0.05 < answer["share"] < 0.10
    assert answer["routes"] == ["operator", "published", "share"]
    assert answer["headroom"] == pytest.approx(-6.6, abs=3.0)
    assert answer["need"] > 0
    assert answer["status"] == {"energy": "partial", "firm": "available"}
