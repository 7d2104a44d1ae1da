"""Use of models by country in an edition: draws of every proxy, and what a scenario's assumptions make of them.

The edition keeps the shares as published parts, once for all scenarios, and the assumptions that base reads them with,
one number a draw. Whoever asks joins the two, so that bands, sums and the pool are of the same draws as every gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.periods.period import Frequency, Period
from features.open_models import LEFT_OUT, PROXIES, Origin, ProxyName
from projection.base.streams import keys, numbers
from projection.base.timeline import Timeline
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.dated import arrived
from projection.inputs.overrides import BASE, OverrideNormals, Scenario
from projection.open_models.share_paths import share_paths
from training.artifact.published import OpenModels, ProxyModel, Published

if TYPE_CHECKING:
    from projection.inputs.assumptions import Assumptions
    from projection.simulate.model_inputs import ModelInputs

FloatArray = NDArray[np.floating[Any]]
FRAME, DOCUMENT = "open_models.parquet", "open_models.json"
PICK = "pick"
LAST = date(2030, 10, 1)
"""The last quarter answered: beyond it only a prior would be left."""
UNNAMED_OF = {
    ProxyName.ROUTER_ALL: "router",
    ProxyName.ROUTER_OPEN: "router",
    ProxyName.DOWNLOADS_YEAR: "downloads",
    ProxyName.DERIVATIVES: "derivatives",
}
"""Whose assumptions say where a proxy's unnamed labs stand."""
CONCEPTS = {
    "router": (ProxyName.ROUTER_OPEN,),
    "downloads": (ProxyName.DOWNLOADS_YEAR, ProxyName.DOWNLOADS_TOTAL),
    "derivatives": (ProxyName.DERIVATIVES,),
}
"""What the pool weighs against each other, and the proxies that share a weight."""
ASSUMPTIONS = (
    *(f"open_{name}_unnamed_{country}" for name in CONCEPTS for country in ("cn", "us")),
    "open_downloads_elsewhere",
    *(f"open_weight_{name}" for name in CONCEPTS),
    "cn_models_served_on_huawei",
    "cn_models_trained_on_huawei",
    "cn_models_training_share",
    "cn_models_share_of_cn_compute",
    "huawei_use_follows_chips",
    "open_us_gain",
    "cn_models_barred",
    "cn_models_barred_from",
    "cn_models_barred_until",
    "cn_served_abroad",
    "cn_served_abroad_from",
    "cn_served_abroad_until",
)
"""Assumptions whose draws the model layer reads."""


def quarters(models: OpenModels, timeline: Timeline) -> list[Period]:
    """Quarters answered: from the first that no proxy has seen whole to the end of 2030 or of what is published."""
    after = max(Period(proxy.last, Frequency.MONTH) for proxy in models.proxies.values()).shift(1)
    first = max(Period.containing(after.start, Frequency.QUARTER), timeline.first)
    last = min(timeline.quarters[timeline.published_quarters - 1], Period(LAST, Frequency.QUARTER))
    return [first.shift(step) for step in range(first.steps_to(last) + 1)]


def files(
    published: Published, model_inputs: "ModelInputs", *, seed: int, draws: int
) -> dict[str, pl.DataFrame | dict[str, Any]]:
    """Files of an edition: draws of shares by proxy, part and quarter, what they are, and the assumptions of base.

    Where the version or its day carries no proxy, the document alone, with the reason.
    """
    try:
        models = published.open_models()
    except NotFound as error:
        return {DOCUMENT: {"reason": f"The model behind this edition is without shares of models: {error.remedy}."}}
    document: dict[str, Any] = {"missing": dict(models.missing), "left_out": LEFT_OUT, "reason": None}
    if not models.proxies:
        return {
            DOCUMENT: document | {"reason": f"What was known on {models.as_of} carries no share of use by country."}
        }
    periods = quarters(models, model_inputs.anchors.timeline)
    frame: dict[str, FloatArray] = {PICK: numbers(keys(seed, ["open_models/pick"])[0], 1, draws)[0]}
    for name, proxy in models.proxies.items():
        paths = share_paths(proxy, timing=PROXIES[ProxyName(name)].timing, quarters=periods, seed=seed, draws=draws)
        for row, period in enumerate(periods):
            # The last part is what the others leave, so that shares sum to one to the last bit.
            frame |= {column(name, part, period): paths[row, place] for place, part in enumerate(proxy.parts[:-1])}
    document |= {
        "quarters": [period.start.isoformat() for period in periods],
        "proxies": {name: _described(proxy) for name, proxy in models.proxies.items()},
        "priors": {name: dict(prior) for name, prior in models.priors.items()},
    }
    base = values(model_inputs.assumptions, BASE, seed=seed, draws=draws)
    return {FRAME: pl.DataFrame(frame), DOCUMENT: document, values_file(BASE.name): pl.DataFrame(dict(base))}


def values(
    assumptions: "Assumptions", scenario: Scenario, *, seed: int, draws: int, positions: NDArray[np.int64] | None = None
) -> Values:
    """Draws of the assumptions a scenario reads shares with, at some positions or the first."""
    latent = assumptions.latent(seed=seed, draws=draws, only=ASSUMPTIONS)
    of_scenario = assumptions.values(latent, scenario, OverrideNormals(seed, draws))
    by_name = {name: value_of(of_scenario, name) for name in ASSUMPTIONS}
    return cast("Values", by_name if positions is None else {name: z[positions] for name, z in by_name.items()})


def column(proxy: str, part: str, period: Period) -> str:
    """Name of a column of draws."""
    return f"{proxy}|{part}|{period.start}"


def values_file(scenario: str) -> str:
    """Name of the file that holds a scenario's draws of the assumptions of the model layer."""
    return f"open_models_{scenario}.parquet"


def _described(proxy: ProxyModel) -> dict[str, Any]:
    about = PROXIES[ProxyName(proxy.name)]
    return {
        "title": about.title,
        "definition": about.definition,
        "open_only": about.open_only,
        "timing": about.timing.value,
        "caveats": list(about.caveats),
        "parts": list(proxy.parts),
        "first": proxy.first.isoformat(),
        "last": proxy.last.isoformat(),
        "observed": proxy.observed,
        "scores": [{name: getattr(score, name) for name in type(score).__slots__} for score in proxy.scores],
        "furthest_scored": max((score.furthest for score in proxy.scores), default=0),
        "sources": list(proxy.sources),
        "series": list(proxy.series),
        "pseudo_vintage": proxy.pseudo_vintage,
    }


@dataclass(frozen=True)
class Shares:
    """Draws of one proxy or of the pool, (draw, quarter) each.

    Attributes:
        by_country: CN, US, OTHER and, where it is counted apart, EU; they sum to one in every draw.
        named: shares of labs the publisher names, by country: what is certain of them; None where all are named.
        unnamed: the share of the others.
    """

    by_country: Mapping[str, FloatArray]
    named: Mapping[str, FloatArray] | None = None
    unnamed: FloatArray | None = None


def placed(proxy: ProxyName, parts: Mapping[str, FloatArray], values: Values) -> Shares:
    """Shares by country from those of published parts: the unnamed are divided as the assumptions of a draw say.

    Args:
        proxy: whose they are.
        parts: (draw, quarter) by part.
        values: assumptions, (draw,).
    """
    if proxy is ProxyName.DOWNLOADS_TOTAL:
        elsewhere = values["open_downloads_elsewhere"][:, None]
        remaining = {part: share * (1 - elsewhere) for part, share in parts.items()}
        return Shares({**remaining, "OTHER": elsewhere + 0 * remaining["CN"]})
    unnamed = parts[Origin.UNNAMED]
    countries = {part: share for part, share in parts.items() if part != Origin.UNNAMED}
    name = UNNAMED_OF[proxy]
    china = unnamed * value_of(values, "open", name, "unnamed_cn")[:, None]
    us = (unnamed - china) * value_of(values, "open", name, "unnamed_us")[:, None]
    whole = {**countries, "CN": countries["CN"] + china, "US": countries["US"] + us, "OTHER": unnamed - china - us}
    return Shares(whole, countries, unnamed)


def moved(shares: Shares, values: Values, quarters: Sequence[Period]) -> Shares:
    """Shares, (draw, quarter), under what a scenario does to use by country; the same where it does nothing to it.

    Models made in the US gain on Chinese ones by log odds a year from the first quarter on; where Chinese ones are
    barred, what they had there goes to the others as they share the rest.
    """
    if not {"open_us_gain"} <= values.keys():  # An edition made before scenarios moved models.
        return shares
    gain = values["open_us_gain"]
    ends = np.array([quarter.end.year + quarter.end.month / 12 for quarter in quarters])
    barred = arrived("cn_models_barred", values, ends)
    if not gain.any() and barred is None:
        return shares
    factors: dict[str, FloatArray | float] = {"US": np.exp(gain[:, None] * (ends - ends[0]).astype(np.float32))}
    factors["CN"] = 1.0 if barred is None else 1 - barred
    sizes = {name: share * factors.get(name, 1.0) for name, share in shares.by_country.items()}
    whole = np.add.reduce(list(sizes.values()))
    by_country = {name: size / whole for name, size in sizes.items()}
    if shares.named is None:
        return Shares(by_country)
    named = {
        name: share * by_country[name] / np.maximum(shares.by_country[name], np.float32(1e-9))
        for name, share in shares.named.items()
    }
    return Shares(by_country, named, np.maximum(1 - np.add.reduce(list(named.values())), np.float32(0)))


def picks(proxies: Sequence[ProxyName], uniform: FloatArray, values: Values) -> NDArray[np.int64]:
    """Which proxy each draw of the pool follows for all quarters, as an index of ``proxies``, (draw,).

    A mixture keeps disagreement as width, where a mean of log odds would average it away. Proxies of one concept share
    its weight; what is not known that day weighs nothing.
    """
    weights = []
    for proxy in proxies:
        concept = next(name for name, members in CONCEPTS.items() if proxy in members)
        sharing = sum(other in CONCEPTS[concept] for other in proxies)
        weights.append(value_of(values, "open_weight", concept) / sharing)
    reach = np.cumsum(np.stack(weights), axis=0)
    return np.asarray((uniform * reach[-1] >= reach[:-1]).sum(axis=0))


def pooled(by_proxy: Mapping[ProxyName, Shares], pick: NDArray[np.int64]) -> Shares:
    """The pool: every draw is one proxy's. Countries that only some proxies count apart stand under OTHER."""
    common = ("CN", "US")
    pooled_shares = {}
    for country in common:
        stacked = np.stack([shares.by_country[country] for shares in by_proxy.values()])
        pooled_shares[country] = stacked[pick, np.arange(len(pick))]
    return Shares(
        {**pooled_shares, "OTHER": np.maximum(1 - pooled_shares["CN"] - pooled_shares["US"], np.float32(0.0))}
    )


@dataclass(frozen=True)
class HuaweiLink:
    """Chinese models on Huawei chips, (draw, quarter) each.

    Attributes:
        part: Huawei's part of China's accelerators in service.
        served, trained: shares of the serving and training of Chinese models that run on Huawei.
        of_all_use: share of all use that is of a Chinese model and runs on Huawei.
        asked_over_held: compute that Chinese models ask of Huawei chips over those held in China.
        rest_over_others: compute they ask of all other chips over the others held in China; above one, some is abroad.
    """

    part: FloatArray
    served: FloatArray
    trained: FloatArray
    of_all_use: FloatArray
    asked_over_held: FloatArray
    rest_over_others: FloatArray


def on_huawei(china: FloatArray, part: FloatArray, values: Values) -> HuaweiLink:
    """What runs on Huawei chips, from China's share of use and Huawei's part of China's compute of the same draws.

    The shares are stated for the first quarter; their log odds then move with those of Huawei's part. Chinese models
    take a share of China's compute, and the part of it that runs on Huawei is set against the chips.
    """
    least = np.float32(1e-6)
    hardware = np.clip(part, least, 1 - least)
    odds = np.log(hardware / (1 - hardware))
    moved = values["huawei_use_follows_chips"][:, None] * (odds - odds[:, :1])
    served, trained = (
        1 / (1 + np.exp(-(np.log(share / (1 - share))[:, None] + moved)))
        for share in (values["cn_models_served_on_huawei"], values["cn_models_trained_on_huawei"])
    )
    training = values["cn_models_training_share"][:, None]
    both = training * trained + (1 - training) * served
    chinese_use = values["cn_models_share_of_cn_compute"][:, None]
    return HuaweiLink(
        hardware,
        served,
        trained,
        china * served,
        chinese_use * both / hardware,
        chinese_use * (1 - both) / (1 - hardware),
    )
