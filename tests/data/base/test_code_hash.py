"""An identifier covers every module and every table of the packages that are run, at any depth."""

import shutil
from importlib import resources
from pathlib import Path
from uuid import uuid4

import pytest

from data.base.code_hash import packages_sha256

PACKAGES = ("data", "features", "training", "projection")


def copy_of(package, folder, monkeypatch):
    """The package under another name, in a folder Python imports from."""
    name = f"copy_of_{package}_{uuid4().hex}"  # one a test: Python remembers what it imported by name
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(str(resources.files(package))), folder / name, ignore=skipped)
    monkeypatch.syspath_prepend(str(folder))
    return name, folder / name


def one_file_of_each_kind(folder):
    """A file of every suffix in every folder, at any depth."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name != "__pycache__"]
    kinds = {(path.parent, path.suffix): path for path in files}
    return [path for path in kinds.values() if path.name != "py.typed"]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_line_in_any_folder_changes_the_hash(package, tmp_path, monkeypatch):
    name, folder = copy_of(package, tmp_path, monkeypatch)
    before = packages_sha256(name)
    files = one_file_of_each_kind(folder)
    assert files != []
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert packages_sha256(name) != before, path
        path.write_bytes(content)
    assert packages_sha256(name) == before


def test_every_shipped_table_is_covered(tmp_path, monkeypatch):
    name, folder = copy_of("data", tmp_path, monkeypatch)
    before = packages_sha256(name)
    tables = sorted((folder / "tables").glob("*.csv"))
    assert len(tables) >= 13
    for table in tables:
        content = table.read_bytes()
        table.write_bytes(content + content.splitlines(keepends=True)[-1])
        assert packages_sha256(name) != before, table
        table.write_bytes(content)


def test_a_module_that_moves_into_a_sub_folder_stays_covered(tmp_path, monkeypatch):
    name, folder = copy_of("features", tmp_path, monkeypatch)
    before = packages_sha256(name)
    (folder / "deep" / "deeper").mkdir(parents=True)
    moved = folder / "deep" / "deeper" / "series.py"
    (folder / "series.py").rename(moved)
    after = packages_sha256(name)
    assert after != before
    moved.write_text(moved.read_text(encoding="utf-8") + "LIMIT = 1\n", encoding="utf-8")
    assert packages_sha256(name) not in {before, after}


def test_what_python_compiles_for_itself_changes_nothing(tmp_path, monkeypatch):
    name, folder = copy_of("features", tmp_path, monkeypatch)
    before = packages_sha256(name)
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "series.pyc").write_bytes(b"compiled")
    assert packages_sha256(name) == before


def test_the_order_of_packages_does_not_matter():
    assert packages_sha256("features", "data") == packages_sha256("data", "features")
