"""The TypeScript client: it installs, takes its types from a running service, compiles in strict mode, and asks it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[3] / "clients/typescript"
FILES = ("package.json", "package-lock.json", "tsconfig.json", "src/index.ts", "src/retry.ts", "test/index.test.mjs")
BLOCK = re.compile(r"```ts\n(.*?)```", re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


def test_the_lock_names_no_registry_and_hashes_every_package():
    packages = json.loads((CLIENT / "package-lock.json").read_text())["packages"]
    installed = [package for name, package in packages.items() if name]
    assert installed
    assert all("resolved" not in package and package["integrity"].startswith("sha512-") for package in installed)


@pytest.mark.slow
def test_the_example_compiles_in_strict_mode_and_asks_a_service(service, tmp_path):
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("node and npm are not installed: the TypeScript client is not tested")
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(CLIENT / name, tmp_path / name)
    (example,) = BLOCK.findall((CLIENT / "README.md").read_text(encoding="utf-8"))
    (tmp_path / "src/example.ts").write_text(example.replace(ADDRESS, service.url), encoding="utf-8")
    service.happens(1)

    def run(*command):
        environment = os.environ | {"HEADROOM_URL": service.url}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    installed = run(npm, "ci", "--no-audit", "--no-fund")
    if installed.returncode:
        pytest.skip(f"npm installs nothing here: the TypeScript client is not tested\n{installed.stderr[-1000:]}")
    for script in ("generate", "check", "build", "test"):
        process = run(npm, "run", script)
        assert process.returncode == 0, process.stdout + process.stderr
    process = run(node, "dist/example.js")
    assert process.returncode == 0, process.stderr
    lines = process.stdout.splitlines()
    assert re.fullmatch(r"e-20261122-\w+ -?[\d.]+ GW [\d.]+", lines[0])
    assert lines[1].startswith("US power: available, US energy: available, CN power: ")
    assert lines[3].startswith("done ")
    assert int(lines[4]) > 1
    assert lines[5:] == ["1 edition.published", "invalid_parameter from"]
