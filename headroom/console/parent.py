"""What a process of ours puts in front of the command of a child it starts."""

from collections.abc import Sequence
from pathlib import Path

CONTEXT = ("--job", "--kind", "--request")
"""Words that stand in every line the child logs."""


def from_parent(args: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The file an error is to be reported to as JSON, if any, and the command; the rest takes effect here.

    ``--report FILE`` names that file. ``--leased SECONDS`` lets this process end when the time is over that the parent
    writes to our stdin. ``--job``, ``--kind`` and ``--request`` stand in every log line.
    """
    report, rest = None, list(args)
    while rest[:1] and rest[0] in {"--report", "--leased", *CONTEXT}:
        name, value = rest[:2]
        rest = rest[2:]
        if name == "--report":
            report = Path(value)
        elif name == "--leased":
            from headroom.console.lease import obey

            obey(float(value))
        else:
            import structlog

            structlog.contextvars.bind_contextvars(**{name.removeprefix("--"): value})
    return report, rest
