"""The command line's entry point."""

import sys


def main() -> None:
    """Run the ``headroom`` command and leave with its exit code."""
    from headroom.cli import run

    sys.exit(run(sys.argv[1:]))
