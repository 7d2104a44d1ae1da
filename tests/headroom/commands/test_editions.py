"""``headroom editions``: what is printed of an edition."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from drawn_cells import drawn_cells, writer_of

from data.base.layers import Layer
from headroom import cli
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.edition import CONDITIONING
from projection.edition.publish import write

HELD = ["made_up"]
WEIGHED = {
    "prior_draws": 16,
    "effective_sample": 9,
    "observables": [
        {
            "name": "us_vacant_share",
            "value": 0.014,
            "error": 0.04,
            "form": "level",
            "used": True,
            "effective_sample_alone": 12,
            "prior": {"0.1": 0.02, "0.5": 0.07, "0.9": 0.12},
            "posterior": {"0.1": 0.01, "0.5": 0.05, "0.9": 0.09},
            "p_short": {"US": {"2028": {"prior": 0.6, "with_it_alone": 0.7}}},
        }
    ],
    "p_short": {
        "US": {
            "2028": {
                "prior": 0.6,
                "posterior": 0.71,
                "by_unmet_share": [{"unmet_share": 0.02, "p_short": 0.68}, {"unmet_share": 0.08, "p_short": 0.74}],
                "with_nothing_unmet": 0.65,
            }
        }
    },
}


def publish(home: Path, name: str, issued: datetime) -> None:
    timeline = Timeline(2025)
    paths = Paths(wanted=np.ones((8, len(timeline.quarters)), np.float32))
    write(
        home / "editions",
        edition_id=name,
        issued=issued,
        facts={"data_as_of": "2026-11-22", "model_version": "m-1", "scenarios": ["base"]},
        scenario_files=writer_of([("base", drawn_cells({("EU", Layer.POWER): paths}, {}, timeline))]),
        files={CONDITIONING: WEIGHED},
    )
    assert cli.run(["editions", "adopt", name, "--home", str(home)]) == 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path, "e-1", datetime(2026, 11, 23, tzinfo=UTC))
    return tmp_path


def test_the_identities_that_held_are_a_table_of_their_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(["editions", "show", "e-1", "--home", str(home)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (head,) = [place for place, line in enumerate(lines) if line.startswith("IDENTITY")]
    assert [line.split()[0] for line in lines[head + 1 : lines.index("", head)]] == HELD
    assert not any(line.startswith("identities") for line in lines)


def test_what_the_draws_were_weighed_by_is_printed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(["editions", "show", "e-1", "--home", str(home)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "16 draws were weighed; 9 is their effective number" in lines
    (observable,) = [line for line in lines if line.startswith("us_vacant_share")]
    assert "0.07 (0.02 to 0.12)" in observable
    assert "2028: 0.60 to 0.70" in observable
    (chance,) = [line for line in lines if line.startswith("US ")]
    assert chance.split()[:5] == ["US", "2028", "0.60", "0.71", "0.65"]
    assert "0.68 at 2%, 0.74 at 8%" in chance


def test_a_program_reads_what_they_were_weighed_by(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(["editions", "show", "e-1", "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["weighed_by"] == WEIGHED


def test_a_program_reads_them_in_the_manifest(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(["editions", "show", "e-1", "--home", str(home), "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["identities"]] == HELD


@pytest.mark.parametrize("form", ["2026-11-23T00:00:00+00:00", "2026-11-23T01:00:00.775324+01:00"])
@pytest.mark.parametrize("command", [["list"], ["show", "e-1"], ["list", "--json"], ["show", "e-1", "--json"]])
def test_editions_of_older_forms_load_and_show_one_form(
    home: Path, command: list[str], form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "editions" / "e-1" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"issued": form}))
    assert cli.run(["editions", *command, "--home", str(home)]) == 0
    output = capsys.readouterr().out
    assert "2026-11-23T00:00:00Z" in output
    assert form not in output


def test_a_new_manifest_carries_whole_seconds_with_z(home: Path) -> None:
    assert json.loads((home / "editions" / "e-1" / "manifest.json").read_text())["issued"] == "2026-11-23T00:00:00Z"


def test_draws_that_are_no_longer_kept_are_removed_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    for name, days in (("e-old", 400), ("e-cited", 399), ("e-wrong", 398), ("e-right", 398), ("e-b", 2), ("e-c", 1)):
        publish(tmp_path, name, now - timedelta(days=days))
    options = ["--home", str(tmp_path)]
    assert cli.run(["editions", "cite", "e-cited", "--in", "a paper", *options]) == 0
    assert cli.run(["editions", "recall", "e-wrong", "--reason", "wrong", "--successor", "e-right", *options]) == 0
    removable = {"e-old", "e-wrong"}

    def pruned(*more: str) -> dict[str, dict]:
        capsys.readouterr()
        assert cli.run(["editions", "prune", "--json", *more, *options]) == 0
        return {row["edition"]: row for row in json.loads(capsys.readouterr().out)["items"]}

    assert {name for name, row in pruned().items() if row["kept_because"] is None} >= {"e-wrong"}
    assert len(list(tmp_path.glob("editions/*/draws/base/*.parquet"))) == 6
    freed = {name for name, row in pruned("--yes").items() if row["bytes"]}
    assert "e-wrong" in freed <= removable
    left = {path.parents[2].name for path in tmp_path.glob("editions/*/draws/base/*.parquet")}
    assert left == {"e-old", "e-cited", "e-wrong", "e-right", "e-b", "e-c"} - freed
    assert cli.run(["editions", "list", "--json", "--last", "2", *options]) == 0
    assert [row["edition"] for row in json.loads(capsys.readouterr().out)["items"]] == ["e-c", "e-b"]
    assert cli.run(["editions", "list", "--json", *options]) == 0
    states = {row["edition"]: row["state"] for row in json.loads(capsys.readouterr().out)["items"]}
    assert states["e-wrong"].startswith("recalled")
    assert states["e-cited"] == "verified"
