"""The command line's entry point."""

import sys


def main() -> None:
    """Run the ``headroom`` command and leave with its exit code."""
    from data.base.processes import one_thread
    from headroom.console import streams

    streams.prepare()
    try:
        from headroom.cli import run

        # Work is spread over processes; threads of linear algebra inside each would only wait for one another.
        with one_thread():
            code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # While the command itself was being loaded: there is nothing yet that could stay half done.
        sys.stderr.write("interrupted: nothing was begun\n")
        code = 130
    sys.exit(code)
