"""The child's part of a lease: it ends when its time is over, or when its parent is gone.

The parent writes moments of the monotonic clock to our stdin. When the last of them has passed, or when stdin was
closed, as by the parent's death, this process ends its whole group.
"""

import math
import os
import select
import signal
import time
from threading import Thread

STDIN = 0


def obey(grace: float) -> None:
    """Watch stdin from now on; between being told to end and being killed the group has ``grace`` seconds."""
    Thread(target=_obey, args=(grace,), name="lease", daemon=True).start()


def _obey(grace: float) -> None:
    until, rest = math.inf, b""
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([STDIN], [], [], None if math.isinf(left) else left)
        text = os.read(STDIN, 4096) if ready else b""
        if not text:
            break
        *lines, rest = (rest + text).split(b"\n")
        until = float(lines[-1]) if lines else until
    os.killpg(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os.killpg(os.getpid(), signal.SIGKILL)
