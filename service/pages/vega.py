"""What every chart shares: colours of a page, fonts and axes, and a panel that says why there is nothing to draw."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from data.base.layers import Timing, UnitKind
from projection.edition.edition import Cell, Edition
from service.base.response import Recalled

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH = 760
AXIS = 44
"""Room left of every panel, so that their periods stand below each other."""
TIMING = {Timing.END: "at period end", Timing.AVERAGE: "average", Timing.TOTAL: "over the period"}
KINDS = {
    UnitKind.BIT8: "8-bit dense",
    UnitKind.BIT16: "16-bit dense",
    UnitKind.FACILITY_AVERAGE: "facility average",
    UnitKind.FACILITY_PEAK: "facility peak",
    UnitKind.FACILITY_TOTAL: "facility total",
    UnitKind.ACCREDITED: "accredited",
    UnitKind.INSTALLED: "installed",
}


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours that keep 3:1 contrast for marks and 4.5:1 for text on their page (WCAG 2.2)."""

    page: str
    demand: str
    supply: str
    gap: str
    text: str
    muted: str
    grid: str


THEMES = {
    "light": Colours("#ffffff", "#c2410c", "#0b6bb8", "#6d3fb0", "#1b1f24", "#57606a", "#d8dee4"),
    "dark": Colours("#0d1117", "#ff9d5c", "#62b4ff", "#c3a3f7", "#e6edf3", "#9aa5b1", "#30363d"),
}


class VegaLite(BaseModel):
    """A Vega-Lite 6 specification with its data."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    schema_url: str = Field(alias="$schema", examples=[SCHEMA])
    vconcat: list[dict[str, Any]] = Field(examples=[[{"mark": "line", "data": {"name": "bands"}}]])


def about(edition: Edition, cell: Cell) -> dict[str, Any]:
    """What a chart says of itself: the edition it is read off, whether that was recalled, and the cell."""
    recalled = edition.recalled and Recalled.of(edition.recalled).model_dump(mode="json")
    return {"edition": edition.id, "recalled": recalled, "region": cell.region, "layer": cell.layer.value}


def message(sentence: str, colours: Colours, *, title: str = "Unavailable") -> dict[str, Any]:
    """A panel that says why there is nothing to draw."""
    words = sentence.split()
    lines: list[str] = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 80:  # noqa: PLR2004 - characters that fit the panel
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    mark = {"type": "text", "fontSize": 13, "color": colours.muted, "text": lines, "align": "center"}
    return {"width": WIDTH, "height": 90, "data": {"values": [{}]}, "mark": mark, "title": title}


def config(colours: Colours) -> dict[str, Any]:
    """Fonts, axes and colours of every chart."""
    font = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
    text = {"labelColor": colours.muted, "titleColor": colours.text, "labelFontSize": 12}
    return {
        "background": None,
        "font": font,
        "view": {"stroke": None},
        "axis": {**text, "gridColor": colours.grid, "domainColor": colours.muted, "tickColor": colours.muted},
        "axisX": {"grid": False},
        "axisY": {"minExtent": AXIS, "maxExtent": AXIS},
        "legend": {"labelColor": colours.text, "labelFontSize": 13},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": colours.text,
            "fontSize": 13,
            "fontWeight": 600,
            "subtitleColor": colours.muted,
            "subtitleFontSize": 12,
            "offset": 8,
        },
        "area": {"interpolate": "linear"},
    }
