"""Which cells the figures carry, with status, reason, confidence, sources and notes. A cell is never filled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from data.base.layers import Confidence, DemandConcept, Layer, Status
from projection.cells.order_book_cells import carried

STATES = ("US-VA", "US-TX")
GRIDS = ("US-PJM", "US-ERCOT", "IE")
"""Grids whose energy and firm power are answered; ERCOT is not Texas and PJM not Virginia."""
REGIONS_ANSWERED = ("US", "CN", "EU", "WORLD", *GRIDS, *STATES)
"""Regions that are known to the gap."""


@dataclass(frozen=True)
class Verdict:
    """What the figures can carry for one region and layer."""

    status: Status
    confidence: Confidence | None
    reason: str | None
    sources: tuple[str, ...]
    notes: tuple[str, ...]


_CHIPS = "Epoch AI, Data on AI Chip Sales, September 2026 (CC BY 4.0)"
_SITES = "Epoch AI, Frontier Data Centers, five vintages to 3 August 2026 (CC BY 4.0)"
_FILINGS = "Company filings and guidance: Amazon, Alphabet, Meta, Microsoft"
_PUBLISHED = "LBNL 2026, IEA 2025 and 2026, EPRI 2026, McKinsey 2024, Gartner 2026, Goldman Sachs 2026"
_BASE = "Cushman & Wakefield, FERC, IEA, S&P Global, JLL, CBRE: operating capacity and vacancy"
_GENERATION = "Our World in Data (Ember, Energy Institute), electricity generation, 2026 (CC BY 4.0)"
_EIA = "US EIA: Form 860M plans, additions, net generation by month, Short-Term Energy Outlook"
_QUEUES = "LBNL, Queued Up: active requests by technology and their completion"

_EQUIPMENT = (
    "Demand is the installed stock and forecast of equipment, with purchases delayed when halls are full by more than "
    "about a quarter of the housed stock."
)
_ONE_NUMBER = (
    "Compute and power of a region are one balance in two units unless chips bind: do not read one as confirming the "
    "other. The expert floor widens power and hardly compute, so their P(short) differ by it; before it they agree in "
    "every draw."
)
_ROUTES = (
    "Three routes (chips, capex, publishers) are weighted in every draw; their disagreement is part of the width and "
    "stands beside the answer for power."
)
_ROUTES_CN = (
    "Two routes (chips, publishers) are weighted in every draw, as the capex of China's buyers is not carried; their "
    "disagreement is part of the width and stands beside the answer for power."
)
_REALISED = (
    "Slip, size, re-measurement and ramp of tracked sites are fitted on editions of the tracker that span under eight "
    "months; permits and cancellations are not told by them and stay priors, as does slip beyond those months."
)
_NETTING = "WORLD is the sum of its regions in every draw; a surplus in one region hides a shortage in another."
_SUMS = (
    "Demand of WORLD is US + CN + EU + rest in every draw, after the expert floor too, which draws one factor for all "
    "of them before each its own; unconstrained demand and H100e at 16 bit follow the sum's factor and are not summed "
    "anew, so there WORLD is its regions' sum before the floor alone."
)
_DISK_ALONE = (
    "Disk of data centers alone. Its level at the end of 2025 is reconstructed from about 5 ZB, and every route starts "
    "from it: they differ in growth and not in level."
)
_ROUTES_OF_STORAGE = (
    "Three routes (shipments less retirement, data kept, capex of clouds) are weighted in every draw; their "
    "disagreement is part of the width and stands beside the answer."
)
_MARKET = "Lead times and prices stand under tightness: they tell a direction, no exabytes short, and enter no draw."
_FLASH = (
    "Flash is not carried: data centers' share of the flash market and its revenue are told, but neither exabytes of "
    "flash shipped to them nor a price per exabyte."
)
_CLOUDS = (
    "Revenue of clouds is not in the figures, and their backlog is mostly accelerators under contract: capex of the "
    "four largest stands for them."
)
_DEFINITIONS = (
    "Figures of makers and trackers under figures count different things (all disks, nearline, a data-center segment) "
    "and are not joined; what goes to data centers is a share with a band that spans them."
)
_FLOOR = "Demand paths are widened to the expert floor where it binds; width_split is measured before the floor."


def _ok(sources: tuple[str, ...], *notes: str) -> Verdict:
    return Verdict(Status.AVAILABLE, Confidence.WEAK, None, sources, (*notes, _FLOOR))


def _none(reason: str) -> Verdict:
    return Verdict(Status.UNAVAILABLE, None, reason, (), ())


_BOOKS = ("Order books, contracts and queues, each with its publisher: docs/commitments.md",)
_NO_FLOOR = "Books are promises with a realised share, not projections: the expert floor is not applied to them."

_COMPUTE = (_CHIPS, _FILINGS, _SITES, _BASE)
_POWER = (_CHIPS, _SITES, _BASE, _PUBLISHED)

_PJM = "PJM: load forecast reports, base residual auctions, reserve margins"
_ERCOT = "ERCOT: summer peaks 2008-2026, long-term load forecasts 2013-2026 and their errors, large loads"
_CSO = "CSO Ireland: metered electricity of data centers by quarter (CC BY 4.0)"
_PART = (
    "Routes are weighted in every draw: the grid's share of its country's equipment, whose drift is a named judgement, "
    "the operator's own forecast times the share of such forecasts that came, and for PJM what BNEF projects; all "
    "stand beside the answer. The grid is a part of its country in every draw."
)
_ERRORS = (
    "Other peak growth is the operator's, data centers apart, with the spread that 78 forecasts of ERCOT's past peaks "
    "had; no actual stands beside an edition of another grid's forecast."
)
_PJM_LEVEL = "The level is a judged share of the United States: nobody publishes what PJM's data centers use."
_ERCOT_LEVEL = (
    "The level is a judged share of the United States that holds the metered 3.9 to 4.4 GW of large loads, crypto "
    "mines among them."
)
_ERCOT_NEED = (
    "Need is growth since the end of 2026: data centers, and the peak without requests as the last edition made so has "
    "it, plus the margin of the US."
)
_METERED = (
    "The level is metered. Three routes are weighted in every draw: the EU's equipment, from which Ireland drifts by a "
    "named judgement, the forecast of the metered series, and what Wood Mackenzie projects; all stand beside the "
    "answer. Ireland is a part of the EU in every draw."
)
_OFF_LAYER = {
    ("US-PJM", Layer.POWER): "No halls are located by grid; Dominion's contracts and letters stand under US-VA.",
    ("US-ERCOT", Layer.POWER): "No halls are located by grid; ERCOT's approvals and requests stand under US-TX.",
    (
        "IE",
        Layer.POWER,
    ): "No halls of Ireland are counted; what its data centers use is metered and stands under energy.",
    **{(grid, Layer.COMPUTE): "No series locates accelerators there." for grid in GRIDS},
    **{(grid, Layer.STORAGE): "Not one figure splits exabytes for it." for grid in GRIDS},
}

VERDICTS: dict[tuple[str, Layer], Verdict] = {
    ("US", Layer.COMPUTE): _ok(
        _COMPUTE, _EQUIPMENT, _ONE_NUMBER, "No series locates chips: the US share of chips by place is judgement."
    ),
    ("WORLD", Layer.COMPUTE): _ok(
        _COMPUTE, _EQUIPMENT, _ONE_NUMBER, _NETTING, _SUMS,
        "Demand is supported by figures to 2027; supply outside the US has no dated pipeline.",
    ),
    ("CN", Layer.COMPUTE): _ok(
        _COMPUTE, _EQUIPMENT,
        "Stock is domestic chips plus legal and smuggled imports; the smuggled part alone is 0.3 to 1.6 million H100e "
        "(5th to 95th percentile).",
        "That chips and not halls bind is robust; the level is not.",
    ),
    ("US", Layer.POWER): _ok(_POWER, _EQUIPMENT, _ROUTES, _ONE_NUMBER, _REALISED),
    ("WORLD", Layer.POWER): _ok(
        _POWER, _EQUIPMENT, _ROUTES, _ONE_NUMBER, _NETTING, _SUMS, "No dated pipeline exists outside 76 tracked sites."
    ),
    ("CN", Layer.POWER): _ok(
        _POWER, _EQUIPMENT, _ROUTES_CN,
        "Level weak, sign robust: occupancy rests on one row (55 % of racks in 2021), additions on one publisher.",
    ),
    ("US", Layer.ENERGY): _ok(
        (_PUBLISHED, _CHIPS, _EIA, _QUEUES), _ROUTES,
        "Demand is supported; the gap hangs on idle hours of existing plants (dispatch slack): no row exists.",
        "Generation to come is planned additions by technology as such plans were realised, times capacity factors, "
        "less retirements; six windows of two years tell how plans are realised (docs/generation.md).",
        "share_of_growth is of net generation, from forecasts of its months: they follow decades without growth, so "
        "many of their draws hold none, and 1 stands for all growth or more.",
        "In the US hours at peak bind before terawatt-hours: see the firm layer.",
    ),
    ("CN", Layer.ENERGY): _ok(
        (_PUBLISHED, _CHIPS, _GENERATION), _ROUTES_CN,
        "share_of_growth is the answer: the share of all growth of generation since the base year that data centers "
        "take; 1 stands for all of it or more. share_of_year_growth is that of one year's growth alone.",
        "Supply is what data centers used in the base year plus all growth of generation since, less what plants use "
        "themselves and before any other use: a bound, not a forecast of what is left to them.",
        "supply_pace holds additions of solar, wind and reactors; they enter no gap.",
        "Publishers' levels for China differ by a factor of two.",
    ),
    ("WORLD", Layer.ENERGY): Verdict(
        Status.PARTIAL, Confidence.SUPPORTED,
        "Netting world generation against itself is noise, so no supply is printed; share_of_growth is the answer.",
        (_PUBLISHED, _CHIPS, _GENERATION),
        (_ROUTES, _FLOOR, "In share_of_growth, 1 stands for all growth or more."),
    ),
    ("US", Layer.FIRM): _ok(
        (_PUBLISHED, _EIA, _QUEUES, "SemiAnalysis 2026 (second hand), DOE 2025, Grid Strategies 2025"),
        "Growth since the end of 2026, so the first answer is for 2027. Starting headroom and on-site supply rest on "
        "one house.",
        "Two routes to accredited additions are weighed in every draw: plans by technology as realised, at class "
        "ratings that are judgement, and one house's 15 GW (2026) and 20 GW (2030) a year, linear between them.",
        "The expert floor is applied to the energy demand behind this balance.",
    ),
    ("CN", Layer.FIRM): _none(
        "No accredited capacity, reserve requirement or firm headroom is published for China; `limits` says how likely "
        "power is the limit there at all."
    ),
    ("WORLD", Layer.FIRM): _none("Firm power is a property of a grid; there is no world grid to be short of it."),
    ("WORLD", Layer.STORAGE): Verdict(
        Status.PARTIAL, Confidence.WEAK,
        "Supply cannot be estimated apart from demand: any shortage would be the tightness put in, so none is printed.",
        (
            "Seagate and Western Digital filings, Coughlin Associates, TrendFocus: exabytes shipped",
            "IDC: storage installed and used, data created",
            "Company filings and guidance: Amazon, Alphabet, Meta, Microsoft",
            "TrendForce, DigiTimes, Seagate, Western Digital: lead times and prices",
        ),
        (_DISK_ALONE, _ROUTES_OF_STORAGE, _MARKET, _FLASH, _CLOUDS, _DEFINITIONS, _FLOOR),
    ),
    ("EU", Layer.POWER): Verdict(
        Status.PARTIAL, Confidence.WEAK,
        "No dated pipeline and no operating total for the EU are carried (EUROPE of the IEA is not the EU), so no "
        "supply is printed.",
        _POWER, (_EQUIPMENT, _ROUTES, _FLOOR),
    ),
    ("EU", Layer.ENERGY): Verdict(
        Status.PARTIAL, Confidence.WEAK,
        "Generation left to data centers is not told apart from other growth, so no supply is printed; share_of_growth "
        "is the answer.",
        (_PUBLISHED, _CHIPS, _GENERATION),
        (
            _ROUTES, _FLOOR,
            "Only part of EU data centers reported, for 2023 alone: the level is a share of the world.",
            "In share_of_growth, 1 stands for all growth or more.",
        ),
    ),
    ("US", Layer.STORAGE): _none(
        "Not one figure splits exabytes shipped or installed for the United States: what makers and trackers print is "
        "of the world (seagate.hdd.*, wdc.hdd.*, toshiba.hdd.*, world.hdd.*)."
    ),
    ("CN", Layer.STORAGE): _none(
        "The ministry (cn.storage.installed) tells installed totals of all users and media, 'more than' each; those "
        "known on the day stand under figures. No shipments, no retirement and no use are told, so no path follows."
    ),
    **{
        ("EU", layer): _none(reason)
        for layer, reason in {
            Layer.COMPUTE: "No series locates chips in the EU; tracked clusters are 16-bit and self-selected.",
            Layer.FIRM: "No accredited additions or headroom for an EU grid are carried.",
            Layer.STORAGE: "Not one figure splits exabytes for the EU: what makers and trackers print is of the world "
            "(seagate.hdd.*, wdc.hdd.*, toshiba.hdd.*, world.hdd.*).",
        }.items()
    },
    ("US-PJM", Layer.ENERGY): Verdict(
        Status.PARTIAL, Confidence.WEAK,
        "The generation left to data centers in PJM is not published: one house counts 28.7 GW added by 2030 without "
        "hours or retirements, and PJM sells to its neighbours. Hours at peak bind first: see the firm layer.",
        (_PUBLISHED, _CHIPS, _PJM),
        (_PART, _PJM_LEVEL, _FLOOR),
    ),
    ("US-ERCOT", Layer.ENERGY): Verdict(
        Status.PARTIAL, Confidence.WEAK,
        "Neither the generation left to data centers nor the energy of additions is published for ERCOT, so no supply "
        "is printed.",
        (_PUBLISHED, _CHIPS, _ERCOT),
        (_PART, _ERCOT_LEVEL, _FLOOR),
    ),
    ("IE", Layer.ENERGY): Verdict(
        Status.PARTIAL, Confidence.SUPPORTED,
        "What the Irish system can give to data centers is not published: new ones are refused or must bring their own "
        "plant, which no figure counts.",
        (_CSO, _PUBLISHED, _CHIPS),
        (_METERED, _FLOOR),
    ),
    ("US-PJM", Layer.FIRM): _ok(
        (_PUBLISHED, _CHIPS, _PJM, _ERCOT),
        "Counted from the delivery year 2027/28, whose auction cleared 6.6 GW below the requirement: that shortfall is "
        "the starting headroom, wider by what peaks strayed from forecasts two summers ahead.",
        _ERRORS,
        "Accredited additions net of retirements are a judgement between the auctions' trend (-0.6 GW a year) and one "
        "house's additions; PJM's part of on-site power is a judgement.",
        "The margin on added peak is the US's: PJM prints 14.8 to 20.4 % on installed capacity; on accredited capacity "
        "it is less.",
        "The expert floor is applied to the energy demand behind this balance.",
    ),
    ("US-ERCOT", Layer.FIRM): Verdict(
        Status.PARTIAL, Confidence.WEAK,
        "ERCOT has no capacity requirement, and neither accredited additions nor headroom of it are in the figures, so "
        "no supply is printed.",
        (_PUBLISHED, _CHIPS, _ERCOT),
        (_ERCOT_NEED, _ERRORS, "The expert floor is applied to the energy demand behind it."),
    ),
    ("IE", Layer.FIRM): _none(
        "No peak, accredited capacity or adequacy margin of the Irish system is in the figures."
    ),
    **{key: _none(reason) for key, reason in _OFF_LAYER.items()},
    **{
        (state, layer): _none(
            "No accelerators and no halls are located by state, so no equipment is counted there; ask for committed or "
            "requested power."
            if layer in {Layer.COMPUTE, Layer.POWER, Layer.ENERGY}
            else "Firm power is a property of a grid and storage of no state: neither is carried for it."
        )
        for state in STATES
        for layer in Layer
    },
}  # fmt: skip


def unknown_that_day(day: date, knowledge: Sequence[str]) -> Verdict:
    """The verdict of a cell that the figures of an edition's day could not carry."""
    told = " ".join(knowledge)
    return _none(f"What was known on {day} does not carry this cell. {told}".strip())


def without_supply_that_day(found: Verdict, day: date, knowledge: Sequence[str]) -> Verdict:
    """The verdict of a cell whose demand the figures of an edition's day carried, and whose supply they did not."""
    reason = f"What was known on {day} does not carry a supply of this cell. {' '.join(knowledge)}".strip()
    return replace(found, status=Status.PARTIAL, reason=reason)


AT_8_BIT_ALONE = _none("Orders and gigawatt deals state no precision: they are counted at 8 bit alone.")
"""The verdict of compute at 16 bit under a concept made of books."""


def verdict(region: str, layer: Layer, *, demand: DemandConcept) -> Verdict:
    """The verdict of a known cell under a demand concept."""
    if demand is DemandConcept.EQUIPMENT:
        return VERDICTS[region, layer]
    found = carried(region, layer, demand)
    if found.status is Status.UNAVAILABLE:
        return _none(str(found.reason))
    return Verdict(found.status, found.confidence, found.reason, _BOOKS, (*found.notes, _NO_FLOOR))
