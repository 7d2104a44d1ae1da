"""``python -m headroom``: the same command without the installed script."""

from headroom.main import main

main()
