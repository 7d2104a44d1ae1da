"""Draw the README's chart: ``python tools/readme_chart.py var/editions/ID docs/us-power.svg``.

The file's ending decides between SVG and PNG.
"""

import argparse
import sys
from pathlib import Path

import vl_convert

from data.base.errors import HeadroomError
from projection.edition.edition import Edition
from service.api.gaps.gaps import GapQuery, read_gap
from service.pages import charts, vega
from service.pages.assets import VEGA_LITE

PIXELS = 2.0


def draw(folder: Path, target: Path, *, region: str, layer: str, theme: str) -> None:
    """Write the chart of one cell; raises a :class:`HeadroomError` when the edition is corrupt or has no such cell."""
    edition = Edition.load(folder)
    query = GapQuery.model_validate({"region": region, "layer": layer})
    spec = charts.gap_chart(read_gap(edition, query), theme=theme)
    spec["config"]["background"] = vega.THEMES[theme].page
    spec["padding"] = 16
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".png":
        target.write_bytes(vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=PIXELS))
    else:
        target.write_text(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE), encoding="utf-8")


def main() -> int:
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("edition", type=Path, help="folder of the edition")
    parser.add_argument("target", type=Path)
    parser.add_argument("--region", default="US")
    parser.add_argument("--layer", default="power")
    parser.add_argument("--theme", default="light", choices=sorted(vega.THEMES))
    arguments = parser.parse_args()
    try:
        draw(arguments.edition, arguments.target, region=arguments.region, layer=arguments.layer, theme=arguments.theme)
    except HeadroomError as error:
        print(error, file=sys.stderr)
        return 1
    print(arguments.target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
