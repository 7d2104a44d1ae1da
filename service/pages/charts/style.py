"""What every chart shares: colours of a page, fonts and axes, and a panel that says why there is nothing to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from data.base.layers import Timing, UnitKind
from projection.edition.edition import Edition
from service.base.response import Recalled
from service.pages.words import day_text

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH = 760
NARROW = 380
PADDING = 8
LETTER = 7
"""Pixels of a letter of a subtitle, and a little more."""
HEADING = 84
"""Height of a single panel's title, subtitle and axis of years."""
AXIS = 44
"""Room left of every panel, so that their periods stand below each other."""
TIMING = {Timing.END: "at the period's end", Timing.AVERAGE: "average of the period", Timing.TOTAL: "over the period"}
KINDS = {
    UnitKind.BIT8: "counted at 8 bits",
    UnitKind.BIT16: "counted at 16 bits",
    UnitKind.FACILITY_AVERAGE: "average draw of facilities",
    UnitKind.FACILITY_PEAK: "peak draw of facilities",
    UnitKind.FACILITY_TOTAL: "use of facilities",
    UnitKind.ACCREDITED: "capacity that counts at the peak",
    UnitKind.INSTALLED: "installed",
}


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours that keep 3:1 contrast for marks and 4.5:1 for text on their page (WCAG 2.2)."""

    page: str
    demand: str
    supply: str
    gap: str
    other: str
    text: str
    muted: str
    grid: str


THEMES = {
    "light": Colours("#ffffff", "#c2410c", "#0b6bb8", "#6d3fb0", "#0f766e", "#1b1f24", "#57606a", "#d8dee4"),
    "dark": Colours("#0d1117", "#ff9d5c", "#62b4ff", "#c3a3f7", "#4fd1c5", "#e6edf3", "#9aa5b1", "#30363d"),
}


class VegaLite(BaseModel):
    """A Vega-Lite 6 specification with its data."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    schema_url: str = Field(alias="$schema", examples=[SCHEMA])
    vconcat: list[dict[str, Any]] = Field(
        default=[],
        description="Panels below each other; of a single panel the document is the panel itself.",
        examples=[[{"mark": "line", "data": {"name": "bands"}}]],
    )


def about(edition: Edition, **shown: str) -> dict[str, Any]:
    """What a chart says of itself: the edition it is read off, whether that was recalled, and what is shown."""
    recalled = edition.recalled and Recalled.of(edition.recalled).model_dump(mode="json")
    return {"edition": edition.id, "recalled": recalled, **shown}


def size(name: str) -> int:
    """Pixels a picture is wide: for a page, or for a telephone."""
    return NARROW if name == "narrow" else WIDTH


def burnt_in(edition: Edition, *, width: int) -> list[str]:
    """What a picture that is taken away says of its origin, in lines that fit its width."""
    recalled = "recalled " if edition.recalled else ""
    parts = [f"Headroom, {recalled}edition {edition.id}", f"figures known on {day_text(edition.data_as_of)}"]
    return parts if width < WIDTH else [", ".join(parts)]


def document(
    panels: Sequence[dict[str, Any]],
    *,
    width: int,
    colours: Colours,
    exact: bool = False,
    heading: int = HEADING,
    **rest: Any,  # noqa: ANN401 - any JSON
) -> dict[str, Any]:
    """A whole specification of panels below each other, or of the first alone, drawn to an exact size.

    Args:
        panels: each with a title, a height and layers or a mark.
        width: of the picture, pixels.
        colours: of the page it stands on.
        exact: whether the first is drawn alone.
        heading: height of its title, subtitle, legend and axis together.
        rest: further keys.
    """
    whole = {"$schema": SCHEMA, **rest, "config": config(colours), "padding": PADDING}
    if exact:
        panel = panels[0]
        height = panel["height"] + heading
        fit = {"type": "fit", "contains": "padding"}
        return whole | panel | {"width": width, "height": height, "autosize": fit}
    inside = width - AXIS - 2 * PADDING
    return whole | {
        "vconcat": [{**panel, "width": inside} for panel in panels],
        "spacing": 18,
        "resolve": {"scale": {"color": "independent"}},
    }


def message(sentence: str, colours: Colours, *, width: int = WIDTH) -> dict[str, Any]:
    """A panel that says why there is nothing to draw."""
    lines: list[str] = [""]
    for word in sentence.split():
        if len(lines[-1]) + len(word) > width // 9:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    mark = {"type": "text", "fontSize": 13, "color": colours.muted, "text": lines, "align": "center"}
    heading = {"text": "No answer", "subtitle": ""}
    return {"title": heading, "height": 40 + 18 * len(lines), "data": {"values": [{}]}, "mark": mark}


def config(colours: Colours) -> dict[str, Any]:
    """Fonts, axes and colours of every chart."""
    font = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
    text = {"labelColor": colours.muted, "titleColor": colours.text, "labelFontSize": 12}
    return {
        "background": colours.page,
        "font": font,
        "view": {"stroke": None},
        "axis": {**text, "gridColor": colours.grid, "domainColor": colours.muted, "tickColor": colours.muted},
        "axisX": {"grid": False, "tickSize": 4},
        "axisY": {"minExtent": AXIS, "maxExtent": AXIS},
        "legend": {"labelColor": colours.text, "titleColor": colours.muted, "labelFontSize": 12, "titleFontSize": 12},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": colours.text,
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleColor": colours.muted,
            "subtitleFontSize": 12,
            "offset": 8,
        },
        "area": {"interpolate": "linear"},
    }
