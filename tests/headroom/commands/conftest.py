"""Commands run in this process, as a program and as a person read them."""

import json

import pytest

from headroom.cli import run


@pytest.fixture
def headroom(tmp_path, capsys):
    """Run a command in a home of its own; returns its exit code and what it printed as JSON."""

    def call(*words):
        code = run([*words, "--home", str(tmp_path / "var"), "--json"])
        streams = capsys.readouterr()
        return code, json.loads(streams.out or streams.err)

    return call


@pytest.fixture
def ask(capsys):
    """Run a command; returns its exit code and both of its streams."""

    def call(*words):
        code = run(list(words))
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return call
