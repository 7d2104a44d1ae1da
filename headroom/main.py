"""The command line's entry point."""

import sys


def main() -> None:
    """Run the ``headroom`` command and leave with its exit code."""
    from headroom.console import streams

    streams.prepare()
    try:
        from headroom.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # While the command itself was being loaded: there is nothing yet that could stay half done.
        sys.stderr.write("interrupted: nothing was begun\n")
        code = 130
    sys.exit(code)
