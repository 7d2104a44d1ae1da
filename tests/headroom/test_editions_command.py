"""``headroom editions``: what is printed of an edition."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from drawn_cells import drawn_cells

from data.layers import Layer
from headroom import cli
from projection.grid import Grid
from projection.paths import Paths
from projection.publishing import write

HELD = ["year_is_its_quarters", "in_range", "unconstrained_is_not_less", "used_is_not_more_than_installed"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    grid = Grid(2025)
    paths = Paths(demand=np.ones((8, len(grid.quarters)), np.float32))
    write(
        tmp_path / "editions",
        edition_id="e-1",
        issued=datetime(2026, 11, 23, tzinfo=UTC),
        facts={"scenarios": ["base"]},
        drawn=[("base", drawn_cells({("EU", Layer.POWER): paths}, {}, grid))],
    )
    return tmp_path


def test_the_identities_that_held_are_a_table_of_their_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["editions", "show", "e-1", "--home", str(home)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (head,) = [place for place, line in enumerate(lines) if line.startswith("IDENTITY")]
    assert [line.split()[0] for line in lines[head + 1 :]] == HELD
    assert not any(line.startswith("identities") for line in lines)


def test_a_program_reads_them_in_the_manifest(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["editions", "show", "e-1", "--home", str(home), "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["identities"]] == HELD
