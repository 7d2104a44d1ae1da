import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer
from types import SimpleNamespace
from typing import Any

import pytest

from data.base.errors import ArtifactCorrupt, InvalidParameter, NoChampion
from headroom import cli, editions, serving, wiring
from headroom.console.phases import Phases
from headroom.readiness import Remembering
from headroom.settings import Settings, load
from headroom.start import preparation
from headroom.start.signals import Stopped, unwinding
from service.server.serve import listen

WRITER = """
import pathlib, sys, time
from data.base.artifacts import new_folder
with new_folder(pathlib.Path(sys.argv[1]), keep=lambda _: False) as place:
    print(place, flush=True)
    time.sleep(60)
"""
"""A process in the middle of publishing."""


class Children:
    """Stands in for the processes: remembers what was run, and makes each succeed or fail."""

    def __init__(self, *, while_running: Callable[[], object] = lambda: None, **fails: str) -> None:
        self.while_running = while_running
        self.fails = fails
        self.ran: list[str] = []

    def run(self, arguments: list[str], *, home: Path, keep: int, ended: Event) -> str | None:
        assert not ended.is_set()
        assert home.is_dir()
        assert keep > 0
        self.ran.append(arguments[0])
        self.while_running()
        return self.fails.get(arguments[0])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(home=tmp_path / "var", start_attempts=2, start_delay=0.01)


def prepared(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    children: Children,
    *,
    champion: Callable[[], Any],
    stale: str | None = None,
    ended: Event | None = None,
) -> list[str]:
    monkeypatch.setattr(preparation, "children", children)
    monkeypatch.setattr(wiring, "migrate", lambda _: None)
    monkeypatch.setattr(wiring, "champion", lambda _: champion())
    monkeypatch.setattr(editions, "stale", lambda *_: stale)
    return preparation.prepare(settings, phases=Phases(preparation.STEPS, as_json=False), ended=ended)


def none() -> None:
    raise NoChampion("the ledger")


def promoted() -> SimpleNamespace:
    return SimpleNamespace(version="m-1", manifest={})


def test_with_champion_and_edition_nothing_is_made_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children()
    assert prepared(settings, monkeypatch, children, champion=promoted) == []
    assert children.ran == ["assets"]


def test_without_a_champion_it_trains_and_then_projects(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children()

    def champion() -> SimpleNamespace:
        return promoted() if "train" in children.ran else none()  # type: ignore[func-returns-value]  # it raises

    assert prepared(settings, monkeypatch, children, champion=champion, stale="there is none") == []
    assert children.ran == ["train", "project", "assets"]


def test_a_corrupt_champion_is_trained_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children()

    def champion() -> SimpleNamespace:
        if "train" not in children.ran:
            raise ArtifactCorrupt("models/m-1/forecasts.parquet", "the hash differs from the manifest")
        return promoted()

    assert prepared(settings, monkeypatch, children, champion=champion) == []
    assert children.ran == ["train", "assets"]


def test_other_drivers_in_the_mapping_file_are_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    private = load(home=tmp_path / "var", scope="private", start_delay=0.01)
    private.mapping.parent.mkdir(parents=True)
    private.mapping.write_text("[drivers]\n'amazon.capex_cash' = 'private.acme.capex'\n")
    monkeypatch.setattr(wiring, "store", lambda _: None)
    children = Children()
    assert prepared(private, monkeypatch, children, champion=promoted) == []
    assert children.ran == ["train", "assets"]
    assert "the mapping file says other drivers than champion m-1 was trained on" in capsys.readouterr().err
    public = load(home=tmp_path / "var")
    assert prepared(public, monkeypatch, children, champion=promoted) == []
    assert children.ran == ["train", "assets", "assets"]


def test_failed_training_is_told_and_does_not_stop_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    children = Children(train="fit_failed: no member was left")
    faults = prepared(settings, monkeypatch, children, champion=none)
    assert faults == ["training failed: fit_failed: no member was left"]
    assert children.ran == ["train", "train", "assets"]
    errors = capsys.readouterr().err
    assert "2/5 train failed: fit_failed: no member was left; try 2 of 2 in 0.01 s\n" in errors
    assert "2/5 train failed: fit_failed: no member was left 0" in errors
    assert "3/5 project skipped: no champion in the ledger" in errors


def test_failed_projecting_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(project="assumption_invalid: pue")
    faults = prepared(settings, monkeypatch, children, champion=promoted, stale="there is none")
    assert faults == ["projecting failed: assumption_invalid: pue"]


def test_once_told_to_end_no_further_step_is_begun(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    children = Children(while_running=ended.set)
    assert prepared(settings, monkeypatch, children, champion=promoted, stale="there is none", ended=ended) == []
    assert children.ran == ["project"]
    assert prepared(settings, monkeypatch, children, champion=none, ended=ended) == []
    assert children.ran == ["project"]


def test_once_told_to_end_no_failed_step_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    patient, ended = load(home=tmp_path / "var", start_attempts=2, start_delay=60), Event()
    children = Children(train="training_error: x", while_running=Timer(0.1, ended.set).start)
    assert prepared(patient, monkeypatch, children, champion=none, ended=ended) == [
        "training failed: training_error: x"
    ]
    assert children.ran == ["train"]


def test_a_signal_to_end_between_two_steps_begins_no_other(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(while_running=lambda: os.kill(os.getpid(), signal.SIGTERM))
    with unwinding(), pytest.raises(Stopped):
        prepared(settings, monkeypatch, children, champion=promoted, stale="there is none")
    assert children.ran == ["project"]


def test_a_taken_port_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    children = Children()
    monkeypatch.setattr(preparation, "children", children)
    with listen("127.0.0.1", 0) as socket:
        port = socket.getsockname()[1]
        assert cli.run(["up", "--port", str(port), "--home", str(tmp_path / "var")]) == 2
    assert f"port: {port} on 127.0.0.1 is in use" in capsys.readouterr().err
    assert children.ran == []
    assert not (tmp_path / "var").exists()


def test_port_zero_becomes_a_free_port() -> None:
    port = serving.free_port("127.0.0.1", 0)
    assert port > 0
    with listen("127.0.0.1", port), pytest.raises(InvalidParameter, match="in use"):
        serving.free_port("127.0.0.1", port)


class Editions:
    """A holder whose edition a test changes."""

    def __init__(self, edition: str | None, reason: str | None = None) -> None:
        self.edition = SimpleNamespace(id=edition) if edition else None
        self.reason = reason
        self.skipped = ()

    def due(self) -> bool:
        return False

    def refresh(self) -> None:
        return


def test_with_nothing_to_serve_the_reason_tells_the_failed_step_too() -> None:
    holder = Remembering(Editions(None, "no edition"), faults=["training failed: x"])  # type: ignore[arg-type]  # stand-in
    assert holder.reason == "training failed: x; no edition"


def test_a_fault_is_told_until_a_newer_edition_is_served() -> None:
    holding = Editions("e-1")
    holder = Remembering(holding, faults=["training failed: x"])  # type: ignore[arg-type]  # stand-in
    assert holder.reason == "training failed: x"
    holding.edition = SimpleNamespace(id="e-2")
    assert holder.reason is None


def test_a_start_removes_what_killed_commands_left_and_nothing_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [settings.home / ".up-1a2b", settings.editions / ".e-20261123-1a2b-3c4d", settings.models / ".m-1-5e6f"]
    others = [settings.home / ".git", settings.editions / "e-20261123-1a2b", settings.models / ".snapshot"]
    for folder in (*left, *others):
        (folder / "draws").mkdir(parents=True)
    writer = [sys.executable, "-c", WRITER, str(settings.editions / "e-20261124-2b3c")]
    with subprocess.Popen(writer, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        working = Path(process.stdout.readline().strip())
        assert prepared(settings, monkeypatch, Children(), champion=promoted) == []
        assert working.exists()
        process.kill()
    assert [folder for folder in left if folder.exists()] == []
    assert all(folder.exists() for folder in others)
    assert prepared(settings, monkeypatch, Children(), champion=promoted) == []
    assert not working.exists()


def test_without_faults_there_is_no_reason() -> None:
    assert Remembering(Editions("e-1"), faults=[]).reason is None  # type: ignore[arg-type]  # stand-in
