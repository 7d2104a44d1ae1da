"""The marks that panels are made of: axes, bands, lines, and the rule that tells a period on hover."""

from collections.abc import Sequence
from typing import Any

from service.pages.charts.picture import Picture, Row
from service.pages.charts.style import Colours

Spec = dict[str, Any]


def time_axis(picture: Picture, *, labels: bool = True) -> Spec:
    """The horizontal scale of time, the same in every panel."""
    first, last = picture.span
    return {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc", "domain": [first.isoformat(), last.isoformat()], "nice": False},
        "axis": {
            "values": picture.ticks,
            "format": "%Y",
            "title": None,
            "labels": labels,
            "labelOverlap": True,
            "grid": False,
            "labelFlush": False,
        },
    }


def y_axis(field: str, domain: tuple[float, float], **axis: object) -> Spec:
    """A vertical scale that ends where the domain does."""
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": {"tickCount": 5, **axis},
    }


def panel(title: str, subtitle: str, height: int, layers: list[Spec], rows: Sequence[Row]) -> Spec:
    """A panel with a heading."""
    return {
        "title": {"text": title, "subtitle": subtitle},
        "height": height,
        "data": {"values": list(rows)},
        "layer": layers,
    }


def band_layers(name: str, horizontal: Spec, domain: tuple[float, float], colour: str) -> list[Spec]:
    """Eight futures of ten, and half of them in a darker tone."""
    return [
        {
            "mark": {"type": "area", "opacity": opacity, "color": colour, "clip": True},
            "encoding": {"x": horizontal, "y": y_axis(f"{name}_{low}", domain), "y2": {"field": f"{name}_{high}"}},
        }
        for low, high, opacity in (("q10", "q90", 0.14), ("q25", "q75", 0.22))
    ]


def line(
    field: str,
    horizontal: Spec,
    domain: tuple[float, float],
    colour: str,
    *,
    width: float = 2.6,
    dash: list[int] | None = None,
) -> Spec:
    """One line, cut off where the scale ends."""
    mark: Spec = {"type": "line", "strokeWidth": width, "color": colour, "clip": True}
    if dash is not None:
        mark["strokeDash"] = dash
    return {"mark": mark, "encoding": {"x": horizontal, "y": y_axis(field, domain)}}


def hover(row: Row, horizontal: Spec) -> Spec:
    """A broad invisible rule at every period that tells all of it."""
    shown = [name for name in row if name[0].isupper()]
    return {
        "mark": {"type": "rule", "strokeWidth": 26, "opacity": 0.0},
        "encoding": {"x": horizontal, "tooltip": fields(*shown)},
    }


def fields(*names: str) -> list[Spec]:
    """What is told on hover."""
    return [{"field": name, "type": "nominal"} for name in names]


def row_names(y: Spec, colours: Colours, *, field: str = "row") -> list[Spec]:
    """The name of every row above its marks, over a copy in the colour of the page, so that no line runs through it."""
    return [
        {
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "bottom",
                "dy": -7,
                "fontSize": 11,
                "limit": 0,
                **paint,
            },
            "encoding": {"x": {"value": 4}, "y": y, "text": {"field": field, "type": "nominal"}},
        }
        for paint in ({"color": colours.page, "stroke": colours.page, "strokeWidth": 4}, {"color": colours.text})
    ]
