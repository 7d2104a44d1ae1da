"""What pages and charts say in plain words: the question of a cell, what is needed and what meets it, and chances."""

from datetime import date

from data.base.layers import DemandConcept, Layer, Timing
from data.base.regions import REGIONS, Level
from data.periods.period import Period
from service.wording import region_name

QUESTION = {
    Layer.POWER: "Will {region} build enough data-center power?",
    Layer.COMPUTE: "Will {region} have enough computing power?",
    Layer.ENERGY: "Will {region} have enough electricity for data centers?",
    Layer.FIRM: "Will {region} add enough power that counts at the peak?",
    Layer.STORAGE: "Will {region} have enough data-center storage?",
}
LAYER_NAME = {
    Layer.POWER: "Power",
    Layer.COMPUTE: "Chips",
    Layer.ENERGY: "Electricity",
    Layer.FIRM: "Peak capacity",
    Layer.STORAGE: "Storage",
}
SUBJECT = {
    Layer.POWER: "data-center power",
    Layer.COMPUTE: "computing power",
    Layer.ENERGY: "electricity for data centers",
    Layer.FIRM: "capacity that counts at the peak",
    Layer.STORAGE: "data-center storage",
}
NEED = {
    DemandConcept.WANTED: "needed",
    DemandConcept.BOUGHT: "bought",
    DemandConcept.CONTRACTED: "contracted",
    DemandConcept.REQUESTED: "requested",
}
MET = {
    Layer.POWER: "built",
    Layer.COMPUTE: "deliverable",
    Layer.ENERGY: "available",
    Layer.FIRM: "added",
    Layer.STORAGE: "shipped",
}
DEMAND_NAME = {
    DemandConcept.WANTED: "What buyers want",
    DemandConcept.BOUGHT: "What they can buy",
    DemandConcept.CONTRACTED: "What is contracted",
    DemandConcept.REQUESTED: "What is requested",
}
LIKELY_SHORT, LIKELY_ENOUGH = 0.6, 0.4
"""Between them an answer is called open."""


def region_title(code: str) -> str:
    """The region alone, as on a button."""
    name = REGIONS[code].name
    if REGIONS[code].level is Level.WORLD:
        return "World"
    return (
        {"US": "United States", "EU": "European Union"}.get(code) or region_name(code).removesuffix("'s grid") or name
    )


def question(region: str, layer: Layer) -> str:
    """What a cell answers.

    >>> question("US", Layer.POWER)
    'Will the US build enough data-center power?'
    """
    return QUESTION[layer].format(region=region_name(region))


def in_hundred(chance: float) -> str:
    """A chance as a natural frequency; what draws cannot tell from never or always is not printed as certain.

    >>> in_hundred(0.7435), in_hundred(0.002), in_hundred(1.0)
    ('74 of 100', 'fewer than 1 of 100', 'more than 99 of 100')
    """
    if chance < 0.005:  # noqa: PLR2004 - what rounds to none
        return "fewer than 1 of 100"
    if chance >= 0.995:  # noqa: PLR2004 - what rounds to all
        return "more than 99 of 100"
    return f"{dots(chance)} of 100"


def dots(chance: float) -> int:
    """How many of a hundred futures a chance is: none and all only where it is exactly that."""
    return min(max(round(100 * chance), 1 if chance > 0 else 0), 99 if chance < 1 else 100)


def verdict(chance: float) -> str:
    """The answer to the question in a word or two."""
    if chance >= LIKELY_SHORT:
        return "Probably not."
    return "Probably." if chance <= LIKELY_ENOUGH else "It could go either way."


def by_when(period: Period, timing: Timing) -> str:
    """When a value holds, inside a sentence."""
    return f"by the end of {period.label}" if timing is Timing.END else f"in {period.label}"


def day_text(day: date) -> str:
    """A day as people write it.

    >>> day_text(date(2026, 11, 23))
    '23 November 2026'
    """
    return f"{day.day} {day:%B %Y}"


def possessive(region: str, layer: Layer) -> str:
    """The subject of a cell as a title: ``US: data-center power``."""
    return f"{region_title(region)}: {SUBJECT[layer]}"
