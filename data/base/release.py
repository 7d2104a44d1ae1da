"""The installed release. The distribution is not called ``headroom``: on PyPI that name belongs to another project."""

import hashlib
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "headroom-forecast"
LOCK = Path(__file__).resolve().parents[2] / "requirements" / "train.txt"


def release() -> str:
    """The version of the installed distribution."""
    return metadata.version(DISTRIBUTION)


def lock_sha256() -> str | None:
    """Hash of the requirements lock the environment is installed from; None where the code lies without it."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest() if LOCK.is_file() else None
