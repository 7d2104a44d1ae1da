"""Two editions side by side in words: what every cell says of a year in both, and what they were made from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from data.catalogue.catalogue import SeriesInfo
from service.api.editions.changes import CellItem, ChangesAnswer, FactItem, PairItem, SeriesItem
from service.pages.words import LAYER_NAME, day_text, in_hundred, region_title
from service.wording import MINUS, Scale

CAUSE = {
    "figures": "new figures",
    "revisions": "revised figures",
    "models": "another model of single series",
    "assumptions": "other assumptions",
    "code": "other code",
    "draws": "other simulated futures",
}
FACT = {
    "data_as_of": "Figures known on",
    "model_version": "Model of single series",
    "assumptions": "Table of assumptions",
    "code": "Release",
    "libraries": "Libraries of numbers",
    "format": "Form of the files",
    "seed": "Number the futures are drawn from",
    "draws": "Futures drawn",
    "scenarios": "Scenarios",
}
"""Facts that are shown, by the name a manifest keeps them under."""
ARROW = "\N{RIGHTWARDS ARROW}"
NONE = "\N{EN DASH}"
LEAST = 5e-4
"""Change of a chance, or share of a value, below which a number counts as the same: draws cannot tell less."""


@dataclass(frozen=True, slots=True)
class Change:
    """One number in both editions: ``text`` has both, ``difference`` what lies between; blank where it is the same."""

    text: str
    difference: str


@dataclass(frozen=True, slots=True)
class CellChange:
    """What a cell says of a year in two editions."""

    name: str
    need: Change
    gap: Change
    chance: Change

    @property
    def differs(self) -> bool:
        """Whether any of its numbers is another one."""
        return any(one.difference for one in (self.need, self.gap, self.chance))


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """A series with new or revised figures; ``title`` is its id where nothing is known of it by now."""

    series_id: str
    title: str
    listed: bool
    text: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two editions.

    Attributes:
        why: what they were made from that differs, and what follows for the numbers, as a sentence.
        facts: the same as text, each with what it was before and after.
        cells: those that answer differently in the year; unchanged: how many say the same.
        years: of which both or one speak.
    """

    why: str
    facts: Sequence[tuple[str, str, str]]
    series: Sequence[SeriesChange]
    cells: Sequence[CellChange]
    unchanged: int
    years: Sequence[int]


def side_by_side(answer: ChangesAnswer, year: int, catalogue: Mapping[str, SeriesInfo]) -> SideBySide:
    """What differs between two editions in words.

    Args:
        answer: the changes, as the API gives them.
        year: whose numbers are set side by side.
        catalogue: every series by its id.
    """
    cells = [_cell(cell, year) for cell in answer.cells]
    of_year = [cell for cell in cells if cell is not None]
    return SideBySide(
        why=_why(answer),
        facts=[_fact(fact) for fact in answer.facts if fact.name in FACT],
        series=[_series(one, catalogue.get(one.series_id)) for one in answer.series],
        cells=[cell for cell in of_year if cell.differs],
        unchanged=sum(not cell.differs for cell in of_year),
        years=sorted({point.period.year for cell in answer.cells for point in cell.points}),
    )


def _why(answer: ChangesAnswer) -> str:
    if not answer.causes:
        return "Nothing they were made from changed."
    names = [CAUSE[cause] for cause in answer.causes]
    if answer.sole_cause:
        return f"Only {names[0]} came between them, so every difference is due to that."
    return f"Between them came {', '.join(names[:-1])} and {names[-1]}. A difference is due to all of them together."


def _cell(cell: CellItem, year: int) -> CellChange | None:
    point = next((point for point in cell.points if point.period.year == year), None)
    if point is None:
        return None
    name = f"{region_title(cell.region)}: {LAYER_NAME[cell.layer].lower()}"
    return CellChange(name, _amount(point.demand, cell.unit), _amount(point.gap, cell.unit), _chance(point.p_short))


def _amount(pair: PairItem, unit: str) -> Change:
    """A number with its unit in both editions."""
    values = [one for one in (pair.before, pair.after) if one is not None]
    scale = Scale.of(values, unit)
    if pair.before is None or pair.after is None:
        texts = [NONE if one is None else scale.text(one) for one in (pair.before, pair.after)]
        return Change(f" {ARROW} ".join(texts) if values else NONE, "in one of them only" if values else "")
    change = pair.after - pair.before
    if abs(change) <= LEAST * max(map(abs, values)):
        return Change(scale.text(pair.after), "")
    text = f"{scale.number(pair.before)} {ARROW} {scale.text(pair.after)}"
    return Change(text, _signed(change, Scale.of([change], unit)))


def _signed(change: float, scale: Scale) -> str:
    return f"{'+' if change > 0 else ''}{scale.text(change)}"


def _chance(pair: PairItem) -> Change:
    """Futures of 100 in both editions."""
    before, after = pair.before, pair.after
    if before is None or after is None:
        texts = [NONE if one is None else in_hundred(one) for one in (before, after)]
        return Change(*((NONE, "") if before is after else (f" {ARROW} ".join(texts), "in one of them only")))
    change = after - before
    if abs(change) < LEAST:
        return Change(in_hundred(after), "")
    sign = "+" if change > 0 else MINUS
    return Change(f"{in_hundred(before)} {ARROW} {in_hundred(after)}", f"{sign}{abs(100 * change):.1f} of 100")


def _fact(fact: FactItem) -> tuple[str, str, str]:
    # A version may stay while what stands under it does not.
    named = _value(fact.before) != _value(fact.after)
    before, after = (_value(one) if named else f"{_value(one)}, {_hash(one)}" for one in (fact.before, fact.after))
    return FACT[fact.name], before, after


def _value(value: object) -> str:
    """A fact of a manifest as text: of a table with a version the version, of a day the day."""
    if value is None:
        return NONE
    if isinstance(value, Mapping):
        return str(value["version"]) if "version" in value else ", ".join(f"{key} {one}" for key, one in value.items())
    if isinstance(value, list):
        return f"{len(value)}"
    try:
        return day_text(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _hash(value: object) -> str:
    """The beginning of the hash of what a fact stands for."""
    return f"hash {str(value['sha256'])[:10]}" if isinstance(value, Mapping) and "sha256" in value else "other contents"


def _series(one: SeriesItem, info: SeriesInfo | None) -> SeriesChange:
    return SeriesChange(one.series_id, info.title if info else one.series_id, info is not None, "; ".join(_parts(one)))


def _parts(one: SeriesItem) -> Iterator[str]:
    if one.added > 0:
        yield f"{one.added} new" + (f", the last of {day_text(one.newest)}" if one.newest else "")
    elif one.added < 0:
        yield f"{-one.added} known no more"
    if one.revised:
        largest = ""
        if one.largest and one.largest.before is not None and one.largest.after is not None:
            largest = f", most that of {day_text(one.largest.period)}"
            largest += f" from {one.largest.before:,.6g} to {one.largest.after:,.6g}"
        yield f"{one.revised} revised{largest}"
