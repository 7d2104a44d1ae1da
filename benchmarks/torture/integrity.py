"""Faults of published editions: what was changed on disk must not reach an answer."""

import json
import shutil
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.torture.availability import get, running_server
from benchmarks.torture.bench import Bench, Fault, Outcome
from projection.edition.files import file_sha256

QUESTIONS = [
    f"/v1/gaps?region={region}&layer={layer}&freq={freq}"
    for region in ("US", "CN", "EU", "WORLD")
    for layer in ("compute", "power", "energy", "firm", "storage")
    for freq in "AQ"
]
FLIPS = 400
NAMES = {"edition", "issued", "withheld"}
"""What an answer says of its edition; the rest is numbers and their explanation."""


def _later(bench: Bench, home: Path, name: str) -> Path:
    """The newest edition copied under another name, as one issued after it; its answers are the same."""
    listed = json.loads(bench.headroom(home, "editions", "list", "--json").stdout)["items"]
    folder = shutil.copytree(home / "editions" / listed[0]["edition"], home / "editions" / name)
    manifest = json.loads((folder / "manifest.json").read_text()) | {"id": name}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    adoption = bench.headroom(home, "editions", "adopt", name)
    if adoption.returncode:
        raise SystemExit(adoption.stderr)
    return folder


def _answer(address: str, question: str) -> tuple[int, dict[str, Any]]:
    status, body = get(address, question)
    return status, json.loads(body)


def _numbers(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in NAMES}


def flipped_bytes(bench: Bench) -> Outcome:
    """Flip bytes in the draws that are served, and ask: right numbers, or one refusal, and then the edition before."""
    violations: list[str] = []
    with bench.copy() as home:
        with running_server(bench, home) as (address, _):
            expected = {question: _numbers(_answer(address, question)[1]) for question in QUESTIONS}
        for number in range(bench.costly_tries):
            later = _later(bench, home, f"e-flipped-{number}")
            rng = np.random.default_rng(number)
            with running_server(bench, home) as (address, _):
                files = sorted(later.glob("draws/base/*.parquet"))
                for path in rng.choice(np.array(files, dtype=object), FLIPS):
                    with path.open("r+b") as handle:
                        place = int(rng.integers(path.stat().st_size))
                        handle.seek(place)
                        byte = handle.read(1)[0]
                        handle.seek(place)
                        handle.write(bytes([byte ^ (1 << int(rng.integers(8)))]))
                refused = 0
                for question in rng.permutation(QUESTIONS):
                    status, answer = _answer(address, question)
                    refused += status != HTTPStatus.OK
                    if status == HTTPStatus.OK and _numbers(answer) != expected[question]:
                        violations.append(f"{question} gave other numbers")
                if refused > 1:
                    violations.append(f"{refused} questions were refused, though an edition stands before")
                readiness = _answer(address, "/readyz")[1]
                if later.name not in {item["edition"] for item in readiness["withheld"]}:
                    violations.append("/readyz does not name the corrupt edition")
            shutil.rmtree(later)
    return Outcome(bench.costly_tries * len(QUESTIONS), tuple(violations))


def rewritten_manifest(bench: Bench) -> Outcome:
    """Double draws and write their hash into the manifest: not verified, and not served."""
    violations: list[str] = []
    with bench.copy() as home:
        for number in range(bench.costly_tries):
            later = _later(bench, home, f"e-rewritten-{number}")
            path = later / "draws" / "base" / "US.power.demand.parquet"
            (pl.read_parquet(path) * 2).write_parquet(path)
            manifest = json.loads((later / "manifest.json").read_text())
            manifest["files"][str(path.relative_to(later))] = file_sha256(path)
            (later / "manifest.json").write_text(json.dumps(manifest))
            if bench.headroom(home, "editions", "verify", later.name).returncode == 0:
                violations.append("editions verify found nothing")
            with running_server(bench, home) as (address, _):
                if _answer(address, "/readyz")[1]["edition"] == later.name:
                    violations.append("it is served")
            shutil.rmtree(later)
    return Outcome(bench.costly_tries, tuple(violations))


FAULTS = (
    Fault("Integrity", "bytes of a served edition are flipped", flipped_bytes),
    Fault("Integrity", "draws are doubled and the manifest agrees", rewritten_manifest),
)
