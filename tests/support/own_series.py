"""A user's own series, imported into a home, and a mapping file beside them."""

from collections.abc import Mapping
from pathlib import Path

from headroom import cli

CAPEX = "derived.world.hyperscaler_capex"
FLOW = "derived.nvidia.h100e_flow"
OWN_CAPEX = {f"{year}Q{quarter}": 60e3 * 1.06 ** (4 * (year - 2022) + quarter)
             for year in range(2022, 2027) for quarter in (1, 2, 3, 4) if (year, quarter) <= (2026, 3)}  # fmt: skip
"""USD million by quarter; the driver is in USD billion."""
OWN_FLOW = {f"{year}Q{quarter}": 1.2e5 * 1.2 ** (4 * (year - 2023) + quarter)
            for year in range(2023, 2027) for quarter in (1, 2, 3, 4) if (year, quarter) <= (2026, 2)}  # fmt: skip
HEAD = "series_id,period,value,unit,freq,region,low,high,published"


def published(period: str) -> str:
    """A day in the quarter after a quarter."""
    year, quarter = int(period[:4]), int(period[-1])
    return f"{year + quarter // 4}-{3 * (quarter % 4) + 2:02d}-05"


def import_own(folder: Path) -> None:
    """Import into the home the settings name: quarterly capex and flow, one PUE and one vacancy with a range."""
    lines = [HEAD]
    for series_id, unit, figures in (("capex", "USD_million", OWN_CAPEX), ("flow", "H100e", OWN_FLOW)):
        lines += [
            f"private.acme.{series_id},{period},{value:.3f},{unit},Q,WORLD,,,{published(period)}"
            for period, value in figures.items()
        ]
    lines += [
        f"private.acme.yearly,{year},{100 + year},USD_billion,A,WORLD,,,{year + 1}-02-01" for year in range(2010, 2026)
    ]
    lines += [
        "private.acme.pue,2024,1.2,ratio,A,US,,,2025-02-01",
        "private.acme.pue,2025,1.05,ratio,A,US,,,2026-02-01",
        "private.acme.vacancy,2026Q1,0.03,ratio,Q,US,0.02,0.05,2026-04-01",
        "private.acme.scarce,2026Q1,3,USD_billion,Q,WORLD,,,2026-04-01",
    ]
    path = folder / "own.csv"
    path.write_text("\n".join(lines) + "\n")
    assert cli.run(["data", "import", str(path), "--source", "acme"]) == 0


def write_mapping(home: Path, *, drivers: Mapping[str, str] | None = None, **assumptions: str) -> None:
    """Write the mapping file of a home, in place of the one it has."""
    entries = ["[drivers]", *(f'"{name}" = "{series_id}"' for name, series_id in (drivers or {}).items())]
    entries += ["[assumptions]", *(f'{name} = "{series_id}"' for name, series_id in assumptions.items())]
    (home / "private").mkdir(exist_ok=True)
    (home / "private" / "series.toml").write_text("\n".join(entries) + "\n")
