"""The member of docs/members.md, installed as a package of its own: one class and one line."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "members.md").read_text(encoding="utf-8")
(CLASS,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
GROUP, LINE = re.findall(r'```toml\n\[project.entry-points."(.*?)"\]\n(.*?)\n```', PAGE)[0]

ENTRY = LINE.replace('"', "")


@pytest.fixture
def installed(tmp_path):
    """Run a module of Python where the package of the page is installed."""
    folder = tmp_path / "site"
    about = folder / "my_members-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-members\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n{ENTRY}\n")
    (folder / "my_members.py").write_text(CLASS)

    def run(*arguments, cwd=tmp_path):
        environment = os.environ | {"PYTHONPATH": str(folder)}
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=240,
            check=False,
        )  # fmt: skip

    run.folder = folder
    return run


def test_the_member_of_the_page_passes_the_conformance_suite(installed):
    done = installed(
        "pytest", "-q", "-p", "no:cacheprovider", "tests/training/test_conformance.py", "-k", "mean_change", cwd=ROOT
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 5


def test_an_installed_member_forecasts_users_series(installed, tmp_path):
    rows = [f"a,{year}-01-01,{10 + year - 2000}" for year in range(2000, 2020)]
    (tmp_path / "in.csv").write_text("series_id,period,value\n" + "\n".join(rows) + "\n")
    arguments = ("--input", "in.csv", "--horizon", "3", "--output", "out.csv", "--members", "mean_change", "--json")
    done = installed("headroom", "forecast", *arguments)
    assert done.returncode == 0, done.stderr
    assert "mean_change" in json.loads(done.stdout)["series"][0]["method"]


def test_an_installed_member_that_is_none_or_takes_a_name_is_told(installed):
    module = installed.folder / "my_members.py"
    for text, words in (
        ("MeanChange = 1\n", "is no class of training.member.Member"),
        ("MeanChanged = 1\n", "my_members:MeanChange cannot be loaded"),
        (CLASS.replace('"mean_change"', '"drift"'), "two members are named drift"),
    ):
        module.write_text(text)
        done = installed("headroom", "forecast", "--input", "in.csv", "--horizon", "3", "--output", "out.csv")
        assert done.returncode == 2
        assert words in done.stderr
