"""The hub form is read by hubdata, the hubverse's own reader, and holds the numbers the edition answers with."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pyarrow.compute as pc
import pytest
import yaml
from drawn_cells import drawn_cells, writer_of
from hubdata import connect_hub

from data.base.errors import InvalidParameter
from data.base.layers import Layer
from data.base.quantiles import Quantile
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.publish import write
from projection.sharing.hub import LEVELS, MODEL, export

ISSUED = datetime(2026, 11, 23, 9, tzinfo=UTC)
TIMELINE = Timeline(2025)


def grown(seed):
    """Draws that grow and differ, (draw, quarter)."""
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.uniform(0.5, 2, (400, len(TIMELINE.quarters))), axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    cells = {
        ("US", Layer.POWER): Paths(wanted=grown(1), bought=grown(2), supply=grown(3)),
        ("EU", Layer.POWER): Paths(wanted=grown(4)),
        ("US", Layer.ENERGY): Paths(wanted=grown(5), supply=grown(6)),
    }
    facts = {"data_as_of": "2026-11-22", "model_version": "m-1", "scenarios": ["base"]}
    scenarios = [("base", drawn_cells(cells, {}, TIMELINE))]
    folder = tmp_path_factory.mktemp("editions")
    return write(folder, edition_id="e-1", issued=ISSUED, facts=facts, scenario_files=writer_of(scenarios))


@pytest.fixture(scope="module")
def hub(edition, tmp_path_factory):
    target = tmp_path_factory.mktemp("hubs") / "hub"
    table = export(edition, target)
    assert table == target / "model-output" / MODEL / f"2026-11-23-{MODEL}.csv"
    return connect_hub(target)


def test_hubdata_reads_every_row_with_its_types(hub):
    table = hub.to_table()
    assert {str(field.type) for field in table.schema if field.name in {"reference_date", "as_of", "period"}} == {
        "date32[day]"
    }
    assert {name: str(table.schema.field(name).type) for name in ("output_type_id", "value", "region")} == {
        "output_type_id": "double",
        "value": "double",
        "region": "string",
    }
    assert set(table["model_id"].to_pylist()) == {MODEL}
    assert set(table["as_of"].to_pylist()) == {date(2026, 11, 22)}
    assert set(table["reference_date"].to_pylist()) == {date(2026, 11, 23)}
    assert set(table["output_type"].to_pylist()) == {"quantile"}
    assert all(pc.is_valid(table["value"]).to_pylist())


def test_its_quantiles_are_those_the_edition_answers_with(hub, edition):
    rows = hub.to_table().to_pylist()
    points = edition.answer(edition.cell("US", Layer.POWER), levels=[Quantile(level) for level in LEVELS])
    for name, bands in (
        ("power wanted", {point.period: point.demand for point in points}),
        ("power supply", {point.period: point.supply for point in points}),
        ("power gap", {point.period: point.gap for point in points}),
    ):
        mine = [row for row in rows if (row["region"], row["target"]) == ("US", name)]
        assert len(mine) == len(points) * len(LEVELS)
        for row in mine:
            assert row["value"] == bands[row["period"]][f"{row['output_type_id']:g}"]
            assert row["target_end_date"] == date(row["period"].year, 12, 31)


def test_what_a_cell_does_not_carry_is_no_row(hub):
    table = hub.to_table().to_pylist()
    assert {row["target"] for row in table if row["region"] == "EU"} == {"power wanted"}
    assert {row["target"] for row in table} == {
        "power wanted", "power bought", "power supply", "power gap", "energy wanted", "energy supply", "energy gap"
    }  # fmt: skip


def test_tasks_list_every_value_that_stands_in_the_table(hub):
    tasks = [task for one in hub.tasks["rounds"] for task in one["model_tasks"]]
    for row in hub.to_table().to_pylist():
        (task,) = [task for task in tasks if task["task_ids"]["target"]["required"] == [row["target"]]]
        for name, values in task["task_ids"].items():
            assert str(row[name]) in [*(values["required"] or []), *(values["optional"] or [])]
        assert row["output_type_id"] in task["output_type"]["quantile"]["output_type_id"]["required"]
        (target,) = task["target_metadata"]
        assert target["target_keys"] == {"target": row["target"]}
        assert len(target["target_id"]) <= 30
        assert target["target_units"] == {"power": "GW", "energy": "TWh"}[row["layer"]]


def test_the_model_is_described_as_the_hub_asks(hub):
    (path,) = (hub.hub_path / "model-metadata").iterdir()
    metadata = yaml.safe_load(path.read_text())
    assert path.name == f"{MODEL}.yml" == f"{metadata['team_abbr']}-{metadata['model_abbr']}.yml"
    assert set(hub.model_metadata_schema["required"]) == set(metadata)
    assert metadata["model_version"] == "e-1"


def test_the_same_edition_gives_the_same_hub_and_replaces_nothing(edition, tmp_path):
    first, second = (export(edition, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second
    (tmp_path / "a" / "mine").write_text("")
    with pytest.raises(InvalidParameter, match="is there already"):
        export(edition, tmp_path / "a")
    assert json.loads((tmp_path / "a" / "hub-config" / "admin.json").read_text())["file_format"] == ["csv"]
