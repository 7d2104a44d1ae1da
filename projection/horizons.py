"""From when each layer's horizon counts: the last observed period of its inputs, not the day of issue."""

from datetime import date

from data.layers import Layer
from data.periods import Frequency, Period

OBSERVED: dict[Layer, date] = {
    # Amazon, Huawei and Cambricon shipments end with 2025Q4; a world sum of later quarters would mix dates.
    Layer.COMPUTE: date(2025, 12, 31),
    # Same chips; base capacity is a nowcast of the end of 2025.
    Layer.POWER: date(2025, 12, 31),
    # Yearly energy of 2025 is the last estimated year (IEA, Gartner).
    Layer.ENERGY: date(2025, 12, 31),
    Layer.FIRM: date(2025, 12, 31),
    Layer.STORAGE: date(2025, 12, 31),
}

FIRM_BASE = Period(date(2026, 10, 1), Frequency.QUARTER)
"""The firm balance counts growth from the end of this quarter."""
