"""A service holds what its OpenAPI document says, asked by schemathesis with what the document allows and forbids."""

import subprocess
import sys
from pathlib import Path

import pytest
import whole_service

from data.store.database import engine, upgrade
from service.access.keys import Keys

SCHEMATHESIS = "schemathesis==4.32.5"
# Which edition, cursor or series there is stands in no document: what names others is refused rightly.
RULES = ("--exclude-checks", "positive_data_acceptance", "--warnings", "off", "--continue-on-failure", "--no-color")
SETTINGS = """
[[operations]]
include-path = "/v1/charts/what-if"
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]
"""
"""A picture of what is not worked out yet cannot be half of one: it is 503 with Retry-After until it is."""
SECONDS = 3600


@pytest.fixture(scope="module")
def command():
    """How schemathesis is run: in an environment of its own, since no lock of ours may change for it."""
    run = [sys.executable, "-m", "uv", "--system-certs", "tool", "run", "--from", SCHEMATHESIS, "schemathesis"]
    process = subprocess.run([*run, "--version"], capture_output=True, text=True, check=False)
    if process.returncode:
        pytest.skip(f"{SCHEMATHESIS} cannot be installed here: {process.stderr[-500:]}")
    return run


@pytest.fixture(scope="module")
def served(editions, published, tmp_path_factory, serve_script):
    """The address of a service, and a key for everything."""
    folder = tmp_path_factory.mktemp("whole")
    database = folder / "headroom.db"
    upgrade(database)
    connections = engine(database)
    _, key = Keys(connections).create("all", scopes=["admin", "read"], actor="ann")
    connections.dispose()
    script = Path(whole_service.__file__)
    with serve_script(script, editions, published.directory, folder, database, folder=folder) as server:
        yield server.url, key


def hold(command, served, folder, *options, with_key):
    url, key = served
    credentials = ["--header", f"Authorization: Bearer {key}"] if with_key else []
    configuration = folder / "schemathesis.toml"
    configuration.write_text(SETTINGS)
    asking = [
        *command,
        "--config-file",
        str(configuration),
        "run",
        f"{url}/openapi.json",
        *RULES,
        *credentials,
        *options,
    ]
    # It keeps what failed in the folder it is run in.
    process = subprocess.run(asking, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert process.returncode == 0, process.stdout[-20_000:] + process.stderr[-2_000:]
    assert "No issues found" in process.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("with_key", "phases"),
    [pytest.param(False, "examples,coverage", marks=pytest.mark.nightly), (True, "examples,fuzzing")],
)
def test_the_service_holds_what_the_document_says(command, served, tmp_path, with_key, phases):
    hold(command, served, tmp_path, "--phases", phases, "--max-examples", "5", "--seed", "1", with_key=with_key)


@pytest.mark.nightly
@pytest.mark.parametrize("with_key", [False, True])
def test_it_holds_it_whatever_is_asked(command, served, tmp_path, with_key):
    hold(command, served, tmp_path, "--max-examples", "100", with_key=with_key)
