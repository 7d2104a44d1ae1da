"""``/v1/series``: the catalogue and the observations behind it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.catalogue.catalogue import SeriesInfo
from data.catalogue.observations import KINDS
from data.periods.period import Frequency
from data.store.store import Rule, Store
from service import parameters, shapes
from service.cursors import page
from service.desk import Desk
from service.openapi import documented

ROW_KEY = ("freq", "period", "source_id", "scenario", "published", "kind")
COLUMNS = tuple(shapes.Observation.model_fields)


def item(info: SeriesInfo) -> dict[str, Any]:
    """One series as JSON."""
    return {
        "series_id": info.series_id,
        "region": info.region,
        "metric": info.metric,
        "unit": info.unit,
        "freqs": list(info.freqs),
        "sources": list(info.sources),
        "scenarios": [name for name in info.scenarios if name],
        "kinds": list(info.kinds),
        "first": info.first.isoformat(),
        "last": info.last.isoformat(),
        "n": info.n,
        "observed": info.observed,
        "table": info.table,
        "distrust": info.distrust,
        "title": info.title,
        "definition": info.definition,
        "crypto": info.crypto.value,
        "enterprise": info.enterprise.value,
        "behind_the_meter": info.behind_the_meter.value,
        "power_basis": info.power_basis.value,
        "h100e_basis": info.h100e_basis.value,
        "support": info.support.value,
        "publishers": list(info.publishers),
        "licences": list(info.licences),
        "attribution": list(info.attribution),
        "release_lag_days": info.release_lag_days,
        "private": info.private,
    }


def catalogue(known: Sequence[SeriesInfo], values: Mapping[str, str]) -> dict[str, Any]:
    """A page of the series that pass every filter, by id; raises :class:`data.base.errors.InvalidParameter`."""
    filters: dict[str, str] = {}
    defined = {"region": parameters.SERIES_REGIONS, "metric": parameters.METRICS}
    for name, described in defined.items():
        if name in values:
            allowed = sorted({*described, *(getattr(info, name) for info in known)})
            filters[name] = parameters.choice(name, values[name], allowed)
    if "kind" in values:
        filters["kind"] = parameters.choice("kind", values["kind"], KINDS)
    words = values.get("q", "").casefold().split()
    rows = [
        info
        for info in known
        if filters.get("region", info.region) == info.region
        and filters.get("metric", info.metric) == info.metric
        and ("kind" not in filters or filters["kind"] in info.kinds)
        and all(word in f"{info.series_id} {info.title} {info.metric} {info.unit}".casefold() for word in words)
    ]
    items, following = page(
        rows,
        key=lambda info: (info.series_id,),
        query=f"series?{sorted(filters.items())}&q={' '.join(words)}",
        cursor=values.get("cursor"),
        limit=parameters.limit(values),
    )
    return {"items": [item(info) for info in items], "next": following}


def observations(store: Store, info: SeriesInfo, values: Mapping[str, str], *, today: date) -> dict[str, Any]:
    """A page of what was known of a series on a day; raises :class:`data.base.errors.InvalidParameter`."""
    series_id = info.series_id
    day = parameters.exact_day("as_of", values["as_of"]) if "as_of" in values else today
    rule = Rule(parameters.choice("rule", values.get("rule", "strict"), list(Rule)))
    history = parameters.choice("include_history", values.get("include_history", "false"), ("false", "true"))
    freq = parameters.choice("freq", values["freq"], list(Frequency)) if "freq" in values else None
    frame = store.as_of(day, rule=rule) if history == "true" else store.latest(day, rule=rule)
    frame = frame.filter(pl.col("series_id") == series_id)
    seen = frame.height
    if freq is not None:
        frame = frame.filter(pl.col("freq") == freq)
    rows = [_row(row) for row in frame.select(*COLUMNS).iter_rows(named=True)]
    rows.sort(key=_key)
    items, following = page(
        rows,
        key=_key,
        query=f"{series_id}?as_of={day}&rule={rule}&history={history}&freq={freq or ''}",
        cursor=values.get("cursor"),
        limit=parameters.limit(values),
    )
    return {
        "series_id": series_id,
        "unit": info.unit,
        "as_of": day.isoformat(),
        "rule": rule.value,
        "reason": None if rows else _nothing(store, info, day, rule, seen=seen, today=today),
        "items": items,
        "next": following,
    }


def _nothing(store: Store, info: SeriesInfo, day: date, rule: Rule, *, seen: int, today: date) -> str:
    """Why nothing is listed: another frequency was asked for, or a day before anything was known."""
    if seen:
        return f"It has no figures of that frequency; it has {', '.join(info.freqs)}."
    known = store.as_of(today, rule=Rule.STRICT).filter(pl.col("series_id") == info.series_id)
    days = known["published"].drop_nulls().sort().to_list()
    since = f"; its first figure was published on {days[0]}" if rule is Rule.STRICT and days else ""
    return f"Nothing of it was known on {day} by the rule {rule.value}{since}."


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Blank text becomes null, days become ISO dates."""
    return {
        name: value.isoformat() if isinstance(value, date) else (None if value == "" else value)
        for name, value in row.items()
    }


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name] or "") for name in ROW_KEY)


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["figures"])

    @routes.get(
        "/v1/series",
        operation_id="listSeries",
        summary="Series of the catalogue",
        **documented(
            shapes.SeriesList,
            parameters=parameters.SERIES,
        ),
    )
    def listing(request: Request) -> Response:
        """Every series by id, filtered by region, metric, kind and words."""
        values = parameters.read(request, parameters.SERIES)
        canonical = "&".join(f"{name}={values[name]}" for name in sorted(values))
        moment = desk.moment()
        return desk.give(
            request,
            moment,
            kind="series",
            canonical=canonical,
            build=lambda: catalogue(moment.grounds.known.all(), values),
        )

    @routes.get(
        "/v1/series/{series_id}",
        operation_id="getSeries",
        summary="One series",
        **documented(shapes.SeriesItem, errors=("not_found",)),
    )
    def one(series_id: str, request: Request) -> Response:
        """What one series counts, by whose definition, and what is known of it: unit, sources, licence, span."""
        parameters.read(request, parameters.NONE)
        moment = desk.moment()
        return desk.give(
            request, moment, kind="one", canonical=series_id, build=lambda: item(moment.grounds.known.get(series_id))
        )

    @routes.get(
        "/v1/series/{series_id}/observations",
        operation_id="listObservations",
        summary="Figures of one series, as known on a day",
        **documented(
            shapes.ObservationList,
            parameters=parameters.OBSERVATIONS,
            errors=("not_found",),
        ),
    )
    def figures(series_id: str, request: Request) -> Response:
        """The last vintage visible on a day, or every vintage, by frequency, period, source and scenario."""
        values = parameters.read(request, parameters.OBSERVATIONS)
        canonical = "&".join(f"{name}={values[name]}" for name in sorted(values))
        moment = desk.moment()
        return desk.give(
            request,
            moment,
            kind="observations",
            canonical=f"{series_id}?{canonical}",
            build=lambda: observations(
                moment.grounds.store, moment.grounds.known.get(series_id), values, today=moment.today
            ),
        )

    return routes
