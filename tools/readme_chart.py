"""Draw the README's chart: ``python tools/readme_chart.py var/editions/ID docs/us-power.svg``.

The file's ending decides between SVG and PNG.
"""

import argparse
import sys
from pathlib import Path

from data.base.errors import HeadroomError
from data.store.store import Store
from features.view import View
from projection.edition.edition import Edition
from service.pages.charts import style
from service.pages.charts.drawing import Form, draw
from service.pages.charts.gap import GapChartQuery, spec_of


def write(folder: Path, target: Path, *, region: str, layer: str, theme: str) -> None:
    """Write the chart of one cell; raises a :class:`HeadroomError` when the edition is corrupt or has no such cell."""
    edition = Edition.load(folder)
    view = View.of(Store.shipped(), as_of=edition.data_as_of)
    query = GapChartQuery.model_validate({"region": region, "layer": layer, "theme": theme})
    picture = draw(spec_of(edition, view, query), Form(target.suffix.removeprefix(".")))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(picture)


def main() -> int:
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("edition", type=Path, help="folder of the edition")
    parser.add_argument("target", type=Path)
    parser.add_argument("--region", default="US")
    parser.add_argument("--layer", default="power")
    parser.add_argument("--theme", default="light", choices=sorted(style.THEMES))
    arguments = parser.parse_args()
    try:
        write(
            arguments.edition, arguments.target, region=arguments.region, layer=arguments.layer, theme=arguments.theme
        )
    except HeadroomError as error:
        print(error, file=sys.stderr)
        return 1
    print(arguments.target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
