"""A folder appears whole or not at all; what a killed writer left is removed, and writers at work are left alone."""

import os
import signal
import subprocess
import sys

import pytest

from data.base.artifacts import new_file, new_folder, sweep

WRITER = """
import sys, time
from pathlib import Path
from data.base.artifacts import new_folder

with new_folder(Path(sys.argv[1]), keep=lambda _: False) as place:
    (place / "half").write_text("half")
    print(place, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writer(tmp_path):
    """A process in the middle of writing ``new``."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "new")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip().startswith(str(tmp_path / ".new-"))
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def hidden(folder):
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def test_what_a_killed_writer_left_is_removed_by_the_next_and_by_a_sweep(tmp_path, writer):
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert len(hidden(tmp_path)) == 1
    sweep(tmp_path, ".new-*")
    assert hidden(tmp_path) == []
    (tmp_path / ".new-left").mkdir()
    (tmp_path / ".git").mkdir()
    with new_folder(tmp_path / "new-2", keep=lambda _: False) as place:
        assert set(hidden(tmp_path)) == {place.parent, tmp_path / ".git"}
    assert {path.name for path in tmp_path.iterdir()} == {"new-2", ".git"}


def test_the_folder_of_a_writer_at_work_is_left_alone(tmp_path, writer):
    sweep(tmp_path, ".new-*")
    assert len(hidden(tmp_path)) == 1
    with new_folder(tmp_path / "new", keep=lambda _: False) as place:
        (place / "whole").write_text("whole")
        assert len(hidden(tmp_path)) == 2
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["whole"]
    assert writer.poll() is None
    assert len(hidden(tmp_path)) == 1


def test_a_block_that_raises_leaves_the_old_folder_and_nothing_else(tmp_path):
    old = tmp_path / "new"
    old.mkdir()
    with pytest.raises(ValueError, match="full"), new_folder(old, keep=lambda _: False):
        raise ValueError("full")
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("good", [True, False])
def test_what_stands_is_kept_if_it_is_as_good_and_replaced_if_not(tmp_path, good):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "old").write_text("old")
    with new_folder(tmp_path / "new", keep=lambda _: good) as place:
        (place / "sub").mkdir()
        (place / "sub" / "file").write_text("new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == (["old"] if good else ["sub"])
    assert hidden(tmp_path) == []
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o755 or good


def test_writers_of_one_folder_at_once_all_succeed_and_leave_one(tmp_path):
    program = WRITER.replace("time.sleep(60)", "").replace("lambda _: False", "lambda _: True")
    command = [sys.executable, "-c", program, str(tmp_path / "new")]
    writers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(600) for process in writers] == [0] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["half"]


def test_a_file_appears_whole_in_place_of_the_old_one(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")
    with new_file(target) as place:
        place.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o644
    with pytest.raises(ValueError, match="full"), new_file(target):
        raise ValueError("full")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]
