"""What the gate looked at before a version became champion, and what was found of it since, in plain sentences.

A check is told by its figures; one without them, such as a check whose evidence is missing, keeps the gate's words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.pages.words import LAYER_NAME, day_text

BASIS = {"strict": "strict", "pseudo_vintage": "revised_past"}
"""Which past forecasts a check counts, as the ledger names it, and the term that explains it."""
RULE_NAME = {"naive2": "saying the last season again", "drift": "drawing the past on as a straight line"}
GROWTH = {"coverage_80_fast": "series that grow fast", "coverage_80_slow": "series that grow slowly"}
Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckText:
    """One check in words.

    Attributes:
        term: explains what is looked at.
        basis: the term of which past forecasts it counts; blank where it counts none.
        good: whether it was met, or raises no doubt.
        sentence: what was measured.
    """

    term: str
    basis: str
    good: bool
    sentence: str


def gate_check(check: Mapping[str, Any]) -> CheckText:
    """A check of the gate, as the ledger holds it."""
    kind, _, rule = check["name"].partition(", ")
    words = _GATE.get(kind)
    sentence = words(check["figures"]) if words and check.get("figures") else check["detail"]
    return CheckText(f"gate_{kind}", BASIS.get(rule, ""), check["passed"], sentence)


def met(checks: Sequence[Mapping[str, Any]]) -> str:
    """How many checks were met, as a sentence; blank where none was made."""
    if not checks:
        return ""
    number = sum(bool(check["passed"]) for check in checks)
    return f"It met all {len(checks)} checks." if number == len(checks) else f"It met {number} of {len(checks)} checks."


def drift_finding(finding: Mapping[str, Any]) -> CheckText:
    """A finding about the champion on figures that came after its training."""
    return CheckText(
        f"drift_{finding['name']}", "", not finding["advises"], _DRIFT[finding["name"]](finding["figures"])
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _freshness(figures: Figures) -> str:
    day = day_text(date.fromisoformat(figures["data_as_of"]))
    return f"It was trained on figures known on {day}, {figures['days']} days before the decision."


def _coverage(figures: Figures) -> str:
    classes = [f"{_percent(figures[name])} of {words}" for name, words in GROWTH.items() if name in figures]
    return (
        f"Of {figures['steps']:,} past forecasts of {figures['series']:,} series, the range meant for 80 % held "
        f"{_percent(figures['coverage_80'])}, that meant for 95 % {_percent(figures['coverage_95'])}."
        + (f" The first held {' and '.join(classes)}." if classes else "")
    )


def _baselines(figures: Figures) -> str:
    """By kind of series: how much smaller or larger the error is than that of each simple rule."""
    kinds: dict[str, list[str]] = {}
    for name, comparison in figures.items():
        layer, _, rule = name.partition("/")
        ratio = comparison["ratio"]
        words = "not to be compared with" if ratio is None else f"{_apart(ratio)} than by"
        kinds.setdefault(layer, []).append(f"{words} {RULE_NAME[rule]}")
    titles = {layer.value: name for layer, name in LAYER_NAME.items()}
    parts = (f"{titles.get(layer, 'Other series').lower()} {' and '.join(words)}" for layer, words in kinds.items())
    return f"Its error, by kind of series: {'; '.join(parts)}."


def _apart(ratio: float) -> str:
    """A ratio of errors as a difference.

    >>> _apart(0.78), _apart(1.26)
    ('22 % smaller', '26 % larger')
    """
    return f"{abs(100 * (ratio - 1)):.0f} % {'smaller' if ratio < 1 else 'larger'}"


def _accuracy(figures: Figures) -> str:
    base = figures["champion_crps"]
    if not base:
        return f"Both are scored on {figures['series']:,} series; the former champion made no error there."
    low, middle, high = (100 * figures[name] / base for name in ("low", "difference", "high"))
    return (
        f"Its error is {middle:+.1f} % against that of the former champion, on the same {figures['steps']:,} forecasts "
        f"of {figures['series']:,} series; chance alone leaves {low:+.1f} to {high:+.1f} %."
    )


def _sharpness(figures: Figures) -> str:
    return f"Its ranges are {figures['ratio']:.2f} times as wide as those of the former champion."


def _series(figures: Figures) -> str:
    lost = figures["lost"]
    missing = f"{len(lost)} that the former champion forecast are missing: {', '.join(lost[:3])}" if lost else ""
    return (
        f"{figures['series']:,} series are forecast. {missing or 'None that the former champion forecast is missing'}."
    )


_GATE: Mapping[str, Callable[[Figures], str]] = {
    "freshness": _freshness,
    "coverage": _coverage,
    "baselines": _baselines,
    "accuracy": _accuracy,
    "sharpness": _sharpness,
    "series": _series,
}


def _bands(figures: Figures) -> str:
    number = figures["series"]
    if not number:
        return "No series has a new figure since the training."
    return (
        f"Of {number:,} series with new figures {len(figures['out']):,} left their range on one side, time after time."
    )


def _new_coverage(figures: Figures) -> str:
    if "coverage_80" not in figures:
        return f"{figures['series']:,} series have new figures, too few to judge by."
    return (
        f"The range meant for 80 % held {_percent(figures['coverage_80'])} of the new figures of "
        f"{figures['series']:,} series."
    )


def _revisions(figures: Figures) -> str:
    return (
        f"Of {figures['series']:,} series {figures['revised']:,} were revised since, {len(figures['out']):,} by more "
        "than half the width of their range."
    )


def _age(figures: Figures) -> str:
    drivers = len(figures["drivers_with_new_periods"])
    return (
        f"It knows figures to {figures['days']:,} days before the check; {figures['series_with_new_periods']:,} series "
        f"have new periods since, {drivers:,} of them inputs of the projection."
    )


_DRIFT: Mapping[str, Callable[[Figures], str]] = {
    "bands": _bands,
    "coverage": _new_coverage,
    "revisions": _revisions,
    "age": _age,
}
