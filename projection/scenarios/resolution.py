"""What a document does to a set of assumptions: names, units and sizes checked, scenarios composed, dates laid out.

The outcome is a :class:`~projection.inputs.overrides.Scenario`: values that are set, factors and summands. Composing is
the union of overrides, each named after the scenario that states it, so it is associative, does not depend on the
order, and holds what two scenarios share once.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import product

from data.base.errors import InvalidParameter
from data.periods.text import excerpt
from projection.inputs.assumptions import DATES, Assumption, Assumptions
from projection.inputs.distributions import Z90, Drawn, Logit, between
from projection.inputs.overrides import Change, Override, Scenario
from projection.scenarios.definition import OverrideEntry, ScenarioDocument
from projection.scenarios.levers import scenario as of_levers

DEPTH = 8
"""How deep scenarios may be composed of composed ones."""
CLOSE = 5
"""How many close names an unknown one is answered with."""
YEARS_OF = {"days": 1 / 365.25, "months": 1 / 12, "quarters": 0.25, "years": 1.0}
DATE = "calendar year"
FACTOR = "1"
OWN = "document"
"""The name of a document that has none."""


def resolve(
    document: ScenarioDocument,
    *,
    library: Mapping[str, ScenarioDocument],
    assumptions: Assumptions,
    name: str = OWN,
) -> Scenario:
    """A document as overrides.

    Args:
        document: as it is written.
        library: what may be composed, by name.
        assumptions: whose names and units the overrides are held against.
        name: of the document.

    Raises:
        InvalidParameter: an unknown assumption or scenario, another unit, overrides that contradict each other, a
            circle of composition; it names the path in the document.
    """
    overrides = tuple(dict.fromkeys(_composed(document, name, library, assumptions, path=(name,))))
    _one_set(overrides)
    return Scenario(name, overrides)


def with_levers(
    document: ScenarioDocument,
    settings: Mapping[str, float],
    *,
    library: Mapping[str, ScenarioDocument],
    assumptions: Assumptions,
    name: str = OWN,
) -> Scenario:
    """A document as overrides, with settings of levers on top; raises as :func:`resolve` and :func:`check_sizes` do."""
    of_document = resolve(document, library=library, assumptions=assumptions, name=name)
    scenario = compose(name, [of_document, of_levers(settings)])
    check_sizes(scenario, assumptions)
    return scenario


def compose(name: str, scenarios: Iterable[Scenario]) -> Scenario:
    """The scenario with the overrides of all; raises :class:`InvalidParameter` where two set one assumption apart."""
    overrides = tuple(dict.fromkeys(one for scenario in scenarios for one in scenario.overrides))
    _one_set(overrides)
    return Scenario(name, overrides)


def check_sizes(scenario: Scenario, assumptions: Assumptions) -> None:
    """Hold what comes of the overrides against what a scenario may make of each assumption.

    Args:
        scenario: resolved.
        assumptions: with their figures and fitted terms.

    Raises:
        InvalidParameter: the middle 80 % of the values would go beyond it.
    """
    for name, overrides in scenario.by_assumption.items():
        item = assumptions.items[name]
        low, high = between(item.spec, Z90)
        for override in overrides:
            ends = between(override.spec, Z90)
            if override.change is Change.SET:
                low, high = ends
            else:
                corners = [_changed(override.change, *pair) for pair in product((low, high), ends)]
                low, high = min(corners), max(corners)
        least, most = item.allowed
        if not (least <= low and high <= most):
            path = f"overrides.{name}.{overrides[-1].change}"
            raise InvalidParameter(
                path,
                f"gives {low:.6g} to {high:.6g} {item.unit}",
                allowed=[f"{least:.6g} to {most:.6g}"],
            )


def _composed(
    document: ScenarioDocument,
    name: str,
    library: Mapping[str, ScenarioDocument],
    assumptions: Assumptions,
    *,
    path: tuple[str, ...],
) -> Iterator[Override]:
    for place, part in enumerate(document.compose):
        where = f"compose.{place}"
        if part in path:
            raise InvalidParameter(where, f"is a circle: {' > '.join((*path, part))}", allowed=["no circle"])
        if len(path) > DEPTH:
            raise InvalidParameter(where, "is composed too deeply", allowed=[f"up to {DEPTH} scenarios in each other"])
        if part not in library:
            raise InvalidParameter(where, f"{excerpt(part)} is no scenario", allowed=sorted(library))
        yield from _composed(library[part], part, library, assumptions, path=(*path, part))
    for assumption, entry in document.overrides.items():
        yield from _overrides(assumption, entry, name, assumptions)


def _overrides(assumption: str, entry: OverrideEntry, origin: str, assumptions: Assumptions) -> Iterator[Override]:
    where = f"overrides.{assumption}"
    item = assumptions.items.get(assumption)
    if item is None:
        close = get_close_matches(assumption, assumptions.items, n=CLOSE, cutoff=0.4)
        raise InvalidParameter(where, "is no assumption", allowed=close or ["a name of assumptions.toml"])
    if entry.delay is not None:
        yield from _delays(where, entry.delay, entry.unit, item, assumptions, origin)
        return
    unit = FACTOR if entry.scale is not None else item.unit
    if entry.unit != unit:
        raise InvalidParameter(f"{where}.unit", f"{excerpt(entry.unit)} is another unit", allowed=[unit])
    if entry.ramp is not None:
        if not item.dated:
            dated = sorted(name for name, one in assumptions.items.items() if one.dated)
            raise InvalidParameter(f"{where}.ramp", "is no assumption with dates", allowed=dated)
        yield Override(assumption, Change.SET, entry.ramp.value, origin)
        for end, size in zip(DATES, (entry.ramp.from_, entry.ramp.until), strict=True):
            yield Override(f"{assumption}_{end}", Change.SET, size, origin)
    for change in Change:
        size = getattr(entry, change.value)
        if size is not None:
            yield Override(assumption, change, size, origin)


def _delays(
    where: str, delay: Drawn, unit: str, item: Assumption, assumptions: Assumptions, origin: str
) -> Iterator[Override]:
    """Time added to an assumption of time, or to both dates of a dated one."""
    if unit not in YEARS_OF:
        raise InvalidParameter(f"{where}.unit", f"{excerpt(unit)} is no time", allowed=list(YEARS_OF))
    for name in [f"{item.name}_{end}" for end in DATES] if item.dated else [item.name]:
        years = _time_unit(where, assumptions.items[name].unit)
        yield Override(name, Change.SHIFT, _times(where, delay, YEARS_OF[unit] / years), origin)


def _time_unit(where: str, unit: str) -> float:
    """Years of the unit an assumption of time is in."""
    first = "years" if unit == DATE else unit.split(" ", 1)[0]
    if first not in YEARS_OF:
        raise InvalidParameter(f"{where}.delay", f"is in {unit}, which is no time", allowed=[*YEARS_OF, DATE])
    return YEARS_OF[first]


def _times(where: str, size: Drawn, factor: float) -> Drawn:
    """A size in another unit of time."""
    if isinstance(size, Logit):
        raise InvalidParameter(f"{where}.delay", "is a share", allowed=["any distribution but logit"])
    if factor == 1:
        return size
    numbers = {name: value * factor for name, value in size.model_dump(exclude={"distribution"}).items()}
    return size.model_copy(update=numbers)


def _one_set(overrides: Iterable[Override]) -> None:
    """Refuse what sets one assumption to two values."""
    by_assumption: dict[str, Override] = {}
    for one in overrides:
        if one.change is not Change.SET:
            continue
        other = by_assumption.setdefault(one.assumption, one)
        if other.spec != one.spec:
            raise InvalidParameter(
                f"overrides.{one.assumption}",
                f"is set by {other.origin} to one value and by {one.origin} to another",
                allowed=["one value for an assumption"],
            )


def _changed(change: Change, value: float, size: float) -> float:
    return value * size if change is Change.SCALE else value + size
