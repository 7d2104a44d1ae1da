"""The member of docs/members.md, installed as a package of its own: one class and one line."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "members.md").read_text(encoding="utf-8")
(CLASS,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
GROUP, LINE = re.findall(r'```toml\n\[project.entry-points."(.*?)"\]\n(.*?)\n```', PAGE)[0]

ENTRY = LINE.replace('"', "")


def install(folder, package, entry):
    """Put into a folder what an installed package says of itself, with one entry point."""
    about = folder / f"{package}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n")


@pytest.fixture
def installed(tmp_path):
    """Run a module of Python where the package of the page is installed."""
    folder = tmp_path / "site"
    install(folder, "my_members", ENTRY)
    (folder / "my_members.py").write_text(CLASS)

    def run(*arguments, cwd=tmp_path):
        environment = os.environ | {"PYTHONPATH": str(folder)}
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=600,
            check=False,
        )  # fmt: skip

    run.folder = folder
    return run


KEPT_FITS = f"""
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {str(ROOT / "tests" / "training" / "backtest")!r})
from test_member_forecasts import JOB
from training.backtest.member_forecasts import MemberForecasts
from training.backtest.workers import cast

job = replace(JOB, members=("mean_change",))
kept = MemberForecasts(Path("casts"))
print(len(kept.find([job])))
kept.keep([(job, cast(job))])
"""

PAST = """
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
import polars as pl
from data.store.store import Store
from features.view import View
from training.options import Options
from training.past import train_past

if __name__ == "__main__":
    shipped = Store.shipped()
    rows = shipped.observations.filter(pl.col("series_id") == "world.semiconductors.sales_year")
    store = replace(shipped, observations=rows)
    published = train_past(
        View.of(store, as_of=store.newest), day=date(2022, 12, 31), seed=1, models=Path("models"),
        options=Options(workers=0), progress=lambda done, total: None,
    )
    print(json.dumps(dict(published.manifest["member_plug_ins"])))
"""


def test_an_edited_plug_in_is_fitted_again(installed):
    module = installed.folder / "my_members.py"
    (installed.folder / "kept_fits.py").write_text(KEPT_FITS)
    fits = []
    for text in (CLASS, CLASS, CLASS.replace("mean * ahead", "2 * mean * ahead")):
        module.write_text(text)
        process = installed("kept_fits")
        assert process.returncode == 0, process.stderr
        fits.append(int(process.stdout))
    assert fits == [0, 1, 0]


def test_an_edit_of_any_module_of_a_plug_ins_package_is_noticed(tmp_path):
    package = tmp_path / "site" / "my_package"
    (package / "deep").mkdir(parents=True)
    install(tmp_path / "site", "my_package", "mean_change = my_package.member:MeanChange")
    (package / "__init__.py").touch()
    (package / "member.py").write_text(CLASS)
    program = "from training.members.registry import plug_in_facts; print(plug_in_facts()['member_plug_ins'])"
    facts = []
    for text in ("A = 1", "A = 1", "A = 2"):
        (package / "deep" / "helper.py").write_text(text)
        command = [sys.executable, "-c", program]
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
        facts.append(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert facts[0] == facts[1] != facts[2]


@pytest.mark.slow
def test_a_version_of_a_past_day_says_which_plug_ins_it_had(installed):
    (installed.folder / "past_version.py").write_text(PAST)
    process = installed("past_version")
    assert process.returncode == 0, process.stderr
    sha256 = hashlib.sha256(CLASS.encode()).hexdigest()
    assert json.loads(process.stdout) == {"mean_change": sha256}


def test_the_member_of_the_page_passes_the_conformance_suite(installed):
    process = installed(
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/training/members/test_conformance.py",
        "-k",
        "mean_change",
        cwd=ROOT,
    )
    assert process.returncode == 0, process.stdout
    assert int(re.search(r"(\d+) passed", process.stdout)[1]) > 5


def test_an_installed_member_forecasts_users_series(installed, tmp_path):
    rows = [f"a,{year}-01-01,{10 + year - 2000}" for year in range(2000, 2020)]
    (tmp_path / "in.csv").write_text("series_id,period,value\n" + "\n".join(rows) + "\n")
    arguments = ("--input", "in.csv", "--horizon", "3", "--output", "out.csv", "--members", "mean_change", "--json")
    process = installed("headroom", "forecast", *arguments)
    assert process.returncode == 0, process.stderr
    assert "mean_change" in json.loads(process.stdout)["series"][0]["method"]


@pytest.mark.slow
def test_an_installed_member_that_is_none_or_takes_a_name_is_told(installed):
    module = installed.folder / "my_members.py"
    for text, words in (
        ("MeanChange = 1\n", "is no class of training.members.member.Member"),
        ("MeanChanged = 1\n", "my_members:MeanChange cannot be loaded"),
        (CLASS.replace('"mean_change"', '"drift"'), "two members are named drift"),
    ):
        module.write_text(text)
        process = installed("headroom", "forecast", "--input", "in.csv", "--horizon", "3", "--output", "out.csv")
        assert process.returncode == 2
        assert words in process.stderr


def test_a_name_taken_twice_by_packages_of_one_entry_name_is_refused(installed):
    install(installed.folder, "other_members", ENTRY.replace("my_members", "other_members"))
    (installed.folder / "other_members.py").write_text(CLASS)
    process = installed("headroom", "forecast", "--input", "in.csv", "--horizon", "3", "--output", "out.csv")
    assert process.returncode == 2
    assert "two members are named mean_change" in process.stderr
