"""Specifications drawn as SVG or PNG, by a process of its own: the engine that draws is JavaScript and takes 170 MB.

The process starts with the first picture that is not at hand and ends with its parent, or when nothing was drawn for a
while. Pictures of every morning are drawn when an edition is published (``headroom assets``) and read from the folder
of assets; the name of a file is a hash of all that it shows, so it is never out of date.
"""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from data.base.artifacts import new_file
from data.base.errors import ChartNotDrawn
from data.base.processes import end_with_parent
from service.child_process import ChildProcess
from service.pages.assets import VEGA_LITE

FOLDER = "charts"
PIXELS = 2.0
"""Pixels of a PNG for each of the specification."""
LIMIT = 60.0
"""Seconds a picture may take."""
IDLE = 300.0
"""Seconds after which a process that draws nothing ends."""


class Form(StrEnum):
    """What a picture is written as."""

    SVG = "svg"
    PNG = "png"


MEDIA_TYPES = {Form.SVG: "image/svg+xml", Form.PNG: "image/png"}
Spec = Mapping[str, Any]


def file_of(assets: Path, spec: Spec, form: Form) -> Path:
    """Where a picture that was drawn before stands."""
    shown = json.dumps([spec, VEGA_LITE], sort_keys=True).encode()
    return assets / FOLDER / f"{hashlib.sha256(shown).hexdigest()[:32]}.{form}"


def draw(spec: Spec, form: Form) -> bytes:
    """The picture, drawn in this process: not for one that serves."""
    import vl_convert

    if form is Form.PNG:
        return bytes(vl_convert.vegalite_to_png(dict(spec), vl_version=VEGA_LITE, scale=PIXELS))
    return str(vl_convert.vegalite_to_svg(dict(spec), vl_version=VEGA_LITE)).encode()


def keep(assets: Path, specs: Sequence[Spec]) -> list[Path]:
    """Draw specifications as SVG into the folder of assets, those that are there already left as they are.

    Pictures of other specifications are removed: they are of editions before. Returns the files.
    """
    paths = [file_of(assets, spec, Form.SVG) for spec in specs]
    for path, spec in zip(paths, specs, strict=True):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with new_file(path) as new:
                new.write_bytes(draw(spec, Form.SVG))
    for path in (assets / FOLDER).glob(f"*.{Form.SVG}"):
        if path not in paths:
            path.unlink(missing_ok=True)
    return paths


class ChartDrawer:
    """Draws pictures, one after another.

    Args:
        assets: the folder that may hold the picture already.
    """

    def __init__(self, assets: Path) -> None:
        self._assets = assets
        self._lock = threading.Lock()
        self._process = ChildProcess(_run)

    def picture(self, spec: Spec, form: Form) -> bytes:
        """The picture of a specification; raises :class:`ChartNotDrawn` where the process cannot draw it in time."""
        try:
            return file_of(self._assets, spec, form).read_bytes()
        except FileNotFoundError:
            pass
        with self._lock:
            connection, _ = self._process.connection()
            try:
                connection.send((dict(spec), form))
                if connection.poll(LIMIT):
                    picture = connection.recv()
                    if isinstance(picture, bytes):
                        return picture
                    raise ChartNotDrawn(str(picture))
            except (EOFError, OSError):
                self.close()
                raise ChartNotDrawn("the process that draws died") from None
            self.close()
            raise ChartNotDrawn(f"it took longer than {LIMIT:.0f} seconds")

    def close(self) -> None:
        """End the process."""
        self._process.kill()


def _run(connection: Connection) -> None:
    """Draw until the other end closes or nothing comes for a while."""
    end_with_parent()
    while connection.poll(IDLE):
        try:
            spec, form = connection.recv()
        except EOFError:
            return
        try:
            connection.send(draw(spec, form))
        except ValueError as error:
            connection.send(str(error))
