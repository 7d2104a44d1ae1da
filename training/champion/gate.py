"""The gate: whether a challenger may replace the champion, with every reason, whichever way it goes.

Both are scored out of sample at the same origins (:mod:`training.champion.comparison`); neither is ever scored on
figures it was fitted to. A check that cannot be made has failed. Strict and pseudo-vintage scores are judged apart.

A floor that the champion itself misses would keep it for ever, whatever came after it. So a challenger below a floor
passes if the champion is below it at the same steps too, and the challenger is not worse there; the words say so.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data.base.errors import NotFound
from data.base.layers import LAYER_OF_UNIT, Layer
from data.catalogue.definitions import by_form, definitions, family_of
from data.user_files.substitutions import Substitutions
from training.artifact.published import Published
from training.backtest.origins import PSEUDO, STRICT
from training.champion.comparison import (
    YEAR_QUARTERS,
    Floats,
    bootstrap,
    by_series,
    coverage,
    diebold_mariano,
    pairs,
    year_ahead,
)
from training.members.registry import BASELINES

OTHER = "other"
"""What a series that belongs to no layer is counted under."""
RULES = (STRICT, PSEUDO)
SEED = 20261123
TOLERATED = 0.02
"""What coverage may differ by at the same steps before it counts as lower: a step or two in a hundred."""
LEAST_OF_LAYER = 3
"""Series below which no interval can be read."""
LayerOf = Callable[[str], Layer | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a challenger has to hold.

    Attributes:
        least_series: series two versions must share under one rule before they are compared under it.
        confidence: of the bootstrap interval; draws: resamples behind it.
        margin: share of the champion's CRPS that a challenger with newer figures may be worse by, at the upper end of
            the interval: newer figures are worth something, noise is not.
        significance: of the Diebold-Mariano test, one-sided.
        coverage_80, coverage_95: least share of backtest steps inside the bands, over all series of one rule.
        coverage_class_80: the same for every growth class with at least ``least_series`` series.
        sharpness: most that the median 80 % width may be of the champion's, and least is one over it.
        layer_ratio: most that the CRPS on a layer may be of a baseline's; where a layer has fewer than
            ``least_series`` series, the bootstrap interval has to leave no doubt that it is more.
        stale_days: most days from the newest figures to the training.
    """

    least_series: int = 20
    confidence: float = 0.9
    draws: int = 2000
    margin: float = 0.02
    significance: float = 0.05
    coverage_80: float = 0.72
    coverage_95: float = 0.88
    coverage_class_80: float = 0.65
    sharpness: float = 1.25
    layer_ratio: float = 1.0
    stale_days: int = 120


@dataclass(frozen=True, slots=True)
class Check:
    """One reason: what was looked at, whether it held, in words and figures."""

    name: str
    passed: bool
    detail: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What the gate found. ``passed`` means that every check held."""

    challenger: str
    champion: str | None
    checks: tuple[Check, ...]
    limits: Limits

    @property
    def passed(self) -> bool:
        """Whether the challenger may be promoted."""
        return all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """The decision in one sentence."""
        if self.failures:
            return f"the gate keeps it out: {self.failures}"
        return "the gate lets it through: " + "; ".join(f"{check.name}: {check.detail}" for check in self.checks)

    @property
    def failures(self) -> str:
        """Every check that failed, with what was wrong; empty where all held."""
        return "; ".join(f"FAILED {check.name}: {check.detail}" for check in self.checks if not check.passed)

    def evidence(self) -> dict[str, Any]:
        """As JSON values, for the ledger and the run."""
        return {
            "challenger": self.challenger,
            "champion": self.champion,
            "passed": self.passed,
            "checks": [asdict(check) for check in self.checks],
            "limits": asdict(self.limits),
        }


def judge(
    challenger: Published,
    champion: Published | None,
    *,
    today: date,
    limits: Limits | None = None,
) -> GateDecision:
    """Make every check; without a champion those that need none.

    Args:
        challenger: the candidate.
        champion: the version that stands; None when nothing does.
        today: the day figures are to be recent on.
        limits: what is to hold.
    """
    bounds = limits or Limits()
    checks = [_fresh(challenger, champion, today=today, limits=bounds)]
    trials = _trials(challenger)
    if isinstance(trials, str):
        checks.append(Check("scores", passed=False, detail=f"missing: {trials}"))
    else:
        standing = None if champion is None else _trials(champion)
        shared = pairs(trials, standing) if isinstance(standing, pl.DataFrame) else None
        changed = set() if champion is None else _other_drivers(challenger, champion)
        if shared is not None:
            shared = shared.filter(~pl.col("series_id").is_in(changed))
        checks += _coverage(trials, shared, limits=bounds)
        checks += _baselines(trials, shared, layers=layers_of(challenger), limits=bounds)
        if champion is not None and shared is not None:
            newer = bool(changed) or challenger.data_as_of > champion.data_as_of
            checks += _better(shared, newer=newer, limits=bounds)
        elif champion is not None:
            checks.append(Check("accuracy", passed=False, detail=f"missing: {standing}"))
    if champion is not None:
        checks.append(_complete(challenger, champion))
    return GateDecision(challenger.version, None if champion is None else champion.version, tuple(checks), bounds)


def _other_drivers(challenger: Published, champion: Published) -> set[str]:
    """Drivers that are another series in one than in the other, so that their scores say nothing about each other."""
    ours, theirs = (Substitutions.of_manifest(one.manifest).drivers.items() for one in (challenger, champion))
    return {name for name, _ in ours ^ theirs}


def _trials(published: Published) -> pl.DataFrame | str:
    try:
        return published.trials
    except NotFound as error:
        return str(error)


def _fresh(challenger: Published, champion: Published | None, *, today: date, limits: Limits) -> Check:
    """Figures no older than the champion's, and recent on the day of the training."""
    age = (today - challenger.data_as_of).days
    figures: dict[str, Any] = {"data_as_of": challenger.data_as_of.isoformat(), "days": age}
    if age < 0:
        detail = f"figures are said to be known on {challenger.data_as_of}, which is after today, {today}"
        return Check("freshness", passed=False, detail=detail, figures=figures)
    if age > limits.stale_days:
        return Check(
            "freshness",
            passed=False,
            detail=f"figures of {challenger.data_as_of} are {age} days old, more than the {limits.stale_days} allowed",
            figures=figures,
        )
    if champion is not None:
        figures["champion_data_as_of"] = champion.data_as_of.isoformat()
        if challenger.data_as_of < champion.data_as_of:
            detail = f"figures of {challenger.data_as_of} are older than the champion's of {champion.data_as_of}"
            return Check("freshness", passed=False, detail=detail, figures=figures)
    return Check(
        "freshness", passed=True, detail=f"figures of {challenger.data_as_of}, {age} days old", figures=figures
    )


def _coverage(trials: pl.DataFrame, shared: pl.DataFrame | None, *, limits: Limits) -> list[Check]:
    """The bands hold what they claim, over all and in every growth class; or, where the champion's do not, no less."""
    checks = []
    for rule, table in _by_rule(trials):
        bands, actual = np.array(table["quantiles"].to_list()), table["actual"].to_numpy()
        inside = table.select("series_id", "growth").with_columns(
            *(pl.Series(name, values) for name, values in coverage(bands, actual).items())
        )
        floors: list[tuple[str, str, float, pl.Expr]] = [
            (name, name, getattr(limits, name), pl.lit(value=True)) for name in ("coverage_80", "coverage_95")
        ]
        floors += [
            (f"coverage_80_{growth}", "coverage_80", limits.coverage_class_80, pl.col("growth") == growth)
            for growth, series in inside.group_by("growth")
            .agg(pl.col("series_id").n_unique())
            .sort("growth")
            .iter_rows()
            if series >= limits.least_series
        ]
        figures: dict[str, Any] = {"steps": table.height, "series": table["series_id"].n_unique()}
        words, failed = [], False
        for name, column, floor, part in floors:
            share = float(np.mean(inside.filter(part)[column].to_numpy()))
            figures[name] = share
            if share >= floor:
                words.append(f"{_band(name)} hold {100 * share:.1f} % (at least {100 * floor:g} % is asked)")
                continue
            excused, why = _no_lower(shared, column, floor, part & (pl.col("rule") == rule))
            words.append(f"{_band(name)} hold {100 * share:.1f} %, too few: at least {100 * floor:g} % is asked{why}")
            failed |= not excused
        checks.append(Check(f"coverage, {rule}", passed=not failed, detail="; ".join(words), figures=figures))
    return checks or [Check("coverage", passed=False, detail="missing: no step was scored")]


def _band(name: str) -> str:
    """What a share of coverage is about: ``coverage_80_fast`` is the 80 % bands of fast series."""
    _, share, *growth = name.split("_")
    return f"{share} % bands" + (f" of {growth[0]} series" if growth else "")


def _no_lower(shared: pl.DataFrame | None, column: str, floor: float, part: pl.Expr) -> tuple[bool, str]:
    """Whether the champion misses the floor too, at the same steps, and by no less."""
    common = None if shared is None else shared.filter(part)
    if common is None or common.is_empty():
        return False, ""
    ours, theirs = (float(np.mean(common[name].to_numpy())) for name in (column, f"champion_{column}"))
    both = f"on the steps both were scored on it is {100 * ours:.1f} %, the champion's {100 * theirs:.1f} %"
    if theirs < floor and ours >= theirs - TOLERATED:
        return True, f"; allowed, because the champion holds too few as well and this is not lower: {both}"
    return False, f"; {both}"


def _baselines(trials: pl.DataFrame, shared: pl.DataFrame | None, *, layers: LayerOf, limits: Limits) -> list[Check]:
    """On no layer does a baseline predict better; or, where it beats the champion too, the challenger is no worse."""
    checks = []
    layer_names = {name: str(layers(name) or OTHER) for name in trials["series_id"].unique().to_list()}
    with_layer = pl.col("series_id").replace_strict(layer_names, return_dtype=pl.String, default=None).alias("layer")
    scored = trials.filter(pl.col("scale") > 0).with_columns(
        with_layer, *((pl.col(name) / pl.col("scale")).alias(name) for name in ("crps", *BASELINES))
    )
    for rule, table in _by_rule(scored):
        figures: dict[str, Any] = {}
        words, failed = [], False
        for (layer,), of_layer in sorted(table.partition_by("layer", as_dict=True).items()):
            for baseline in BASELINES:
                both = of_layer.filter(pl.col(baseline).is_finite())
                ours, plain = by_series(both, "crps"), by_series(both, baseline)
                comparison = _against(ours, plain, limits=limits)
                figures[f"{layer}/{baseline}"] = comparison
                if comparison["ratio"] is None:
                    words.append(f"{layer}: missing, no score beside {baseline}")
                    failed = True
                    continue
                words.append(f"{layer} {comparison['ratio']:.2f} of {baseline}'s CRPS")
                if comparison["worse"]:
                    part = (pl.col("rule") == rule) & (pl.col("layer") == layer)
                    common = None if shared is None else shared.with_columns(with_layer).filter(part)
                    excused, why = _no_worse(common, limits=limits)
                    words[-1] += f", worse than {baseline}{why}"
                    failed |= not excused
        checks.append(Check(f"baselines, {rule}", passed=not failed, detail="; ".join(words), figures=figures))
    return checks or [Check("baselines", passed=False, detail="missing: no step was scored beside a baseline")]


def _against(ours: Floats, plain: Floats, *, limits: Limits) -> dict[str, Any]:
    """Ratio of mean scores by series, and whether it is worse: with few series only beyond the bootstrap interval."""
    if not ours.size:
        return {"ratio": None, "series": 0, "worse": True}
    ratio = float(ours.mean() / plain.mean()) if plain.mean() > 0 else None
    worse = bool(ours.mean() > limits.layer_ratio * plain.mean())
    if worse and ours.size < limits.least_series:
        rng = np.random.default_rng(SEED)
        excess = ours - limits.layer_ratio * plain
        low, _ = bootstrap(excess, confidence=limits.confidence, draws=limits.draws, rng=rng)
        worse = low > 0.0 and ours.size >= LEAST_OF_LAYER
    return {"ratio": ratio, "series": int(ours.size), "worse": worse}


def _no_worse(common: pl.DataFrame | None, *, limits: Limits) -> tuple[bool, str]:
    """Whether the champion is at least as far behind on the same steps."""
    if common is None or common.is_empty():
        return False, ""
    ours, theirs = (float(np.mean(by_series(common, name))) for name in ("crps", "champion_crps"))
    against = f"{_percent(ours - theirs, theirs)} CRPS against the champion there"
    if ours <= theirs * (1.0 + limits.margin):
        return True, f" (allowed, because it is no worse than the champion: {against})"
    return False, f" ({against})"


def _complete(challenger: Published, champion: Published) -> Check:
    """No series that the champion forecasts is lost, but those the catalogue now takes for single products."""
    available = pl.col("status") == "available"
    ours, theirs = (set(item.meta.filter(available)["series_id"]) for item in (challenger, champion))
    lost = sorted(name for name in theirs - ours if family_of(name) is None)
    figures = {"series": len(ours), "champion_series": len(theirs), "lost": lost}
    if lost:
        return Check(
            "series",
            passed=False,
            detail=f"{len(lost)} that the champion forecasts are missing, {lost[0]} first",
            figures=figures,
        )
    return Check(
        "series", passed=True, detail=f"{len(ours)}, none of the champion's {len(theirs)} is missing", figures=figures
    )


def _better(shared: pl.DataFrame, *, newer: bool, limits: Limits) -> list[Check]:
    """Better than the champion at the same origins; with newer figures, not worse is enough."""
    checks: list[Check] = []
    few = []
    for rule in RULES:
        table = shared.filter(pl.col("rule") == rule)
        series = table["series_id"].n_unique()
        if series < limits.least_series:
            few.append(f"{series} series in common under {rule}")
            continue
        checks.append(_accuracy(rule, table, newer=newer, limits=limits))
        checks.append(_sharpness(rule, table, limits=limits))
    if not checks:
        detail = f"missing: {', '.join(few)}; {limits.least_series} are needed to compare"
        return [Check("accuracy", passed=False, detail=detail)]
    return checks


def _accuracy(rule: str, table: pl.DataFrame, *, newer: bool, limits: Limits) -> Check:
    differences = by_series(table, "difference")
    base = float(np.mean(by_series(table, "champion_crps")))
    rng = np.random.default_rng(SEED)
    low, high = bootstrap(differences, confidence=limits.confidence, draws=limits.draws, rng=rng)
    test = diebold_mariano(year_ahead(table), horizon=YEAR_QUARTERS)
    mean = float(np.mean(differences))
    figures: dict[str, Any] = {
        "difference": mean, "low": low, "high": high, "confidence": limits.confidence, "champion_crps": base,
        "series": int(differences.size), "steps": table.height, "revised": int(table["revised"].sum()),
        "by_freq": dict(sorted(table.group_by("freq").len().rows())),
        "diebold_mariano": None if test is None else asdict(test),
    }  # fmt: skip
    words = (
        f"CRPS {_percent(mean, base)} against the champion's ({100 * limits.confidence:g} % interval"
        f" {_percent(low, base)} to {_percent(high, base)}, {differences.size} series)"
    )
    if test is None:
        return Check(
            f"accuracy, {rule}", passed=False, detail=f"{words}; missing: too few origins for a test", figures=figures
        )
    words += (
        f"; Diebold-Mariano test over {test.n} quarters: p-value {test.p_value_better:.3f} for being better,"
        f" {test.p_value_worse:.3f} for being worse (below {limits.significance:g} is evidence)"
    )
    if newer:
        passed = high <= limits.margin * base and test.p_value_worse >= limits.significance
        accuracy = "not worse" if passed else f"not shown to be within {100 * limits.margin:g} % of the champion"
    else:
        passed = high < 0.0 and test.p_value_better < limits.significance
        accuracy = "better" if passed else "not shown to be better on the same figures"
    return Check(f"accuracy, {rule}", passed=passed, detail=f"{accuracy}: {words}", figures=figures)


def _sharpness(rule: str, table: pl.DataFrame, *, limits: Limits) -> Check:
    """Bands neither bought by width nor collapsed: the median ratio of 80 % widths stays within its limit."""
    usable = table.filter((pl.col("width") > 0) & (pl.col("champion_width") > 0))
    if usable.is_empty():
        return Check(f"sharpness, {rule}", passed=False, detail="missing: no band has a width")
    ratio = float(np.median(by_series(usable.with_columns(pl.col("width") / pl.col("champion_width")), "width")))
    passed = 1.0 / limits.sharpness <= ratio <= limits.sharpness
    detail = f"80 % bands are {ratio:.2f} times as wide as the champion's{'' if passed else ': outside the limit'}"
    return Check(f"sharpness, {rule}", passed=passed, detail=detail, figures={"ratio": ratio})


def _percent(value: float, base: float) -> str:
    return f"{100 * value / base:+.1f} %" if base > 0 else f"{value:+.3g}"


def layers_of(published: Published) -> LayerOf:
    """The layer of every series a version published, by the catalogue; of a derived one that of its totals or unit."""
    units = dict(published.meta.select("series_id", "unit").iter_rows())
    catalogue = definitions()

    def layer(series_id: str) -> Layer | None:
        definitions_of_form = (catalogue[series_id],) if series_id in catalogue else by_form().get(series_id, ())
        return definitions_of_form[0].layer if definitions_of_form else LAYER_OF_UNIT.get(units.get(series_id, ""))

    return layer


def _by_rule(table: pl.DataFrame) -> Iterable[tuple[str, pl.DataFrame]]:
    return [(str(key[0]), part) for key, part in sorted(table.partition_by("rule", as_dict=True).items())]
