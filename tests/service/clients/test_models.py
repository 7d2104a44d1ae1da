"""The generated models of the Python client are those of the API as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_the_models_are_those_that_the_generator_writes():
    command = [sys.executable, "tools/client_models.py", "--check"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, f"run: python tools/client_models.py\n{process.stderr}"
