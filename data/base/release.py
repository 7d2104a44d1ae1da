"""The installed release. The distribution is not called ``headroom``: on PyPI that name is somebody else's package."""

from importlib import metadata

DISTRIBUTION = "headroom-forecast"


def release() -> str:
    """The version of the installed distribution."""
    return metadata.version(DISTRIBUTION)
