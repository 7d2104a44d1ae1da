"""The panels of a gap: need against what gets built, the growth behind it, the gap itself, and its chance."""

from collections.abc import Iterator

from data.periods.period import Frequency, Period
from service.pages.charts.annotations import HEIGHT as NEED_HEIGHT
from service.pages.charts.annotations import history_layers, line_names, marker, other_layers, today
from service.pages.charts.marks import Spec, band_layers, hover, line, panel, time_axis, y_axis
from service.pages.charts.picture import LEVELS, MARGIN, Picture, Row, band_text, cap, floor, need_rows
from service.pages.charts.style import Colours

HEIGHT = {"need": NEED_HEIGHT, "growth": 170, "gap": 190, "chance": 110}


def panels(picture: Picture, colours: Colours) -> dict[str, Spec]:
    """The panels there are, by name, each with its rows."""
    rows = need_rows(picture)
    by_name = {"need": _need(picture, rows, colours)}
    if any(point.growth for point in picture.reading.points):
        by_name["growth"] = _growth(picture, colours)
    if any(point.gap is not None for point in picture.reading.points):
        by_name |= {"gap": _gap(picture, rows, colours), "chance": _chance(picture, rows, colours)}
    return by_name


def _need(picture: Picture, rows: list[Row], colours: Colours) -> Spec:
    domain = (floor(picture), cap(picture))
    horizontal = time_axis(picture)
    layers = band_layers("demand", horizontal, domain, colours.demand)
    if picture.reading.points[0].supply is not None:
        layers += _supply_layers(horizontal, domain, colours)
    if picture.reading.points[0].expected is not None:
        layers.append(line("expected_q50", horizontal, domain, colours.gap))
    layers.append(line("demand_q50", horizontal, domain, colours.demand))
    if picture.shows_history:
        layers += history_layers(picture, horizontal, domain, colours)
    layers += today(picture, horizontal, colours)
    layers += marker(picture, horizontal, colours)
    layers += other_layers(picture, horizontal, domain, colours)
    layers.append(hover(rows[0], horizontal))
    layers += line_names(picture, domain, horizontal, colours)
    title = f"{picture.need.capitalize()} against {picture.met}" if "supply_q50" in rows[0] else "What is needed"
    return panel(title, picture.unit_words, HEIGHT["need"], layers, rows)


def _supply_layers(horizontal: Spec, domain: tuple[float, float], colours: Colours) -> list[Spec]:
    edges = [
        line(f"supply_{level}", horizontal, domain, colours.supply, width=1.2, dash=[5, 4]) for level in ("q10", "q90")
    ]
    return [*edges, line("supply_q50", horizontal, domain, colours.supply)]


def _growth(picture: Picture, colours: Colours) -> Spec:
    """Growth of all generation beside that of data centers: no part of the gap, and said to be none."""
    rows: list[Row] = []
    names = {"generation": ("all generation", colours.supply), "data_centers": ("data centers", colours.demand)}
    scale = picture.scale
    for point in picture.reading.points:
        if point.growth is None:
            continue
        row: Row = {
            "day": picture.day(point.period).isoformat(),
            "Period": Period(point.period, picture.reading.query.freq).label,
        }
        for key, (name, _) in names.items():
            band = point.growth[key]
            row |= {f"{key}_{short}": band[level] / scale.divisor for short, level in LEVELS.items()}
            row[name.capitalize()] = band_text(band, scale)
        rows.append(row)
    edges = [row[f"{key}_{level}"] for row in rows for key in names for level in ("q10", "q90")]
    domain = min(0.0, *edges) * MARGIN, max(edges) * MARGIN
    horizontal = time_axis(picture)
    layers: list[Spec] = []
    for key, (name, colour) in names.items():
        layers += band_layers(key, horizontal, domain, colour)
        layers.append(line(f"{key}_q50", horizontal, domain, colour))
        end = {"day": rows[-1]["day"], "value": rows[-1][f"{key}_q50"], "name": name}
        layers.append(
            {
                "data": {"values": [end]},
                "mark": {"type": "text", "align": "left", "dx": 7, "fontSize": 12, "fontWeight": 600, "color": colour},
                "encoding": {"x": horizontal, "y": y_axis("value", domain), "text": {"field": "name"}},
            }
        )
    layers.append(hover(rows[0], horizontal))
    since = f"{scale.unit} a year, since {picture.reading.edition.base_year}; shown beside the gap, and no part of it"
    return panel("Growth of all generation and of data centers", since, HEIGHT["growth"], layers, rows)


def _gap(picture: Picture, rows: list[Row], colours: Colours) -> Spec:
    shown = [point for point in picture.reading.points if point.gap is not None]
    near = [point for point in shown if point.period <= picture.near] or shown[:1]
    middles = [point.gap["0.5"] for point in shown if point.gap]
    edges = [point.gap[level] for point in (shown if picture.whole else near) for level in ("0.1", "0.9") if point.gap]
    divisor = picture.scale.divisor
    low, high = min(0.0, *middles, *edges) / divisor * 1.15, max(0.0, *middles, *edges) / divisor * 1.15
    domain = low, high
    horizontal = time_axis(picture)
    zero = {
        "data": {"values": [{"value": 0}]},
        "mark": {"type": "rule", "color": colours.text, "strokeWidth": 1.2},
        "encoding": {"y": y_axis("value", domain)},
    }
    layers = [
        *band_layers("gap", horizontal, domain, colours.gap),
        line("gap_q50", horizontal, domain, colours.gap),
        zero,
        *marker(picture, horizontal, colours),
        *_sides(picture, domain, horizontal, colours),
        hover(rows[0], horizontal),
    ]
    title = f"The gap: {picture.need} less {picture.met}"
    words = f"{picture.scale.unit}, taken in every future for itself; above zero is short"
    return panel(title, words, HEIGHT["gap"], layers, rows)


def _sides(picture: Picture, domain: tuple[float, float], horizontal: Spec, colours: Colours) -> Iterator[Spec]:
    """Which side of zero is which."""
    day = picture.day(picture.reading.points[-1].period).isoformat()
    for name, sign in (("short", 1), ("to spare", -1)):
        value = sign * 0.1 * (domain[1] - domain[0])
        if domain[0] <= value <= domain[1]:
            yield {
                "data": {"values": [{"day": day, "value": value, "name": name}]},
                "mark": {"type": "text", "align": "left", "dx": 7, "fontSize": 12, "color": colours.muted},
                "encoding": {"x": horizontal, "y": y_axis("value", domain), "text": {"field": "name"}},
            }


def _chance(picture: Picture, rows: list[Row], colours: Colours) -> Spec:
    horizontal = time_axis(picture)
    y = y_axis("short", (0.0, 100.0), values=[0, 50, 100])
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": 3, "color": colours.gap, "opacity": 0.5},
            "encoding": {"x": horizontal, "y": y, "y2": {"datum": 0}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "color": colours.gap, "opacity": 1},
            "encoding": {"x": horizontal, "y": y},
        },
        hover(rows[0], horizontal),
    ]
    if picture.reading.query.freq is Frequency.YEAR:
        layers.append(
            {
                "mark": {"type": "text", "dy": -11, "color": colours.text, "fontSize": 12},
                "encoding": {
                    "x": horizontal,
                    "y": y,
                    "text": {"field": "short", "type": "quantitative", "format": ".0f"},
                },
            }
        )
    return panel("Chance of a shortage", "futures of 100 in which it falls short", HEIGHT["chance"], layers, rows)
