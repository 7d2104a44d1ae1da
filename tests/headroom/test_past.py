"""``headroom project --as-of``: the whole chain on a past day, apart from what is served."""

import json
import subprocess
import sys

import pytest

from headroom import cli


def past(home, day):
    command = [sys.executable, "-m", "headroom", "project", "--home", str(home), "--as-of", day, "--json"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_a_past_day_is_projected_and_compared_without_touching_what_is_served(tmp_path):
    document = past(tmp_path, "2024-12-31")
    assert any("Pseudo-vintage" in sentence for sentence in document["knowledge"])
    years = {(item["region"], item["layer"], item["year"]) for item in document["outcomes"]}
    assert {("US", "energy", 2025), ("WORLD", "compute", 2025)} <= years
    assert not (tmp_path / "editions").exists()
    assert not (tmp_path / "models").exists()
    assert (tmp_path / "hindcasts" / "editions" / document["edition"]).is_dir()
    assert past(tmp_path, "2024-12-31")["edition"] == document["edition"]


def test_a_day_before_accelerators_were_counted_is_refused_at_once(tmp_path, capsys):
    assert cli.run(["project", "--home", str(tmp_path), "--as-of", "2019-12-31"]) != 0
    assert "no accelerators are counted" in capsys.readouterr().err


def test_a_day_after_every_figure_is_refused_at_once(tmp_path, capsys):
    assert cli.run(["project", "--home", str(tmp_path), "--as-of", "2999-12-31"]) == 2
    assert "the newest figure is of" in capsys.readouterr().err
