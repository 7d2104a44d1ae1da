"""The chart library of the page, written once from the wheel vl-convert-python.

Building starts a JavaScript engine of about 100 MB, so it happens in the process that publishes, never in the one
that serves.
"""

import hashlib
import json
from pathlib import Path

from data.base.artifacts import new_file

BUNDLE = "vega.js"
STAMP = "vega.json"
VEGA_LITE = "6.4"
SNIPPET = "window.vegaEmbed = vegaEmbed;"


def build(directory: Path) -> Path:
    """Write Vega, Vega-Lite and vega-embed as one script unless it is there already; returns its path.

    Args:
        directory: where assets live; made if absent.
    """
    import vl_convert

    target = directory / BUNDLE
    versions = {
        "vega": vl_convert.get_vega_version(),
        "vega_embed": vl_convert.get_vega_embed_version(),
        "vega_lite": VEGA_LITE,
    }
    if _built(directory, versions):
        return target
    script = vl_convert.javascript_bundle(SNIPPET, vl_version=VEGA_LITE).encode()
    stamp = versions | {"sha256": hashlib.sha256(script).hexdigest()}
    directory.mkdir(parents=True, exist_ok=True)
    for path, content in ((target, script), (directory / STAMP, json.dumps(stamp, sort_keys=True).encode() + b"\n")):
        with new_file(path) as new:
            new.write_bytes(content)
    return target


def _built(directory: Path, versions: dict[str, str]) -> bool:
    try:
        stamp = json.loads((directory / STAMP).read_bytes())
        digest = hashlib.sha256((directory / BUNDLE).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return False
    return bool(stamp == versions | {"sha256": digest})
