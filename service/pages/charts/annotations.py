"""What stands in the panel of need beside bands: the past, the day of the figures, the period asked about, others."""

from collections.abc import Iterator

from data.base.layers import Timing
from data.periods.period import Period
from projection.third_party.projections import Family
from service.pages.charts.marks import Spec, fields, y_axis
from service.pages.charts.picture import Picture, Row
from service.pages.charts.style import Colours
from service.pages.words import day_text

HEIGHT = 340
"""Of the panel of need, pixels."""
FAMILIES = {Family.EQUIPMENT: "models of equipment", Family.ANNOUNCED: "counts of announced projects"}
CROWDED = 0.3
"""Share of the span that a text left of the day of the figures takes."""
APART = 0.075
"""Least distance of two names, as a share of the scale."""


def history_layers(picture: Picture, horizontal: Spec, domain: tuple[float, float], colours: Colours) -> Iterator[Spec]:
    """What was published of the years before: points, and a line for each publisher."""
    scale = picture.scale
    values = [
        {
            "day": value.day.isoformat(),
            "value": value.value / scale.divisor,
            "Who": value.name,
            "Said": f"{scale.text(value.value)} in {value.day.year}",
            "Kind": {"actual": "counted or metered", "estimate": "estimated"}[value.kind],
        }
        for value in picture.history.values
    ]
    encoding = {"x": horizontal, "y": y_axis("value", domain), "detail": {"field": "Who", "type": "nominal"}}
    line = {"type": "line", "strokeWidth": 1.4, "color": colours.text, "opacity": 0.75}
    yield {"data": {"values": values}, "mark": line, "encoding": encoding}
    yield {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "size": 34, "color": colours.text, "opacity": 1},
        "encoding": encoding | {"tooltip": fields("Who", "Said", "Kind")},
    }


def today(picture: Picture, horizontal: Spec, colours: Colours) -> Iterator[Spec]:
    """A line at the day of the figures."""
    day = picture.reading.edition.data_as_of
    first, last = picture.span
    left = (day - first).days > CROWDED * (last - first).days
    rows = [
        {"day": day.isoformat(), "text": f"known to {day:%b %Y}" if picture.narrow else f"known to {day_text(day)}"}
    ]
    yield {
        "data": {"values": rows},
        "mark": {"type": "rule", "strokeDash": [2, 3], "color": colours.text},
        "encoding": {"x": horizontal},
    }
    yield {
        "data": {"values": rows},
        "mark": {
            "type": "text",
            "align": "right" if left else "left",
            "dx": -5 if left else 5,
            "baseline": "top",
            "fontSize": 12,
            "color": colours.muted,
        },
        "encoding": {"x": horizontal, "y": {"value": 2}, "text": {"field": "text"}},
    }


def marker(picture: Picture, horizontal: Spec, colours: Colours) -> Iterator[Spec]:
    """The period asked about."""
    if picture.marked is None:
        return
    period = Period(picture.marked.period, picture.reading.query.freq)
    end = picture.reading.cell.timing is Timing.END
    text = f"end of {period.label}" if end else period.label
    rows = [{"day": picture.day(period.start).isoformat(), "text": text}]
    yield {
        "data": {"values": rows},
        "mark": {"type": "rule", "strokeWidth": 1.6, "color": colours.text},
        "encoding": {"x": horizontal, "y": {"value": 24}},
    }
    # In a narrow picture the day of the figures is near, and its text stands to the left.
    beside = {"align": "left", "dx": -8} if picture.narrow else {}
    name = {"type": "text", "fontWeight": 600, "fontSize": 12, "color": colours.text, "baseline": "bottom", **beside}
    yield {
        "data": {"values": rows},
        "mark": name,
        "encoding": {"x": horizontal, "y": {"value": 22}, "text": {"field": "text"}},
    }


def other_layers(picture: Picture, horizontal: Spec, domain: tuple[float, float], colours: Colours) -> Iterator[Spec]:
    """Points of others, which are named on hover and, in a page, by keyboard."""
    scale = picture.scale
    rows: list[Row] = []
    for year, item in picture.others:
        middle = (item.converted or {})["0.5"]
        rows.append(
            {
                "day": picture.day(year.period).isoformat(),
                "value": middle / scale.divisor,
                "Who": f"{item.line.figure.publisher}, {item.line.figure.edition}",
                "Says": f"{scale.text(middle)} in {year.period.year}",
                "Kind": FAMILIES[item.line.figure.family],
            }
        )
    rows = [row for row in rows if domain[0] <= row["value"] <= domain[1]]
    if not rows:
        return
    names = [name for name in FAMILIES.values() if any(row["Kind"] == name for row in rows)]
    orient = "bottom" if picture.narrow else "top-left"
    legend = {"orient": orient, "title": "Other forecasts", "labelLimit": 0, "columns": 1}
    yield {
        "name": "others",
        "data": {"values": rows},
        "mark": {
            "type": "point",
            "filled": True,
            "size": 52,
            "opacity": 1,
            "color": colours.other,
            "stroke": colours.page,
            "strokeWidth": 1,
        },
        "encoding": {
            "x": horizontal,
            "y": y_axis("value", domain),
            "shape": {
                "field": "Kind",
                "type": "nominal",
                "scale": {"domain": names, "range": ["circle", "diamond"][: len(names)]},
                "legend": legend,
            },
            "tooltip": fields("Who", "Says", "Kind"),
        },
    }


def line_names(picture: Picture, domain: tuple[float, float], horizontal: Spec, colours: Colours) -> Iterator[Spec]:
    """The lines' names beside their ends, apart from each other."""
    point, scale = picture.reading.points[-1], picture.scale
    lines = [(point.demand["0.5"] / scale.divisor, picture.need, colours.demand)]
    if point.supply is not None:
        lines.append((point.supply["0.5"] / scale.divisor, picture.met, colours.supply))
    if point.expected is not None:
        lines.append((point.expected["0.5"] / scale.divisor, "expected of it", colours.gap))
    least = APART * (domain[1] - domain[0])
    height, below = 0.0, None
    for value, name, colour in sorted(lines):
        height = value if below is None else max(value, below + least)
        height = min(height, domain[1])
        below = height
        yield {
            "data": {"values": [{"day": picture.day(point.period).isoformat(), "value": height, "name": name}]},
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 7,
                "fontSize": 13,
                "fontWeight": 600,
                "color": colour,
            },
            "encoding": {"x": horizontal, "y": y_axis("value", domain), "text": {"field": "name"}},
        }
    key = ["dark: half of futures", "light: 8 of 10"] if not picture.narrow else ["dark: half", "light: 8 of 10"]
    yield {
        "data": {"values": [{"day": picture.day(point.period).isoformat()}]},
        "mark": {"type": "text", "align": "left", "dx": 7, "fontSize": 11, "color": colours.muted, "text": key},
        "encoding": {"x": horizontal, "y": {"value": {"expr": "height - 74"}}},
    }
