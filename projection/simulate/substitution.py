"""A user's own series in place of drivers and assumptions, as a mapping file says.

:mod:`data.user_files.substitutions` reads the file.

The figures of an own series are put under the id of the driver it stands in for, in the store: everything that reads
figures as of a day, training too, then sees them there, each from the day it became known, and the hash of what was
known that day is another. What others project or plan under that id stays. An assumption is centred on the last figure
known on the day, where draws are prepared (:mod:`projection.inputs.own_figures`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from data.base.errors import MappingInvalid, NotFound, UnitMismatch
from data.base.units import convert
from data.ingest.imports import OWN
from data.user_files.substitutions import StandIn, Substitutions
from features.chips.shipments import DESIGNERS
from features.recipes import RECIPES
from features.series import ModelSeries
from features.splices import MINIMUM
from features.view import View
from projection.inputs.assumptions import Assumption, Assumptions
from projection.inputs.distributions import Figured
from projection.inputs.own_figures import Figure, centred, region_of, unit_of
from projection.inputs.starting_values import COSTED
from projection.simulate.model_inputs import DRIVERS

_MADE = {recipe.series_id: recipe for recipe in RECIPES if recipe.series_id in DRIVERS}
_READ = (
    *(name for recipe in _MADE.values() for name in recipe.inputs if not name.endswith(".quarterly_compute")),
    # Read beside the flows: what they draw and cost, and what of NVIDIA's orders is delivered.
    *(f"{designer}.ai_chips.cumulative_power" for designer in DESIGNERS),
    *(f"{designer}.ai_chips.cumulative_cost" for designer in COSTED),
    "nvidia.datacenter.revenue",
)
NAMES = tuple(sorted({*DRIVERS, *_READ}))
"""What an own series can stand in for: drivers of the projection, what they are made of, what is read beside them."""


CLOSE = 5
"""How many close names an unknown one is answered with."""
SHORT = 2
"""Letters of a word up to which it says nothing of what a name is about."""


@dataclass(frozen=True)
class Substitute:
    """One entry of a mapping file that holds.

    Attributes:
        table: ``drivers`` or ``assumptions``.
        name: what is replaced; series_id: by which own series.
        freq: frequency of its figures.
        unit: of the own series; replaced_unit: what it is converted to.
        periods: how many of its periods are known today; last: the last of them; value: its figure, in ``unit``.
    """

    table: str
    name: str
    series_id: str
    freq: str
    unit: str
    replaced_unit: str
    periods: int
    last: str
    value: float


def stand_ins(view: View, mapping: Substitutions) -> tuple[StandIn, ...]:
    """Own series in place of drivers (:meth:`~data.store.store.Store.substituted`); raises as :func:`substitutes`."""
    return tuple(
        StandIn(item.name, item.series_id, item.freq, item.replaced_unit)
        for item in substitutes(view, mapping)
        if item.table == "drivers"
    )


def substitutes(view: View, mapping: Substitutions) -> tuple[Substitute, ...]:
    """Every entry, held against what is known of both sides today.

    Args:
        view: shipped and imported figures as known today, nothing substituted.
        mapping: as the mapping file says.

    Raises:
        MappingInvalid: a driver, an assumption or an own series is unknown, or the two do not fit in unit, frequency,
            region or number of periods.
    """
    assumptions = Assumptions.shipped().items
    accepted = []
    for name, series_id in mapping.drivers.items():
        entry = f"[drivers] {name} = {series_id}"
        if name not in NAMES:
            raise _unknown(entry, "driver", name, NAMES, elsewhere="assumptions" if name in assumptions else "")
        accepted.append(_driver(entry, _replaced(view, name), _user_series(entry, view, series_id), view))
    for name, series_id in mapping.assumptions.items():
        entry = f"[assumptions] {name} = {series_id}"
        if name not in assumptions:
            raise _unknown(entry, "assumption", name, assumptions, elsewhere="drivers" if name in NAMES else "")
        accepted.append(_assumption(entry, assumptions[name], _user_series(entry, view, series_id)))
    return tuple(accepted)


def _replaced(view: View, name: str) -> ModelSeries:
    """What an own series stands in for."""
    return _MADE[name].make(view) if name in _MADE else view.read(name)


def _user_series(entry: str, view: View, series_id: str) -> ModelSeries:
    try:
        if series_id.startswith(OWN):
            return view.read(series_id)
    except NotFound:
        pass
    imported = [name for name in view.ids() if name.startswith(OWN)]
    raise _unknown(entry, "imported series", series_id, imported, elsewhere="")


def _unknown(entry: str, kind: str, name: str, names: Iterable[str], *, elsewhere: str) -> MappingInvalid:
    ordered = sorted(names)
    words = {word for word in re.split("[._]", name) if len(word) > SHORT}
    alike = [one for one in ordered if words & set(re.split("[._]", one))]
    close = get_close_matches(name, ordered, n=CLOSE) or alike[:CLOSE]
    remedy = f"did you mean: {', '.join(close)}" if close else f"known: {', '.join(ordered) or 'none'}"
    if elsewhere:
        remedy = f"it belongs under [{elsewhere}]"
    return MappingInvalid(entry, f"there is no {kind} {name}", remedy=remedy)


def _fits(entry: str, user_series: ModelSeries, *, name: str, wanted_unit: str, region: str | None) -> None:
    try:
        convert(1.0, user_series.unit, wanted_unit)
    except UnitMismatch:
        reason = f"{user_series.series_id} is in {user_series.unit}, {name} in {wanted_unit}, and these do not convert"
        raise MappingInvalid(entry, reason, remedy=f"import it in {wanted_unit}, under an id of its own") from None
    if region is not None and user_series.region != region:
        reason = f"{user_series.series_id} is of region {user_series.region}, {name} of {region}"
        raise MappingInvalid(entry, reason, remedy=f"name a series of {region}")


def _driver(entry: str, replaced: ModelSeries, user_series: ModelSeries, view: View) -> Substitute:
    series_id = user_series.series_id
    _fits(entry, user_series, name=replaced.series_id, wanted_unit=replaced.unit, region=replaced.region)
    periods = view.count(series_id, replaced.freq)
    if not periods:
        reason = f"{series_id} has frequency {user_series.freq.value}, {replaced.series_id} has {replaced.freq.value}"
        raise MappingInvalid(entry, reason, remedy=f"import it with freq {replaced.freq.value}")
    if periods < MINIMUM:
        reason = f"{series_id} has {periods} periods, and no series is forecast from fewer than {MINIMUM}"
        raise MappingInvalid(entry, reason, remedy="import its earlier figures too")
    series = view.read(series_id, freq=replaced.freq)
    months = {one.start.month % one.freq.months for one in (series.last, replaced.last)}
    if len(months) > 1:
        reason = (
            f"{series_id} has periods that begin like {series.last.start}, {replaced.series_id} {replaced.last.start}"
        )
        raise MappingInvalid(entry, reason, remedy="import it by calendar periods")
    return Substitute(
        table="drivers",
        name=replaced.series_id,
        series_id=series_id,
        freq=series.freq.value,
        unit=series.unit,
        replaced_unit=replaced.unit,
        periods=len(series),
        last=series.last.label,
        value=float(series.values[-1]),
    )


def _assumption(entry: str, item: Assumption, user_series: ModelSeries) -> Substitute:
    unit = unit_of(item)
    _fits(entry, user_series, name=item.name, wanted_unit=unit, region=region_of(item.name))
    figure = Figure.last(user_series, item)
    stated = item.spec.otherwise if isinstance(item.spec, Figured) else item.spec
    if stated is not None:
        centred(item.model_copy(update={"spec": stated}), figure, user_series.series_id)
    return Substitute(
        table="assumptions",
        name=item.name,
        series_id=user_series.series_id,
        freq=user_series.freq.value,
        unit=user_series.unit,
        replaced_unit=unit,
        periods=len(user_series),
        last=user_series.last.label,
        value=float(user_series.values[-1]),
    )
