"""A ``headroom`` command that dies by SIGKILL at a named point; run as ``killed_command.py POINT COMMAND...``.

A point is ``module:function`` (dies when it is called), ``module:function+`` (dies when it has returned), or
``sql:TEXT`` (dies when a statement that starts with TEXT was executed and not yet committed).
"""

import os
import signal
import sys
from functools import wraps
from importlib import import_module

from sqlalchemy import Engine, event

from headroom import wiring
from headroom.cli import run


def die():
    """End as by kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


def plant(point):
    """Make the point deadly."""
    module, _, name = point.partition(":")
    if module == "sql":

        @event.listens_for(Engine, "after_cursor_execute")
        def _(_connection, _cursor, statement, *_more):
            if statement.startswith(name):
                die()

        return
    after, name = name.endswith("+"), name.removesuffix("+")
    owner = import_module(module)
    real = getattr(owner, name)

    @wraps(real)
    def deadly(*arguments, **more):
        if after:
            real(*arguments, **more)
        die()

    setattr(owner, name, deadly)


if __name__ == "__main__":
    plant(sys.argv[1])
    # What dies here is about versions of a few series, which no projection could be made with.
    wiring.obstacle = lambda *_: None
    sys.exit(run(sys.argv[2:]))
