"""What the oracle takes from the product: the figures of the day and what is drawn."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from data.periods.period import Frequency, Period
from projection.model.passes import Inputs

FIRST = Period(date(2022, 1, 1), Frequency.QUARTER)


@dataclass(frozen=True)
class Facts:
    """Inputs of the engine in double precision, one number a draw as (draw, 1)."""

    inputs: Inputs

    @property
    def anchors(self):
        """Figures of the day."""
        return self.inputs.anchors

    @cached_property
    def values(self):
        """Assumptions by name."""
        return {name: column(draws) for name, draws in self.inputs.values.items()}

    @cached_property
    def errors(self):
        """Measurement errors by designer."""
        return {name: column(draws) for name, draws in self.inputs.errors.items()}

    @cached_property
    def shocks(self):
        """Shocks of the model itself by name."""
        return {name: column(draws) for name, draws in self.inputs.shocks.items()}

    @cached_property
    def driver_paths(self):
        """Driver paths by series and period."""
        drivers = self.inputs.drivers
        return {
            name: {period: column(paths[:, step]) for step, period in enumerate(drivers.periods[name])}
            for name, paths in drivers.values.items()
        }

    @property
    def offset(self):
        """Quarters of history before the projection."""
        return FIRST.steps_to(self.anchors.timeline.first)

    def index(self, quarter):
        """Place of a quarter, counted from the first of history."""
        return FIRST.steps_to(quarter)

    def place(self, quarter):
        """Place of a quarter, counted from the first projected one."""
        return self.index(quarter) - self.offset

    def years_since(self, day):
        """Years from a day to the ends of the base year and of each projected quarter."""
        timeline = self.anchors.timeline
        return np.array([(end - day).days / 365.25 for end in (timeline.base, *(q.end for q in timeline.quarters))])

    @cached_property
    def hours(self):
        """Hours of each projected quarter."""
        return np.array([((quarter.end - quarter.start).days + 1) * 24 for quarter in self.anchors.timeline.quarters])


def column(draws):
    """One number a draw, as double precision."""
    return draws.astype(float)[:, None]
