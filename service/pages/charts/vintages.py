"""What was said of one quantity on several days: the last of it bold, what was said before as thin lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.pages.charts.marks import Spec, fields
from service.pages.charts.picture import MARGIN
from service.pages.charts.style import Colours

HEIGHT = 300
LONG = timedelta(days=4 * 366)
"""A scale of more time has years alone."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """What was said on a day: values by the day they are of, in order; ``newest`` is drawn bold."""

    said_on: str
    values: Sequence[tuple[date, float]]
    newest: bool


@dataclass(frozen=True, slots=True)
class Band:
    """What draws say beside it: low, middle and high by day, in order."""

    values: Sequence[tuple[date, float, float, float]]
    name: str


def vintage_layers(
    vintages: Sequence[Vintage],
    colours: Colours,
    *,
    unit: str,
    stepped: bool,
    band: Band | None = None,
    span: tuple[date, date],
) -> list[Spec]:
    """Layers of a panel.

    Args:
        vintages: earlier ones first.
        colours: of the page.
        unit: what values are in, for what is told on hover.
        stepped: whether a value holds until the next.
        band: drawn behind.
        span: first and last day of the scale.
    """
    numbers = [value for one in vintages for _, value in one.values]
    numbers += [number for row in (band.values if band else ()) for number in row[1:]]
    low, high = min(0.0, *numbers), max(*numbers, 1e-9)
    y: Spec = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [low * MARGIN, high * MARGIN], "nice": False, "zero": False},
        "axis": {"tickCount": 5},
    }
    x: Spec = {"field": "day", "type": "temporal", "title": None, "scale": {"type": "utc", "nice": False}}
    x["scale"]["domain"] = [day.isoformat() for day in span]
    long = span[1] - span[0] > LONG
    x["axis"] = {"labelOverlap": True, "grid": False, **({"tickCount": "year", "format": "%Y"} if long else {})}
    curve = {"interpolate": "step-after"} if stepped else {}
    layers: list[Spec] = []
    if band is not None:
        rows = [
            {
                "day": day.isoformat(),
                "low": a,
                "middle": b,
                "high": c,
                band.name: f"{b:,.4g} ({a:,.4g} to {c:,.4g}) {unit}",
            }
            for day, a, b, c in band.values
        ]
        layers += [
            {
                "data": {"values": rows},
                "mark": {"type": "area", "color": colours.demand, "opacity": 0.22},
                "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "line", "color": colours.demand, "strokeWidth": 2, "point": {"color": colours.demand}},
                "encoding": {"x": x, "y": {"field": "middle", **y}, "tooltip": fields(band.name)},
            },
        ]
    for newest in (False, True):
        rows = [row for one in vintages if one.newest is newest for row in _rows(one, unit)]
        if not rows:
            continue
        look = {"strokeWidth": 2.6, "color": colours.supply} if newest else {"strokeWidth": 1.1, "color": colours.muted}
        encoding = {"x": x, "y": {"field": "value", **y}, "detail": {"field": "line", "type": "nominal"}}
        layers.append({"data": {"values": rows}, "mark": {"type": "line", **curve, **look}, "encoding": encoding})
        layers.append(
            {
                "data": {"values": rows},
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 40,
                    "color": look["color"],
                    "opacity": 0,
                },
                "encoding": encoding | {"tooltip": fields("Period", "Value", "Said")},
            }
        )
    return layers


def _rows(one: Vintage, unit: str) -> list[dict[str, object]]:
    return [
        {
            "day": day.isoformat(),
            "value": value,
            "line": one.said_on,
            "Period": day.isoformat(),
            "Value": f"{value:,.6g} {unit}",
            "Said": one.said_on,
        }
        for day, value in one.values
    ]
