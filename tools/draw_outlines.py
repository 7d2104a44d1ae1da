"""Draws the outlines of the maps: python tools/draw_outlines.py FOLDER.

FOLDER holds two packages of npm, unpacked: ``npm pack us-atlas@3.0.1 world-atlas@2.0.2``, then each archive with
``tar xzf us-atlas-3.0.1.tgz --one-top-level=FOLDER/us`` (and ``world``). They are states by the US Census Bureau (2017)
and countries by Natural Earth (110m, 4.1.0), both in the public domain, as TopoJSON. Every line is drawn once, in the
projection of its map, without the points that nobody would miss; what is written is ours.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from service.pages.outlines import UNITED_STATES, WORLD, Outline, Point  # noqa: E402 - found on the line above

TOLERANCE = 0.7
"""Pixels that a line may be off."""
HALF_WAY_ROUND = 180.0
"""Degrees."""
NOT_DRAWN = {
    "states": {"02", "15", "60", "66", "69", "72", "78"},  # Alaska, Hawaii and the territories
    "countries": {"010"},  # Antarctica
}
SOURCES = (
    (UNITED_STATES, "us/package/states-10m.json", "states"),
    (WORLD, "world/package/countries-110m.json", "countries"),
)


def lines(topology: Mapping[str, Any], layer: str) -> Iterator[list[Point]]:
    """Lines of a layer, each border once, as longitude and latitude."""
    places = topology["objects"][layer]["geometries"]
    chosen = {
        index if index >= 0 else ~index
        for place in places
        if place.get("id") not in NOT_DRAWN[layer]
        for index in arcs(place["arcs"])
    }
    (right, up), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    for index in sorted(chosen):
        x = y = 0
        points: list[Point] = []
        for step_x, step_y in topology["arcs"][index]:
            x, y = x + step_x, y + step_y
            longitude, latitude = x * right + left, y * up + low
            # A line that crosses the edge of the map goes on at the other one.
            if points and abs(longitude - points[-1][0]) > HALF_WAY_ROUND:
                yield points
                points = []
            points.append((longitude, latitude))
        yield points


def arcs(nested: Sequence[Any]) -> Iterator[int]:
    """The numbers in lists of lists."""
    for one in nested:
        if isinstance(one, int):
            yield one
        else:
            yield from arcs(one)


def simpler(points: Sequence[Point]) -> list[Point]:
    """A line without the points that lie nearer to it than the tolerance (Douglas and Peucker 1973)."""
    if len(points) <= 2:  # noqa: PLR2004 - two points are a line
        return list(points)
    (x, y), (end_x, end_y) = points[0], points[-1]
    length = ((end_x - x) ** 2 + (end_y - y) ** 2) ** 0.5

    def off(point: Point) -> float:
        if length == 0:
            return ((point[0] - x) ** 2 + (point[1] - y) ** 2) ** 0.5
        return abs((end_x - x) * (y - point[1]) - (x - point[0]) * (end_y - y)) / length

    farthest = max(range(1, len(points) - 1), key=lambda place: off(points[place]))
    if off(points[farthest]) <= TOLERANCE:
        return [points[0], points[-1]]
    return [*simpler(points[: farthest + 1])[:-1], *simpler(points[farthest:])]


def draw(outline: Outline, topology: Mapping[str, Any], layer: str) -> str:
    """The picture of a layer."""
    path = []
    for line in lines(topology, layer):
        projected = [outline.project(latitude, longitude) for longitude, latitude in line]
        points = [((x - outline.left) * outline.scale, (outline.top - y) * outline.scale) for x, y in projected]
        rounded = list(dict.fromkeys((round(x), round(y)) for x, y in simpler(points)))
        if len(rounded) > 1:
            path.append("M" + "L".join(f"{x},{y}" for x, y in rounded))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {outline.width} {outline.height}">'
        f'<path fill="none" stroke="#8b949e" stroke-width=".9" stroke-linejoin="round" d="{"".join(path)}"/></svg>\n'
    )


def main(folder: Path) -> None:
    """Write the pictures of both maps."""
    for outline, file, layer in SOURCES:
        target = ROOT / "service" / "pages" / "static" / outline.file
        target.write_text(draw(outline, json.loads((folder / file).read_text()), layer))
        print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
