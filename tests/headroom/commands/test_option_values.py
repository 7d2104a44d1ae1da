"""Values no option takes, put to every option of every command that takes a number or a day."""

import inspect
import sys
from datetime import datetime
from importlib import import_module
from typing import get_args

import pytest

from headroom import cli

NUMBERS = ("-1", "99999999999999999999999", "x", "nan", "1e400", "")
DAYS = ("9999-12-31", "20xx", "2026-13-01", "-1", "", "99999999999999999999")
KINDS = {int: NUMBERS, float: NUMBERS, datetime: DAYS}


def commands():
    for entry in cli.ENTRIES:
        for registered in import_module(f"headroom.commands.{entry.name}").app.registered_commands:
            name = registered.name or registered.callback.__name__
            yield [entry.name, name] if entry.group else [entry.name], registered.callback


def options(callback):
    """Name on the command line, or None for an argument; its type; and whether it has to be given."""
    for name, parameter in inspect.signature(callback).parameters.items():
        annotation = parameter.annotation
        if isinstance(annotation, str):
            annotation = eval(annotation, vars(sys.modules[callback.__module__]))  # noqa: S307 - our own annotations
        kind, how, *_ = get_args(annotation)
        flag = next((one.split("/")[0] for one in how.param_decls or () if one.startswith("--")), f"--{name}")
        is_option = type(how).__name__ == "OptionInfo"
        kinds = {kind, *get_args(kind)}
        yield (flag if is_option else None), kinds, parameter.default is inspect.Parameter.empty


def arguments_of(flag, kinds, value=None):
    text = value if value is not None else "1" if int in kinds else "x"
    return [text] if flag is None else [f"{flag}={text}"]


CASES = [
    pytest.param(
        [*words, *(part for flag, kinds, needed in options(callback) if needed and flag != wrong
                   for part in arguments_of(flag, kinds)), *arguments_of(wrong, kinds_of_it, value)],
        id=" ".join([*words, str(wrong), value]),
    )
    for words, callback in commands()
    if words[0] not in {"up", "serve"}
    for wrong, kinds_of_it, _ in options(callback)
    # Ports and draws are settings too, and settings judge them. A gap may be any number.
    if wrong not in {"--draws", "--gap"}
    for kind, values in KINDS.items()
    if kind in kinds_of_it
    for value in values
]  # fmt: skip


@pytest.mark.parametrize("arguments", CASES)
def test_a_value_out_of_range_is_a_usage_error_of_one_line(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    assert cli.run(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("words", [pytest.param(words, id=" ".join(words)) for words, _ in commands()])
def test_an_unknown_option_is_a_usage_error_of_every_command(words, capsys):
    assert cli.run([*words, "--no-such-option"]) == 2
    assert "no-such-option" in capsys.readouterr().err
