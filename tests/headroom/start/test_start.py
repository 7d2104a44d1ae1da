"""The real thing: processes, sockets, and (slow) a whole training from nothing."""

import shutil
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from headroom.start.homelock import NAME

MODELLING = {"mlflow", "statsmodels", "prophet", "statsforecast", "pandas", "matplotlib", "vl_convert", "sklearn"}
Start = Callable[..., AbstractContextManager[Any]]


def test_with_nothing_published_it_is_healthy_and_says_why_it_is_not_ready(tmp_path: Path, serving: Start) -> None:
    with serving(tmp_path, "serve") as server:
        server.await_address()
        assert server.get("/healthz") == (200, {"status": "ok"})
        status, problem = server.get("/readyz")
        assert status == 503
        assert problem["code"] == "edition_missing"
        assert "none has been projected" in problem["detail"]
        assert server.stop() == 0
        assert server.modules() & MODELLING == set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_told_to_stop_leaves_as_one_who_is_done(
    tmp_path: Path, number: signal.Signals, serving: Start
) -> None:
    with serving(tmp_path, "serve") as server:
        server.await_address().get("/healthz")
        assert server.stop(number) == 0


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_from_nothing_to_answers_and_the_second_start_makes_nothing_again(tmp_path: Path, serving: Start) -> None:
    with serving(tmp_path, "up") as first:
        first.await_address()
        assert first.outcomes() == dict.fromkeys(("migrate", "train", "project", "assets"), "done")
        status, ready = first.get("/readyz")
        assert status == 200, ready
        assert ready["skipped"] == []
        assert ready["champion"]["version"]
        _, gaps = first.get("/v1/gaps?region=US&layer=power")
        assert gaps["edition"] == ready["edition"]
        assert gaps["points"] != []
        status, series = first.get("/v1/forecasts/derived.nvidia.h100e_flow")
        assert status == 200, series
        assert first.get("/v1/gaps?region=XX&layer=power")[0] in {404, 422}
        assert first.stop() == 0
        assert first.modules() & MODELLING == set()
    assert list((tmp_path / "var").glob(".up-*")) == []

    published = {path: path.stat().st_mtime_ns for path in (tmp_path / "var").rglob("*") if path.suffix == ".parquet"}
    with serving(tmp_path, "up") as second:
        second.await_address()
        status, again = second.get("/readyz")
        assert (status, again["edition"]) == (200, ready["edition"])
        assert (second.outcomes()["train"], second.outcomes()["project"]) == ("not needed", "not needed")
        assert second.get("/v1/gaps?region=US&layer=power")[1]["points"] == gaps["points"]
        assert second.stop(signal.SIGINT) == 0
        assert second.modules() & MODELLING == set()
    assert published == {path: path.stat().st_mtime_ns for path in published}

    # The champion is lost and no new one can be trained: what was published before is still served, and it is said.
    # The kept answers of the fits go too: with them the same model is written again without one fit.
    shutil.rmtree(tmp_path / "var" / "models")
    shutil.rmtree(tmp_path / "var" / "casts")
    broken = tmp_path / "broken"
    for name in MODELLING:
        (broken / name).mkdir(parents=True)
        (broken / name / "__init__.py").write_text("raise ImportError('broken on purpose')")
    with serving(tmp_path, "up", shadow=broken) as third:
        third.await_address()
        assert (third.outcomes()["train"], third.outcomes()["project"]) == ("failed", "skipped")
        status, limping = third.get("/readyz")
        assert (status, limping["edition"]) == (200, ready["edition"])
        assert any(sentence.startswith("training failed: ") for sentence in limping["skipped"])
        assert third.get("/v1/gaps?region=US&layer=power")[1]["points"] == gaps["points"]
        status, problem = third.get("/v1/forecasts/derived.nvidia.h100e_flow")
        assert (status, problem["code"]) == (503, "no_champion")
        assert third.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.nightly), signal.SIGTERM])
def test_stopped_while_training_it_leaves_no_process_and_no_half_model(
    tmp_path: Path, number: signal.Signals, serving: Start
) -> None:
    with serving(tmp_path, "up") as server:
        assert server.process.stdout is not None
        for line in server.process.stdout:
            if '"train"' in line and '"started"' in line:
                break
        time.sleep(8)
        assert server.process.poll() is None
        assert server.stop(number) == (130 if number is signal.SIGINT else 128 + number)
    time.sleep(0.5)
    assert processes_naming(str(tmp_path)) == []
    home = tmp_path / "var"
    assert (home / NAME).exists()
    models = home / "models"
    assert [
        path.name for path in (models.iterdir() if models.exists() else ()) if (path / "manifest.json").exists()
    ] == []
    assert list(home.glob(".up-*")) == []


def processes_naming(text: str) -> list[str]:
    """Command lines of living processes that name a text: our children are given their report's path."""
    processes = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            processes.append(line)
    return processes
