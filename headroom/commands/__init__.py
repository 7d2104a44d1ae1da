"""The commands, one module each. Every module offers ``app``, a typer application mounted by headroom.cli."""
