"""Figures that stand beside an answer because they are known and enter no draw, or enter it through an assumption."""

from datetime import timedelta
from typing import Any

from data.base.layers import Layer
from features.storage.market import CHINA, FLASH, PROXIES, SHIPMENTS, Fact, Reading, facts, market, newest
from features.view import View
from projection.cells.paths import WORLD
from projection.edition.names import cell_name

YEAR = 4
"""Figures of shipments that each source of each maker stands with: a year of quarters."""
OLD = timedelta(days=3 * 366)
"""Age, from the end of its period to the day, after which a figure of shipments no longer stands there."""


def beside(view: View) -> dict[str, dict[str, Any]]:
    """By the name of a cell: its ``figures`` with what each is about, and its ``tightness`` where there is one."""
    shipped = [fact for fact in facts(view, SHIPMENTS) if view.as_of - fact.period.end < OLD]
    about = {"shipments": newest(shipped, each=YEAR), "proxies": newest(facts(view, PROXIES))}
    about["flash"] = facts(view, FLASH)
    world = [_fact(fact, about=name) for name, group in about.items() for fact in group]
    china = [_fact(fact, about="installed") for fact in facts(view, CHINA)]
    market_index = market(view)
    tightness = {
        "index": market_index.index,
        "groups": market_index.groups,
        "readings": [_reading(reading) for reading in market_index.readings],
    }
    return {
        cell_name(WORLD, Layer.STORAGE): {"figures": world, "tightness": tightness if market_index.readings else None},
        cell_name("CN", Layer.STORAGE): {"figures": china, "tightness": None},
    }


def _fact(fact: Fact, *, about: str) -> dict[str, Any]:
    return {
        "about": about,
        "series_id": fact.series_id,
        "period": fact.period.start.isoformat(),
        "freq": fact.period.freq.value,
        "value": fact.value,
        "low": fact.low,
        "high": fact.high,
        "unit": fact.unit,
        "kind": fact.kind,
        "source_id": fact.source,
        "published": None if fact.published is None else fact.published.isoformat(),
    }


def _reading(reading: Reading) -> dict[str, Any]:
    against = reading.against
    return _fact(reading.fact, about=reading.group) | {
        "direction": reading.direction,
        "against": None if against is None else _fact(against, about=reading.group),
        "counts": reading.counts,
    }
