"""Questions that nobody asked before, and one that everybody asks."""

from collections.abc import Iterator

import numpy as np

from benchmarks.api_load.client import request
from data.base.layers import DemandConcept, Status
from projection.cells.cells import COUNTRIES, VERDICTS

GAP = "/v1/gaps?region=US&layer=power"
CELLS = tuple(
    (region, layer)
    for (region, layer), verdict in VERDICTS.items()
    if region in COUNTRIES and verdict.status is not Status.UNAVAILABLE
)
LONG = 60_000
"""Characters of a search that nobody means."""


def varied(host: str, *, seed: int) -> Iterator[bytes]:
    """Gaps of every cell of the countries: years and quarters, both demands, levels and thresholds of all sorts."""
    rng = np.random.default_rng(seed)
    while True:
        region, layer = CELLS[rng.integers(len(CELLS))]
        demand = (DemandConcept.WANTED, DemandConcept.BOUGHT)[rng.integers(2)]
        levels = ",".join(f"{level:.3f}" for level in np.sort(rng.choice(np.arange(1, 999), 5, replace=False)) / 1000)
        yield request(
            f"/v1/gaps?region={region}&layer={layer}&demand={demand}&freq={'AQ'[rng.integers(2)]}"
            f"&quantiles={levels}&above={rng.normal(0, 50):.4f}",
            host=host,
        )


def searches(host: str, count: int, *, length: int) -> Iterator[bytes]:
    """Searches of the catalogue by different words of that many characters."""
    for number in range(count):
        yield request(f"/v1/series?q={number:0{length}d}", host=host)
