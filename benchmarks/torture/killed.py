"""A ``headroom`` command that is killed: ``python -m benchmarks.torture.killed POINT SECONDS COMMAND...``.

POINT is ``module:function``, and the kill comes so many seconds after that function was entered, or ``-`` for the start
of the process. The timer's signal has no handler, so the system ends the process at once, as SIGKILL does. With
SECONDS ``measure`` it lives, and tells on stderr how long it ran from the point on.
"""

import signal
import sys
import time
from functools import wraps
from importlib import import_module
from typing import Any

MEASURE = "measure"


def main() -> int:
    """Run the command."""
    point, seconds, *command = sys.argv[1:]
    entered = [time.monotonic()]

    def begin() -> None:
        entered[0] = time.monotonic()
        if seconds != MEASURE:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, float(seconds) or 1e-6)

    if point == "-":
        begin()
    else:
        module, _, name = point.partition(":")
        owner = import_module(module)
        real = getattr(owner, name)

        @wraps(real)
        def timed(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
            begin()
            return real(*arguments, **keywords)

        setattr(owner, name, timed)
    from headroom.cli import run

    code = run(command)
    if seconds == MEASURE:
        sys.stderr.write(f"\n{MEASURE} {time.monotonic() - entered[0]}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
