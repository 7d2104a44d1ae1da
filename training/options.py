"""What of a training may be set by name: one frozen object, unknown names refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from data.base.errors import InvalidParameter
from training.backtest.engines import Engine
from training.champion.gate import Limits

GATE = "gate."
MOST_WORKERS, MOST = 256, 1_000_000
"""Most processes, and the most that anything else may be: a typing error is reported before it costs memory or days."""
OPTIONS_OF_THEIR_OWN = ("gate", "engine", "address")
"""Fields that are not set by name: the gate's are, one by one, and the engine has options on the command line."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a training runs; nothing here changes what a version says.

    Attributes:
        workers: processes, or Ray tasks at a time.
        timeout_seconds: of all fits together.
        gate: what the gate asks for.
        engine: what runs the fits; address: of a Ray cluster, None starts Ray here.
    """

    workers: int = 2
    timeout_seconds: float = 1200.0
    gate: Limits = field(default_factory=Limits)
    engine: Engine = Engine.LOCAL
    address: str | None = None


def names() -> tuple[str, ...]:
    """Every name that can be set."""
    item_names = [item.name for item in fields(Options) if item.name not in OPTIONS_OF_THEIR_OWN]
    return (*item_names, *(f"{GATE}{item.name}" for item in fields(Limits)))


def parse_options(pairs: Sequence[str]) -> Options:
    """Options with overrides, each as ``name=value``.

    Raises :class:`InvalidParameter` for an unknown or repeated name, and for a value out of range.

    >>> parse_options(["workers=1", "gate.margin=0.05"]).gate.margin
    0.05
    """
    options, limits = Options(), Limits()
    earlier: set[str] = set()
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or name not in names():
            raise InvalidParameter("set", f"{pair!r} names no training setting", allowed=[f"{n}=..." for n in names()])
        if name in earlier:
            raise InvalidParameter("set", f"{name} is given more than once", allowed=["once"])
        earlier.add(name)
        target: Any = limits if name.startswith(GATE) else options
        plain = name.removeprefix(GATE)
        change: dict[str, Any] = {plain: _number(name, text, like=getattr(target, plain))}
        if name.startswith(GATE):
            limits = replace(limits, **change)
        else:
            options = replace(options, **change)
    return replace(options, gate=limits)


def _number(name: str, text: str, *, like: float) -> float:
    """A number of the kind of ``like``; the confidence stays below one."""
    try:
        value = int(text) if isinstance(like, int) else float(text)
    except ValueError:
        kind = "a whole number" if isinstance(like, int) else "a number"
        raise InvalidParameter("set", f"{name}={text} is not {kind}", allowed=[f"{name}={like}"]) from None
    least = 1 if isinstance(like, int) else 0.0
    most = MOST_WORKERS if name == "workers" else MOST
    if not least <= value <= most:
        message = f"{name}={text} is not between {least:g} and {most:g}"
        raise InvalidParameter("set", message, allowed=[f"{name}={like}"])
    if name == f"{GATE}confidence" and value >= 1:
        raise InvalidParameter("set", f"{name}={text} is not below 1", allowed=[f"{name}={like}"])
    return value
