"""The installed release. The distribution is not called ``headroom``: on PyPI that name belongs to another project."""

from importlib import metadata

DISTRIBUTION = "headroom-forecast"


def release() -> str:
    """The version of the installed distribution."""
    return metadata.version(DISTRIBUTION)
