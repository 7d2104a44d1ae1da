"""A small service over a real edition: projection's own writer, synthetic draws; training's own reader likewise."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx2
import issued_editions
import loopback
import numpy as np
import polars as pl
import pytest
from drawn_cells import drawn_cells, writer_of
from model_shares import assumed, share_files
from starlette.testclient import TestClient

from benchmarks.engine_inputs import shipped_terms
from data.base.layers import DemandConcept, Layer
from data.base.quantiles import FORECAST_LEVELS
from data.store.store import Store
from features.driver_ages import driver_ages
from features.view import View
from projection.base.timeline import Timeline
from projection.cells.cells import COUNTRIES, ORDER_BOOK_VERDICTS, VERDICTS, Status
from projection.cells.paths import Binding, ConceptKey, Key, Paths
from projection.edition.context_figures import beside
from projection.edition.edition import CONDITIONING, Edition
from projection.edition.files import file_sha256
from projection.edition.funnel import document
from projection.edition.names import FUNNEL
from projection.edition.publish import answered, write
from projection.inputs.assumptions import Assumptions, Group
from projection.inputs.distributions import Fixed
from projection.model.concepts import BookedDemand
from projection.project import readings
from projection.third_party.conversion import CONSTANTS
from service.app import create_app
from service.editions import DirectoryEditions
from service.state import ServedData, ServiceInputs
from training.artifact.publish import RESIDUALS
from training.artifact.published import DOCUMENTS, FRAMES, Published

DRAWS = 400
LATE = 0.9
"""What of its supply of facility power the second scenario leaves the US."""
TIMELINE = Timeline(2025)
QUARTERS = TIMELINE.quarters
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 22))
LEVEL = {Layer.COMPUTE: 1.6e7, Layer.POWER: 40.0, Layer.ENERGY: 70.0, Layer.FIRM: 20.0, Layer.STORAGE: 3000.0}


LAST_DUE = 12
"""Quarters that contracts reach."""


def paths(key: Key, seed: int, *, shift: float) -> Paths:
    region, layer = key
    rng = np.random.default_rng(seed)
    steps = np.arange(1, len(QUARTERS) + 1) / 4
    spread = rng.normal(size=(DRAWS, 1)) * np.sqrt(0.08**2 + (0.12 * steps) ** 2)
    bought = shift * LEVEL[layer] * np.exp(0.17 * np.minimum(steps, 6) + spread)
    demand = bought * np.exp(0.1 * np.abs(rng.normal(size=(DRAWS, 1))))
    other = rng.normal(size=(DRAWS, 1)) * (0.06 + 0.04 * steps)
    supply = LEVEL[layer] * 1.08 * np.exp(0.145 * np.minimum(steps, 6) + other)
    if VERDICTS[key].status is Status.PARTIAL:
        supply = None
    growth = np.tile(120.0 * steps, (DRAWS, 1)) * np.exp(0.1 * rng.normal(size=(DRAWS, 1)))
    if region == "US":
        # Its generation has stood still for long: it does not grow in every draw.
        growth[: DRAWS // 20] = -10.0
    grows = layer is Layer.ENERGY and region in COUNTRIES
    return Paths(
        wanted=demand,
        bought=None if layer is Layer.STORAGE else bought,
        supply=supply,
        housed=None if supply is None or layer is not Layer.COMPUTE else 1.05 * supply,
        binding=rng.choice(len(Binding), size=demand.shape).astype(float) if layer is Layer.POWER else None,
        additions=0.5 * supply if layer is Layer.POWER and supply is not None else None,
        narrow=np.full(demand.shape, 0.75) if layer is Layer.COMPUTE else None,
        growth=growth if grows else None,
        pace=np.full(demand.shape, 120.0) if grows else None,
        base=np.full(DRAWS, LEVEL[layer] * (4 if grows else 1)) if grows or layer is Layer.POWER else None,
        huawei=np.linspace(0.4, 0.6, DRAWS)[:, None] + np.zeros(len(QUARTERS))
        if key == ("CN", Layer.COMPUTE)
        else None,
        **(dict.fromkeys(("shipped", "retired", "used"), 0.25 * demand) if layer is Layer.STORAGE else {}),
    )


def since_base(paths: Paths) -> Paths:
    """The same from the second projected year on, as firm power is."""

    def later(path: np.ndarray | None) -> np.ndarray | None:
        return None if path is None else np.where(np.arange(len(QUARTERS)) < 4, np.nan, path)

    return replace(paths, wanted=later(paths.wanted), bought=later(paths.bought), supply=later(paths.supply))


def booked_demand() -> dict[ConceptKey, BookedDemand]:
    """Contracts to their last due date, and requests."""
    booked = {}
    for (region, layer, concept), cell_status in ORDER_BOOK_VERDICTS.items():
        if cell_status.status is Status.UNAVAILABLE:
            continue
        level = np.linspace(0.9, 1.1, DRAWS)[:, None] * LEVEL[layer] * np.ones(len(QUARTERS))
        if concept is DemandConcept.CONTRACTED:
            booked[region, layer, concept] = BookedDemand(np.where(np.arange(len(QUARTERS)) < LAST_DUE, level, np.nan))
        else:
            booked[region, layer, concept] = BookedDemand(3 * level, 1.5 * level)
    return booked


PACE = {
    ("CN", Layer.ENERGY): [
        {
            "name": "solar_additions",
            "title": "Added in the year, solar",
            "unit": "GW",
            "basis": "alternating_current",
            "timing": "total",
            "bands": {"2026-01-01": {"0.1": 113.6, "0.5": 219.6, "0.9": 418.6}},
        }
    ]
}


@cache
def figures_of(day: date) -> dict[str, Any]:
    """The shipped figures that stand beside answers."""
    return beside(View.of(Store.shipped(), as_of=day))


@cache
def drivers_of(day: date) -> list[dict[str, Any]]:
    """The drivers of the shipped figures with their ages."""
    return [age.document() for age in driver_ages(View.of(Store.shipped(), as_of=day))]


WEIGHED = {
    "prior_draws": 800,
    "effective_sample": 310,
    "observables": [
        {
            "name": "us_vacant_share",
            "quantity": "vacant_share",
            "region": "US",
            "series_id": "us.datacenter.primary_markets.vacancy",
            "day": "2026-06-30",
            "value": 0.014,
            "error": 0.04,
            "form": "level",
            "why": "leased where the quantity is filled",
            "beside": "the half-years of the base year are a prior",
            "used": True,
            "effective_sample_alone": 500,
            "prior": {"0.1": 0.02, "0.5": 0.07, "0.9": 0.12},
            "posterior": {"0.1": 0.01, "0.5": 0.05, "0.9": 0.09},
            "p_short": {"US": {"2028": {"prior": 0.6, "with_it_alone": 0.7}}},
        }
    ],
    "p_short": {
        "US": {
            "2028": {
                "prior": 0.6,
                "posterior": 0.7,
                "by_unmet_share": [{"unmet_share": 0.02, "p_short": 0.68}, {"unmet_share": 0.08, "p_short": 0.72}],
                "by_evidence_of_unmet": {"backlog": 0.7, "orders": 0.7, "queues": 0.7, "publishers": 0.7},
                "with_nothing_unmet": 0.65,
            }
        }
    },
    "other_figures": [
        {
            "about": "electricity by publisher",
            "role": "input",
            "series": ["us.datacenter.electricity"],
            "read_by": "features/nowcast/levels.toml",
            "why": "the nowcast weighs them",
        }
    ],
}


def write_edition(
    directory: Path,
    *,
    edition_id: str = "e-20261122-aaaaaaaaaa",
    issued: datetime = NOW,
    shift: float = 1.0,
    models: bool = True,
    answers: bool = False,
) -> Edition:
    """A tiny edition by the real writer; ``answers`` says whether those of its second scenario are kept.

    The second scenario moves facility power of the US alone.
    """
    assumptions = Assumptions.shipped()
    cells = {key: paths(key, seed, shift=shift) for seed, key in enumerate(answered())}
    cells |= {key: since_base(path) for key, path in cells.items() if key[1] is Layer.FIRM}
    booked = booked_demand()
    # Most of the width is model error in the sixth year and later.
    shares = {group: np.where(np.arange(len(QUARTERS)) < 20, 0.25, 0.15) for group in Group}
    shares[Group.MODEL] = 1 - sum(share for group, share in shares.items() if group is not Group.MODEL)
    split = {
        key: {
            quantity: {group.value: share for group, share in shares.items()}
            for quantity in ("demand", "supply", "gap")
        }
        for key in [
            *((*key, concept) for key in cells for concept in (DemandConcept.WANTED, DemandConcept.BOUGHT)),
            *booked,
        ]
    }
    power = cells["US", Layer.POWER]
    late = cells | {("US", Layer.POWER): replace(power, supply=LATE * power.supply)}
    by_scenario = {
        name: replace(drawn_cells(by_key, split, TIMELINE, booked=booked), pace=PACE)
        for name, by_key in (("base", cells), ("btm_slips", late))
    }
    return write(
        directory,
        edition_id=edition_id,
        issued=issued,
        facts={
            "data_as_of": "2026-11-22",
            "base_year": TIMELINE.base_year,
            "model_version": "m-1",
            "seed": 1,
            "draws": DRAWS,
            "scenarios": ["base", "btm_slips"],
            "assumptions": {"version": assumptions.version, "sha256": assumptions.sha256},
        },
        scenario_files=writer_of(list(by_scenario.items())),
        readings=readings(VIEW, partial(assumed, DRAWS)) if answers else (),
        constants=constants(),
        figures=figures_of(date(2026, 11, 22)),
        drivers=drivers_of(date(2026, 11, 22)),
        files=beside_cells() if models else {},
    )


def beside_cells() -> dict[str, Any]:
    """What draws were weighed by, shares of models and the funnel, as a projection keeps them."""
    return {
        CONDITIONING: WEIGHED,
        FUNNEL: funnel_document(),
        **share_files(TIMELINE, draws=DRAWS),
    }


@cache
def funnel_document() -> dict[str, Any]:
    """The funnel of the shipped figures."""
    # The funnel reads no base of energy.
    energy = dict.fromkeys(("us_energy_base", "world_energy_base"), Fixed(distribution="fixed", value=1.0))
    assumptions, _ = Assumptions.shipped().fitted(shipped_terms()).grounded(energy)
    return document(
        View.of(Store.shipped(), as_of=date(2026, 11, 22)),
        assumptions,
        base_year=TIMELINE.base_year,
        seed=1,
        draws=DRAWS,
    )


def constants() -> pl.DataFrame:
    """Constants of conversion beside the draws, as a projection keeps them."""
    rng = np.random.default_rng(5)
    spread = ((0.45, 0.66), (0.91, 0.97), (6.5, 15.0), (0.0, 0.18))
    return pl.DataFrame({name: rng.uniform(*ends, DRAWS) for name, ends in zip(CONSTANTS, spread, strict=True)})


SCORED = pl.DataFrame(
    [
        {
            "series_id": "derived.world.hyperscaler_capex", "freq": "Q", "member": member, "step_class": ahead,
            "crps_scaled": 0.5, "smape": 8.0, "mase": None, "coverage_50": 0.5, "coverage_80": 0.75,
            "coverage_95": 1.0, "n": 4, "rule": "pseudo_vintage",
        }
        for member in ("ensemble", "drift")
        for ahead in ("year", "first")
    ],
    schema_overrides={"mase": pl.Float64},
)  # fmt: skip
"""Scores as training lays them out: those of a member stand beside those of the ensemble."""

RESIDUALS_OF_STEPS = pl.DataFrame(
    [
        {
            "series_id": series_id, "freq": freq, "origin": origin, "step": step, "actual": 1.0, "median": 1.0,
            "log_error": log_error, "pit": pit, "rule": "pseudo_vintage", "growth": growth,
        }
        for series_id, freq, origin, growth, steps in (
            ("derived.world.hyperscaler_capex", "Q", date(2024, 1, 1), "slow", ((1, 9.0, 0.99),)),
            ("derived.world.hyperscaler_capex", "Q", date(2025, 1, 1), "fast", ((1, 0.2, 0.7), (2, 0.4, 0.95))),
            ("other.fast", "Q", date(2025, 1, 1), "fast", ((1, 0.0, 0.5), (9, 0.6, 0.99))),
            ("other.yearly", "A", date(2025, 1, 1), "fast", ((1, 5.0, 0.99),)),
        )
        for step, log_error, pit in steps
    ],
    schema=RESIDUALS,
)  # fmt: skip
"""Scored steps: the capex series was slow once and is fast now."""

TRIALS_OF_STEPS = RESIDUALS_OF_STEPS.select("series_id", "freq", "rule", "origin", "step").with_columns(
    crps=pl.lit(0.5), naive2=pl.lit(1.0), scale=pl.lit(2.0)
)


def write_model(directory: Path, *, rows: list[dict[str, Any]]) -> Published:
    """A model version's directory with the given forecasts, as training lays it out."""
    directory.mkdir(parents=True)
    forecasts = pl.DataFrame(
        [
            {
                "series_id": row["series_id"],
                "freq": row["freq"],
                "period": period,
                "level": float(level),
                "value": value,
            }
            for row in rows
            for period in row["periods"]
            for level, value in zip(FORECAST_LEVELS, np.linspace(80.0, 120.0, len(FORECAST_LEVELS)), strict=True)
        ],
        schema={"series_id": pl.String, "freq": pl.String, "period": pl.Date, "level": pl.Float64, "value": pl.Float64},
    )
    meta = pl.DataFrame(
        [{name: value for name, value in row.items() if name != "periods"} for row in rows],
        schema={
            "series_id": pl.String,
            "freq": pl.String,
            "unit": pl.String,
            "region": pl.String,
            "method": pl.String,
            "n_scores": pl.Int64,
            "reduced": pl.String,
            "last_observed": pl.Date,
            "pseudo_vintage": pl.Boolean,
            "sources": pl.List(pl.String),
            "status": pl.String,
            "reason": pl.String,
        },
    )
    frames = dict.fromkeys(FRAMES, pl.DataFrame({"series_id": ["x"]})) | {
        "forecasts": forecasts,
        "forecast_meta": meta,
        "scores": SCORED,
        "residuals": RESIDUALS_OF_STEPS,
        "trials": TRIALS_OF_STEPS,
    }
    for name, frame in frames.items():
        frame.write_parquet(directory / f"{name}.parquet")
    for name in DOCUMENTS:
        (directory / name).write_text("{}")
    files = {path.name: file_sha256(path) for path in sorted(directory.iterdir())}
    manifest = {
        "version": "m-1",
        "created": "2026-11-23T11:40:00Z",
        "data_as_of": "2026-11-22",
        "drivers": [],
        "files": files,
    }
    (directory / "manifest.json").write_text(json.dumps(manifest))
    return Published.load(directory)


def forecast_row(series_id: str, freq: str, **changes: Any) -> dict[str, Any]:
    months = {"Q": 3, "A": 12}[freq]
    row = {
        "series_id": series_id,
        "freq": freq,
        "unit": "USD_billion",
        "region": "WORLD",
        "method": "ensemble(ets_raw,theta_log)",
        "n_scores": 24,
        "reduced": None,
        "last_observed": date(2026, 7, 1),
        "pseudo_vintage": False,
        "sources": ["src"],
        "status": "available",
        "reason": None,
        "periods": [date(2026 + (9 + months * k) // 12, (9 + months * k) % 12 + 1, 1) for k in range(4)],
    }
    return row | changes


@pytest.fixture(scope="session")
def store() -> Store:
    return Store.shipped()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    rows = [
        forecast_row("derived.world.hyperscaler_capex", "Q"),
        forecast_row("derived.reduced", "A", reduced="theta_log failed", pseudo_vintage=True),
        forecast_row("derived.short", "Q", status="unavailable", reason="5 points; 8 are needed", periods=[]),
    ]
    return write_model(tmp_path_factory.mktemp("models") / "m-1", rows=rows)


@pytest.fixture(scope="session")
def edition_writer() -> Callable[..., Edition]:
    def make(directory: Path, *, edition_id: str, days: int, shift: float, models: bool = True) -> Edition:
        issued = NOW + timedelta(days=days)
        return write_edition(directory, edition_id=edition_id, issued=issued, shift=shift, models=models)

    return make


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("editions")
    write_edition(directory, answers=True)
    return directory


@pytest.fixture(scope="session")
def make_context(
    store: Store, published: Published, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., ServiceInputs]:
    assets = tmp_path_factory.mktemp("assets")

    def make(directory: Path, data: dict[str, Any] | None = None, **changes: Any) -> ServiceInputs:
        editions = DirectoryEditions(directory, records=issued_editions.Recorded(directory))
        served = replace(ServedData(store, published), **(data or {}))
        return replace(ServiceInputs(served, editions, assets, clock=lambda: NOW), **changes)

    return make


@dataclass(frozen=True)
class LiveServer:
    """A server in its own process, as in production."""

    url: str
    process: subprocess.Popen[bytes]
    assets: Path
    log: Path


SERVE = """
import json
import sys
from pathlib import Path

editions, model, assets, support, port, root_path, evaluating, limits = sys.argv[1:]
sys.path.append(support)
from issued_editions import Recorded
from data.store.store import Store
from service.access.rules import AccessRules, networks
from service.server.connections import ServerLimits
from service.state import ServedData, ServiceInputs
from service.editions import DirectoryEditions
from service.server.serve import serve
from training.artifact.publish import RESIDUALS
from training.artifact.published import Published

few_draws = None
if evaluating == "True":
    from evaluations_here import few_draws

context = ServiceInputs(
    data=ServedData(Store.shipped(), Published.load(Path(model))),
    editions=DirectoryEditions(Path(editions), records=Recorded(Path(editions))),
    assets=Path(assets),
    access=AccessRules(root_path, networks("127.0.0.1")),
    evaluation_source=few_draws,
)
serve(context, host="127.0.0.1", port=int(port), limits=ServerLimits(**json.loads(limits)))
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(
    editions: Path,
    model: Path,
    folder: Path,
    *,
    port: int | None = None,
    files: int | None = None,
    root_path: str = "",
    evaluating: bool = False,
    **limits: float,
) -> Iterator[LiveServer]:
    """A server with the given limits, of open files too, behind a path prefix, in a process of its own.

    One that is ``evaluating`` answers evaluations, on few draws.
    """
    port = port or free_port()
    limits = {"drain_delay": 0.0, "refresh": 0.2} | limits
    paths = map(str, (editions, model, folder, Path(issued_editions.__file__).parent))
    command = [sys.executable, "-c", SERVE, *paths, str(port), root_path, str(evaluating), json.dumps(limits)]
    limited = ["prlimit", f"--nofile={files}"] if files else []
    with answering([*limited, *command], port=port, folder=folder) as server:
        yield server


@contextmanager
def answering(command: list[str], *, port: int, folder: Path) -> Iterator[LiveServer]:
    """The server that a command starts, once it answers; it ends with the block."""
    with (folder / f"{port}.log").open("a") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                loopback.get(f"{url}/healthz", timeout=600)
                break
            except httpx2.TransportError:
                assert process.poll() is None, Path(log.name).read_text()
                time.sleep(0.1)
        yield LiveServer(url, process, folder, Path(log.name))
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=600)


@pytest.fixture(scope="session")
def serve_script() -> Callable[..., AbstractContextManager[LiveServer]]:
    """Start a server by a script that takes texts and a port; a context manager."""

    def start(script: Path, *texts: object, folder: Path) -> AbstractContextManager[LiveServer]:
        port = free_port()
        return answering([sys.executable, str(script), *map(str, texts), str(port)], port=port, folder=folder)

    return start


@pytest.fixture
def start_server(published: Published, tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """Starts servers, and ends those that still run."""
    with ExitStack() as stack:

        def start(editions: Path, **options: Any) -> LiveServer:
            return stack.enter_context(running(editions, published.directory, tmp_path, **options))

        yield start


@pytest.fixture(scope="session")
def impatient_server(
    editions: Path, published: Published, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A server that gives its clients one second for everything."""
    folder = tmp_path_factory.mktemp("impatient")
    with running(editions, published.directory, folder, header=1.0, send=1.0) as server:
        yield server


@pytest.fixture(scope="session")
def live_server(editions: Path, published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server for tests that only ask."""
    with running(editions, published.directory, tmp_path_factory.mktemp("live")) as server:
        yield server


@pytest.fixture(scope="module")
def evaluating_server(
    editions: Path, published: Published, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A server that evaluates, on few draws."""
    with running(editions, published.directory, tmp_path_factory.mktemp("evaluating"), evaluating=True) as server:
        yield server


@pytest.fixture
def server_behind(editions: Path, published: Published, tmp_path: Path) -> Callable[[str], Any]:
    """Start a server behind a path prefix, blank for one that is not told of it; a context manager."""
    return lambda root_path: running(editions, published.directory, tmp_path, root_path=root_path)


@pytest.fixture
def serve_live(published: Published, tmp_path: Path) -> Callable[[Path], AbstractContextManager[LiveServer]]:
    """Start a server over a directory of editions; a context manager."""
    return partial(running, model=published.directory, folder=tmp_path)


@pytest.fixture(scope="session")
def script() -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(path), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def client(make_context: Callable[..., ServiceInputs], editions: Path) -> Iterator[TestClient]:
    with TestClient(create_app(make_context(editions)), raise_server_exceptions=False) as client:
        yield client
