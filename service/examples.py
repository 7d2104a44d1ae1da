"""Documents shown in the API's documentation; a test holds each against its shape."""

from typing import Any

HEAD: dict[str, Any] = {
    "edition": "e-20261122-0a1b2c3d4e",
    "issued": "2026-11-23T12:00:00Z",
    "data_as_of": "2026-11-22",
    "withheld": [],
    "region": "US",
    "layer": "power",
    "unit": "GW",
    "unit_kind": "facility_peak",
    "timing": "end",
    "scenario": "base",
    "demand_concept": "equipment",
    "freq": "A",
    "status": "available",
    "confidence": "weak",
    "reason": None,
}
GAPS: dict[str, Any] = {
    **HEAD,
    "first_likely_short": "2031-01-01",
    "points": [
        {
            "period": "2028-01-01",
            "demand": {"0.1": 60.5, "0.5": 74.0, "0.9": 91.2},
            "supply": {"0.1": 61.9, "0.5": 72.6, "0.9": 84.3},
            "gap": {"0.1": -8.1, "0.5": 1.2, "0.9": 12.3},
            "p_short": 0.43,
            "expected_shortfall": 2.9,
            "p_above": {"0": 0.43, "10": 0.12},
            "p_short_by": 0.47,
            "plan_late": {"0.1": 0.0, "0.5": 0.08, "0.9": 0.31},
            "binding": None,
            "unconstrained": {"0.1": 62.0, "0.5": 77.1, "0.9": 96.0},
            "floor": {"name": "expert_hindcast_2026", "binds": False},
            "width_split": {
                "demand": {"nowcast": 0.2, "growth": 0.6, "conversion": 0.2},
                "supply": {"nowcast": 0.5, "growth": 0.4, "conversion": 0.1},
                "gap": {"nowcast": 0.3, "growth": 0.5, "conversion": 0.2},
            },
            "share_of_growth": None,
            "share_of_year_growth": None,
            "routes": {
                "unit_kind": "facility_average",
                "bands": {
                    "chips": {"0.1": 41.0, "0.5": 53.2, "0.9": 68.9},
                    "capex": {"0.1": 39.8, "0.5": 50.1, "0.9": 64.0},
                    "published": {"0.1": 38.2, "0.5": 48.0, "0.9": 60.4},
                    "sites": {"0.1": 40.3, "0.5": 50.9, "0.9": 61.1},
                },
                "disagreement": 0.05,
            },
            "stock": None,
        }
    ],
    "supply_pace": [],
    "tightness": None,
    "figures": [],
    "limits": [
        {
            "period": "2028-01-01",
            "p_power_not_limit": 0.41,
            "p_short": {"power": 0.43, "energy": 0.31, "firm": 0.36},
            "binding": {"power": 0.44, "chips": 0.56},
        }
    ],
    "sources": ["Epoch AI, Frontier Data Centers, five vintages to 3 August 2026 (CC BY 4.0)"],
    "notes": [
        "Three routes (chips, capex, publishers) are weighted in every draw; their disagreement is part of the width."
    ],
}
COMPARISON: dict[str, Any] = {
    **HEAD,
    "pool_months": 30,
    "points": [
        {
            "period": "2028-01-01",
            "ours": {"0.1": 60.5, "0.5": 74.0, "0.9": 91.2},
            "published": [
                {
                    "publisher": "LBNL",
                    "edition": "2026",
                    "published": "2026-06-18",
                    "series_id": "us.datacenter.electricity",
                    "source_id": "lbnl2026",
                    "family": "equipment",
                    "kind": "energy",
                    "what": None,
                    "basis": None,
                    "printed": {"unit": "TWh", "value": 464.0, "low": None, "high": None, "cases": {}},
                    "converted": {"0.1": 62.8, "0.5": 76.5, "0.9": 91.5},
                    "converted_ends": None,
                    "converted_cases": {},
                    "ratio": 1.03,
                    "position": 0.58,
                    "pooled": True,
                    "newest": True,
                    "why": None,
                }
            ],
            "pools": [
                {
                    "family": "equipment",
                    "publishers": ["LBNL", "McKinsey"],
                    "median": 75.4,
                    "low": 74.3,
                    "high": 76.5,
                    "ratio": 0.98,
                    "side": None,
                    "reason": None,
                }
            ],
            "facts": [
                "The expert floor decides the width of ours; it leaves the median where it was.",
            ],
        }
    ],
    "sources": GAPS["sources"],
    "notes": ["A pool is a median with its range; it is no interval."],
}
HEADLINE: dict[str, Any] = {
    **HEAD,
    "period": "2028-01-01",
    "text": (
        "At the end of 2028 the US is short of facility power with probability 0.43; the median gap is 1.2 GW "
        "(80 % band \u22128.1 to 12.3 GW)."
    ),
    "evidence": "The figures behind this are weak; the notes say where.",
}
CHART: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "vconcat": [{"mark": "line", "data": {"name": "bands"}}],
}
FORECAST: dict[str, Any] = {
    "series_id": "alphabet.capex_cash",
    "edition": "e-20261122-0a1b2c3d4e",
    "model_version": "m-20261122-5f6a7b8c9d",
    "issued": "2026-11-23T11:40:00Z",
    "data_as_of": "2026-11-22",
    "region": "WORLD",
    "layer": None,
    "unit": "USD_billion",
    "unit_kind": None,
    "timing": None,
    "scenario": None,
    "demand_concept": None,
    "freq": "Q",
    "status": "available",
    "confidence": "supported",
    "reason": None,
    "method": "ensemble",
    "n_scores": 24,
    "scores": [
        {
            "ahead": "year",
            "rule": "pseudo_vintage",
            "n": 24,
            "crps_scaled": 0.61,
            "mase": 0.83,
            "smape": 9.4,
            "coverage": {"50": 0.54, "80": 0.83, "95": 0.96},
        }
    ],
    "band_floor": None,
    "points": [{"period": "2026-04-01", "quantiles": {"0.1": 38.1, "0.5": 43.9, "0.9": 50.2}}],
    "sources": ["sec_capex_sanylee"],
    "notes": [],
}
OPEN_MODELS: dict[str, Any] = {
    "edition": "e-20261122-0a1b2c3d4e",
    "issued": "2026-11-23T12:00:00Z",
    "data_as_of": "2026-11-22",
    "withheld": [],
    "region": "CN",
    "layer": "models",
    "proxy": "pooled",
    "title": "Use of open models, proxies pooled",
    "definition": "Use of open models by country of the lab: every draw follows one of the proxies.",
    "unit": "share",
    "unit_kind": "open_model_use",
    "timing": "average",
    "scenario": "base",
    "freq": "Q",
    "status": "available",
    "confidence": "weak",
    "reason": None,
    "headline": "In 2027Q4 the share of models made in China in open-model use is above one half with probability "
    "0.51, with a median of 51.4 % (80 % band 12.1 to 88.8 %).",
    "points": [
        {
            "period": "2027-10-01",
            "shares": {"CN": {"0.1": 0.12, "0.5": 0.51, "0.9": 0.89}},
            "p_above": {"CN": {"0.5": 0.51}},
            "named": None,
            "p_above_named": None,
            "unnamed": None,
            "disagreement": {"medians_cn": {"router_open": 0.71, "derivatives": 0.39}, "log_odds_sd": 0.72},
            "months_beyond_last": 16,
            "scored": False,
            "huawei": {
                "part": {"0.1": 0.26, "0.5": 0.49, "0.9": 0.71},
                "h100e": {"0.1": 1.4e6, "0.5": 2.6e6, "0.9": 5.1e6},
                "served": {"0.1": 0.08, "0.5": 0.24, "0.9": 0.55},
                "trained": {"0.1": 0.02, "0.5": 0.09, "0.9": 0.29},
                "of_all_use": {"0.1": 0.02, "0.5": 0.1, "0.9": 0.33},
                "asked_over_held": {"0.1": 0.08, "0.5": 0.24, "0.9": 0.64},
                "rest_over_others": {"0.1": 0.6, "0.5": 1.1, "0.9": 2.3},
                "p_asks_more_than_held": 0.02,
                "p_rest_exceeds_others": 0.57,
            },
        }
    ],
    "evidence": [
        {
            "proxy": "router_open",
            "weight": 0.33,
            "title": "Tokens of open labs on a router",
            "first": "2026-01-01",
            "last": "2026-07-01",
            "observed": 7,
            "furthest_scored": 4,
            "pseudo_vintage": False,
            "series": ["cn.openrouter.token_share", "world.openrouter.closed_lab_share"],
            "scores": [
                {
                    "method": "state_space",
                    "n": 10,
                    "origins": 4,
                    "furthest": 4,
                    "energy": 0.079,
                    "crps_cn": 0.054,
                    "covered_80": 1.0,
                }
            ],
        }
    ],
    "sources": ["openrouter_2026_08"],
    "notes": ["Forecasts could be scored up to 4 months ahead; beyond that the width is that of named priors."],
}
SERIES: dict[str, Any] = {
    "series_id": "alphabet.capex_cash",
    "region": "WORLD",
    "metric": "capex_cash_ppe",
    "unit": "USD_billion",
    "freqs": ["Q"],
    "sources": ["sec_capex_sanylee"],
    "scenarios": [],
    "kinds": ["actual"],
    "first": "2012-01-01",
    "last": "2026-01-01",
    "n": 57,
    "observed": {"Q": 57},
    "table": "chips",
    "distrust": None,
    "title": "Capital expenditure in cash, quarter, Alphabet",
    "definition": "Cash Alphabet paid for property and equipment in the calendar quarter, gross and without finance "
    "leases, from its cash-flow statement; a flow for all purposes, not data centers alone.",
    "crypto": "not_applicable",
    "enterprise": "not_applicable",
    "behind_the_meter": "not_applicable",
    "power_basis": "not_applicable",
    "h100e_basis": "not_applicable",
    "support": "nonnegative",
    "publishers": ["sanylee-git/technical-signal-dashboard"],
    "licences": ["SEC data public domain; repository without licence (facts compiled)"],
    "attribution": [
        (
            "Source: sanylee-git/technical-signal-dashboard, hyperscaler_capex_quarterly.csv (SEC XBRL company facts), "
            "SEC data public domain; repository without licence (facts compiled)"
        )
    ],
    "release_lag_days": {"sec_capex_sanylee": 30},
    "private": False,
}
OBSERVATIONS: dict[str, Any] = {
    "series_id": "alphabet.capex_cash",
    "unit": "USD_billion",
    "as_of": "2026-11-23",
    "rule": "strict",
    "reason": None,
    "items": [
        {
            "freq": "Q",
            "period": "2026-01-01",
            "unit": "USD_billion",
            "value": 41.2,
            "low": None,
            "high": None,
            "kind": "actual",
            "scenario": None,
            "source_id": "sec_capex_sanylee",
            "published": "2026-04-29",
            "confidence": None,
            "note": None,
        }
    ],
    "next": None,
}
MANIFEST: dict[str, Any] = {
    "format": 1,
    "id": "e-20261122-0a1b2c3d4e",
    "issued": "2026-11-23T12:00:00Z",
    "data_as_of": "2026-11-22",
    "model_version": "m-20261122-5f6a7b8c9d",
    "seed": 20261123,
    "draws": 10000,
    "scenarios": ["base"],
    "identities": [
        {
            "name": "energy_is_power_times_hours",
            "states": "TWh of a quarter = average GW x its hours / 1,000.",
            "tolerance": 4.77e-07,
            "worst": 1.38e-07,
            "scenario": "base",
            "cell": "US|energy",
            "compared": 655360,
        }
    ],
    "files": {"cells.json": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    "withheld": [],
}
READY: dict[str, Any] = {
    "status": "ready",
    "edition": HEAD["edition"],
    "data_as_of": HEAD["data_as_of"],
    "champion": {"version": FORECAST["model_version"], "reason": None},
    "withheld": [],
    "skipped": [],
    "figures_seen": "2026-11-24T09:00:00Z",
    "stale": None,
}
REGION: dict[str, Any] = {"code": "US", "name": "United States", "level": "country", "answered": True}
LAYER: dict[str, Any] = {
    "layer": "power",
    "unit": "GW",
    "unit_kind": "facility_peak",
    "timing": "end",
    "demand": "peak facility draw of the equipment: chips and other IT, times PUE",
    "supply": "operating sites and the pipeline after plan realisation, times peak over nameplate",
}
SCENARIO: dict[str, Any] = {"scenario": "base", "title": "Base", "description": "Every assumption as listed."}
PROMOTION: dict[str, Any] = {
    "id": 3,
    "created": "2026-11-23T11:41:00Z",
    "kind": "keep",
    "champion": "m-20261122-5f6a7b8c9d",
    "previous": "m-20261122-5f6a7b8c9d",
    "candidate": "m-20261123-0a1b2c3d4e",
    "actor": "gate",
    "reason": "the gate keeps it out: sharpness, strict: 80 % bands are 1.31 times as wide as the champion's",
    "manifest_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "evidence": {"gate": {"passed": False, "checks": [{"name": "sharpness, strict", "passed": False}]}},
}
PROBLEM_KIND: dict[str, Any] = {
    "type": "/problems/invalid_parameter",
    "code": "invalid_parameter",
    "title": "Invalid parameter",
    "status": 422,
    "description": "A value is outside what is allowed.",
}


def _page(entry: dict[str, Any]) -> dict[str, Any]:
    return {"items": [entry], "next": None}


DESIGNER: dict[str, Any] = {
    "designer": "huawei_ascend",
    "region": "CN",
    "last": "2025Q4",
    "quarters": 4,
    "units": 800000.0,
    "h100e": 527856.0,
    "h100e_per_unit": 0.66,
    "watts_per_h100e": 947.0,
    "newest_at_16_bit": 1.0,
}
SCORE: dict[str, Any] = {
    "by": "Gartner",
    "source_id": "gartner2025",
    "series_id": "world.datacenter.electricity",
    "region": "WORLD",
    "layer": "energy",
    "unit": "TWh",
    "freq": "A",
    "period": "2025-01-01",
    "scenario": "base",
    "published": "2025-11-30",
    "horizon_years": 0.1,
    "point": 448.0,
    "low": None,
    "high": None,
    "kind": "projection",
    "derived": None,
    "state": "scored",
    "basis": "same series",
    "later": {
        "series_id": "world.datacenter.electricity",
        "low": 447.0,
        "middle": 465.6,
        "high": 485.0,
        "sources": ["gartner2026", "iea_kq2026"],
        "last_published": "2026-06-30",
    },
    "log_error": -0.0386,
    "inside": None,
    "crps_log": 0.0386,
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "GapAnswer": GAPS,
    "ComparisonAnswer": COMPARISON,
    "Headline": HEADLINE,
    "VegaLite": CHART,
    "ForecastAnswer": FORECAST,
    "OpenModelsAnswer": OPEN_MODELS,
    "SeriesItem": SERIES,
    "SeriesList": _page(SERIES),
    "ObservationList": OBSERVATIONS,
    "DesignerList": {"freq": "Q"} | _page(DESIGNER),
    "ScoreList": {
        "as_of": "2026-11-24",
        "counts": {"scored": 1, "pending": 0, "unmatched": 0},
        "skipped": [],
    }
    | _page(SCORE),
    "RegionList": _page(REGION),
    "LayerList": _page(LAYER),
    "ScenarioList": _page(SCENARIO),
    "PromotionList": _page(PROMOTION),
    "Manifest": MANIFEST,
    "Health": {"status": "ok"},
    "Ready": READY,
    "ProblemKind": PROBLEM_KIND,
}
"""One document of every shape a 200 carries, by the shape's name."""
