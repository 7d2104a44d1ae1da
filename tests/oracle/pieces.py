"""Common pieces: time, laws of life, lags, growth, and capex. Section 12, *Time*, *Common pieces* and *Capex*."""

import numpy as np
from scipy.special import gamma

QUARTERS = 40
Y = np.arange(QUARTERS + 1) / 4
"""Years from the end of the base year to it and to each quarter's end."""
M = (np.arange(QUARTERS) + 0.5) / 4 + 0.5
"""Years from the middle of the base year to each quarter's middle."""
FORECAST = 8
"""Quarters that a forecast of shipments or capex is used for."""


def growth_integral(rate, years):
    """Years' worth that ``years`` bring at a rate that lasts."""
    return np.where(rate == 0, years, np.expm1(rate * years) / np.where(rate == 0, 1, rate))


def survival(mean, shape, ages):
    """Share left after ``ages`` in quarters, Weibull with a mean life in years."""
    scale = mean / gamma(1 + 1 / shape)
    return np.exp(-((ages / 4 / scale) ** shape))


def stock(flow, left):
    """Sum over ages of a flow times what is left at that age."""
    count = flow.shape[1]
    age = np.arange(count)[:, None] - np.arange(count)[None, :]
    return np.einsum("dks,ds->dk", np.where(age >= 0, left[:, np.abs(age)], 0.0), flow)


def late(flow, lag):
    """A flow, by a lag in quarters, (draw, 1), split between two quarters."""
    quarter = np.arange(flow.shape[1])
    whole = np.floor(lag).astype(int)

    def back(by):
        place = quarter - by
        return np.where(place >= 0, np.take_along_axis(flow, np.maximum(place, 0), axis=1), 0.0)

    return (1 - (lag - whole)) * back(whole) + (lag - whole) * back(whole + 1)


def decaying(start, long_run, half_life, years):
    """A rate on its way from ``start`` to ``long_run``."""
    return long_run + (start - long_run) * 2 ** (-years / half_life)


def spending_growth(v, count, gain=0.0):
    """Spending on accelerators over the last forecast quarter's, for ``count`` quarters; H100e with their gain."""
    middle = (np.arange(count) + 0.5) / 4
    rate = decaying(v["chip_spend_growth_after"], v["chip_spend_growth_long_run"], v["growth_half_life_years"], middle)
    return np.exp(np.cumsum((rate + gain) / 4, axis=1))


def guided(facts, v):
    """Draws of big-four capex by quarter, tied to the guidance of the guided year."""
    capex = facts.driver_paths["derived.world.hyperscaler_capex"]
    of_year = [path for quarter, path in capex.items() if quarter.start.year == facts.anchors.guided_year]
    if not of_year or not facts.anchors.guidance:
        return capex
    left = facts.anchors.guidance * v["capex_guidance_realised"] - facts.anchors.guided_reported
    return {quarter: path * np.maximum(left, 0) / sum(of_year) for quarter, path in capex.items()}


def capex(facts, v, since):
    """Capex from quarter ``since`` of the projection (negative before it) to its end, USD billion."""
    values = {facts.place(quarter): value + 0 * v["pue_ai"] for quarter, value in facts.anchors.capex.items()}
    forecast = list(guided(facts, v).items())[:FORECAST]
    values |= {facts.place(quarter): np.maximum(path, 0) for quarter, path in forecast}
    end = max(values)
    path = np.hstack([values[quarter] for quarter in range(min(since, end - 3), end + 1)])
    path = np.hstack([path, path[:, -4:].mean(axis=1, keepdims=True) * spending_growth(v, QUARTERS - 1 - end)])
    return path[:, -(QUARTERS - since) :]
