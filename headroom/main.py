"""The command line's entry point."""


def main() -> None:
    """Run the ``headroom`` command."""
    from headroom.cli import app

    app()
