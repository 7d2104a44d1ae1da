"""Answers of members kept on disk by what was asked: an interrupted backtest goes on where it ended.

An answer is a function of the history, the members, the horizon, the covariates, and the code and libraries that fit;
the key is the hash of all of these, so that nothing kept can be wrong for what is asked. Answers are written in shards,
each under the hash of its own bytes, moved into place in one step. A shard that does not verify is removed and its
answers are fitted again. The oldest shards go when the store outgrows its bound.
"""

import hashlib
import io
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.base.artifacts import HIDDEN, new_file
from data.base.code_hash import packages_sha256
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Period
from features.series import SpanSum
from training.backtest.engines import Runner
from training.backtest.workers import Job, MemberForecast, OnForecast, Progress, ignore_forecasts
from training.members.registry import plug_in_facts

LIMIT_BYTES = 256 * 2**20
LIMIT_SHARDS = 4096
LIBRARIES = ("numpy", "pandas", "prophet", "scipy", "statsforecast", "statsmodels")
PACKAGES = ("data", "features", "training")
ABANDONED_SECONDS = 3600.0
"""Age from which a shard that is being written counts as left by a killed process."""
SCHEMA = {
    "key": pl.String(),
    "member": pl.String(),
    "reason": pl.String(),
    "parameters": pl.String(),
    "quantiles": pl.List(pl.Float64()),
}


class MemberForecasts:
    """The answers under one directory."""

    def __init__(self, directory: Path, *, limit: int = LIMIT_BYTES) -> None:
        self._directory = directory
        self._limit = limit
        self._code = fingerprint()
        self._shards: dict[str, Path] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {}
        for path in sorted(directory.glob("*.parquet")):
            self._read(path)

    def find(self, jobs: Sequence[Job]) -> dict[int, list[MemberForecast]]:
        """Kept answers by place in ``jobs``; the shards they stand in count as used just now."""
        forecasts: dict[int, list[MemberForecast]] = {}
        used: set[Path] = set()
        for place, job in enumerate(jobs):
            rows = self._rows.get(self.key(job))
            if rows is None or tuple(row["member"] for row in rows) != job.members:
                continue
            used.add(self._shards[self.key(job)])
            forecasts[place] = [
                MemberForecast(
                    job.key, row["member"], _banded(row["quantiles"]), row["reason"], json.loads(row["parameters"])
                )
                for row in rows
            ]
        for path in used:
            with suppress(FileNotFoundError):  # another training may have pruned it; the answers are read already
                os.utime(path)
        return forecasts

    def keep(self, answered: Sequence[tuple[Job, Sequence[MemberForecast]]]) -> None:
        """Write answers as one shard; one that took too long is not kept, since another day it may not."""
        rows = [
            {
                "key": self.key(job),
                "member": answer.member,
                "reason": answer.reason,
                "parameters": json.dumps(dict(answer.parameters)),
                "quantiles": None if answer.quantiles is None else answer.quantiles.reshape(-1).tolist(),
            }
            for job, member_forecasts in answered
            if not any(answer.timed_out for answer in member_forecasts)
            for answer in member_forecasts
        ]
        if not rows:
            return
        buffer = io.BytesIO()
        pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(buffer)
        content = buffer.getvalue()
        self._directory.mkdir(parents=True, exist_ok=True)
        with new_file(self._directory / f"{hashlib.sha256(content).hexdigest()}.parquet") as new:
            new.write_bytes(content)

    def prune(self) -> None:
        """Remove the shards longest unused beyond the bound, and what an interrupted writing left."""
        for left in self._directory.glob(f"{HIDDEN}*"):
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                    left.unlink()
        shards = []
        for path in self._directory.glob("*.parquet"):
            with suppress(FileNotFoundError):
                shards.append((path.stat().st_mtime_ns, path.stat().st_size, path))
        total = 0
        for place, (_, size, path) in enumerate(sorted(shards, reverse=True)):
            total += size
            if total > self._limit or place >= LIMIT_SHARDS:
                path.unlink(missing_ok=True)

    def key(self, job: Job) -> str:
        """Hash of everything an answer depends on."""
        digest = hashlib.sha256(self._code.encode())
        for item in fields(job):
            # Which series it is, and at which origin, changes nothing about a fit.
            if item.name != "key":
                digest.update(f"{item.name}=".encode())
                digest.update(_bytes(getattr(job, item.name)))
        return digest.hexdigest()

    def _read(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return
        if hashlib.sha256(content).hexdigest() != path.stem:
            path.unlink(missing_ok=True)
            return
        for row in pl.read_parquet(io.BytesIO(content)).iter_rows(named=True):
            if self._shards.setdefault(row["key"], path) == path:
                self._rows.setdefault(row["key"], []).append(row)


def remembering(runner: Runner, stored_forecasts: MemberForecasts) -> Runner:
    """A runner that fits only what is not in ``kept``, and puts answers there as they come."""

    def run(
        jobs: Sequence[Job],
        *,
        workers: int,
        timeout: float,
        progress: Progress,
        on_forecast: OnForecast = ignore_forecasts,
    ) -> list[MemberForecast]:
        forecasts = stored_forecasts.find(jobs)
        rest = [place for place in range(len(jobs)) if place not in forecasts]

        def both(answered: Sequence[tuple[Job, list[MemberForecast]]]) -> None:
            stored_forecasts.keep(answered)
            on_forecast(answered)

        before = len(forecasts)
        progress(before, len(jobs))
        if rest:
            fresh = runner(
                [jobs[place] for place in rest],
                workers=workers,
                timeout=timeout,
                progress=lambda count, _total: progress(before + count, len(jobs)),
                on_forecast=both,
            )
            answers = iter(fresh)
            forecasts |= {place: [next(answers) for _ in jobs[place].members] for place in rest}
        stored_forecasts.prune()
        return [answer for place in range(len(jobs)) for answer in forecasts[place]]

    return run


def fingerprint() -> str:
    """Hash of the code that fits, of the libraries and plug-ins under it, and of the levels answered."""
    digest = hashlib.sha256(json.dumps([float(level) for level in FORECAST_LEVELS]).encode())
    for name in LIBRARIES:
        digest.update(f"{name}={metadata.version(name)}".encode())
    digest.update(packages_sha256(*PACKAGES).encode())
    if plug_ins := plug_in_facts():
        digest.update(json.dumps(plug_ins, sort_keys=True).encode())
    return digest.hexdigest()


def _banded(values: list[float] | None) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    return None if values is None else np.array(values, dtype=np.float64).reshape(-1, len(FORECAST_LEVELS))


def _bytes(value: object) -> bytes:
    """A value as bytes that name it; a kind of value not known here is an error, never a key without it."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()
    if isinstance(value, Period):
        return f"{value.start.isoformat()}{value.freq.value};".encode()
    if isinstance(value, SpanSum):
        return _bytes((value.first, value.last, value.value))
    if isinstance(value, tuple | list):
        return b"(" + b",".join(_bytes(item) for item in value) + b")"
    if isinstance(value, Mapping):
        return b"{" + b",".join(_bytes((name, value[name])) for name in sorted(value)) + b"}"
    if value is None or isinstance(value, str | int | float | date):
        return repr(value).encode()
    raise TypeError(f"{type(value).__name__} is no part of a key yet")
