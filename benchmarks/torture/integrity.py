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


def later(bench: Bench, home: Path, name: str, **settings: object) -> Path:
    """The newest edition copied under another name, as one issued after it; its answers are the same."""
    listed = json.loads(bench.headroom(home, "editions", "list", "--json").stdout)["items"]
    folder = shutil.copytree(home / "editions" / listed[0]["edition"], home / "editions" / name)
    manifest = json.loads((folder / "manifest.json").read_text()) | {"id": name}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    adoption = bench.headroom(home, "editions", "adopt", name, **settings)
    if adoption.returncode:
        raise SystemExit(adoption.stderr)
    return folder


def answer_of(address: str, question: str) -> tuple[int, dict[str, Any]]:
    """Status and document."""
    status, body = get(address, question)
    return status, json.loads(body)


def numbers(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what it says of its edition."""
    return {key: value for key, value in answer.items() if key not in NAMES}


def flipped_bytes(bench: Bench) -> Outcome:
    """Flip bytes in the draws that are served, and ask: right numbers, or one refusal, and then the edition before."""
    violations: list[str] = []
    with bench.copy() as home:
        with running_server(bench, home) as (address, _):
            expected = {question: numbers(answer_of(address, question)[1]) for question in QUESTIONS}
        for number in range(bench.costly_tries):
            edition = later(bench, home, f"e-flipped-{number}")
            rng = np.random.default_rng(number)
            with running_server(bench, home) as (address, _):
                files = sorted(edition.glob("draws/base/*.parquet"))
                for path in rng.choice(np.array(files, dtype=object), FLIPS):
                    with path.open("r+b") as handle:
                        place = int(rng.integers(path.stat().st_size))
                        handle.seek(place)
                        byte = handle.read(1)[0]
                        handle.seek(place)
                        handle.write(bytes([byte ^ (1 << int(rng.integers(8)))]))
                refused = 0
                for question in rng.permutation(QUESTIONS):
                    status, answer = answer_of(address, question)
                    refused += status != HTTPStatus.OK
                    if status == HTTPStatus.OK and numbers(answer) != expected[question]:
                        violations.append(f"{question} gave other numbers")
                if refused > 1:
                    violations.append(f"{refused} questions were refused, though an edition stands before")
                readiness = answer_of(address, "/readyz")[1]
                if edition.name not in {item["edition"] for item in readiness["withheld"]}:
                    violations.append("/readyz does not name the corrupt edition")
            shutil.rmtree(edition)
    return Outcome(bench.costly_tries * len(QUESTIONS), tuple(violations))


def rewritten_manifest(bench: Bench) -> Outcome:
    """Double draws and write their hash into the manifest: not verified, and not served."""
    violations: list[str] = []
    with bench.copy() as home:
        for number in range(bench.costly_tries):
            edition = later(bench, home, f"e-rewritten-{number}")
            path = edition / "draws" / "base" / "US.power.demand.parquet"
            (pl.read_parquet(path) * 2).write_parquet(path)
            manifest = json.loads((edition / "manifest.json").read_text())
            manifest["files"][str(path.relative_to(edition))] = file_sha256(path)
            (edition / "manifest.json").write_text(json.dumps(manifest))
            if bench.headroom(home, "editions", "verify", edition.name).returncode == 0:
                violations.append("editions verify found nothing")
            with running_server(bench, home) as (address, _):
                if answer_of(address, "/readyz")[1]["edition"] == edition.name:
                    violations.append("it is served")
            shutil.rmtree(edition)
    return Outcome(bench.costly_tries, tuple(violations))


FAULTS = (
    Fault("Integrity", "bytes of a served edition are flipped", flipped_bytes),
    Fault("Integrity", "draws are doubled and the manifest agrees", rewritten_manifest),
)
