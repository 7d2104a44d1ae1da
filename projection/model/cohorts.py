"""Vintages: what is in service of everything that was shipped before."""

import numpy as np
from numpy.typing import NDArray

from projection.base.kernel import compiled

FloatArray = NDArray[np.float32]


@compiled
def in_service(flow: FloatArray, survival_by_age: FloatArray, stock: FloatArray) -> None:
    """N[t] = sum over ages of q[t - age] s[age], all of shape (quarter, draw).

    Ages are added by fours, so that the stock is read and written a quarter as often.
    """
    for quarter in range(flow.shape[0]):
        row = stock[quarter]
        row[:] = 0.0
        age = 0
        while age + 3 <= quarter:
            q0, q1, q2, q3 = (
                flow[quarter - age],
                flow[quarter - age - 1],
                flow[quarter - age - 2],
                flow[quarter - age - 3],
            )
            s0, s1, s2, s3 = (
                survival_by_age[age],
                survival_by_age[age + 1],
                survival_by_age[age + 2],
                survival_by_age[age + 3],
            )
            for draw in range(row.shape[0]):
                row[draw] += q0[draw] * s0[draw] + q1[draw] * s1[draw] + q2[draw] * s2[draw] + q3[draw] * s3[draw]
            age += 4
        while age <= quarter:
            q0, s0 = flow[quarter - age], survival_by_age[age]
            for draw in range(row.shape[0]):
                row[draw] += q0[draw] * s0[draw]
            age += 1


@compiled
def late(flow: FloatArray, lag: FloatArray, out: FloatArray) -> None:
    """The flow, (quarter, draw), delayed by a fractional lag in quarters, (draw,)."""
    for quarter in range(flow.shape[0]):
        for draw in range(flow.shape[1]):
            whole = int(lag[draw])
            part = lag[draw] - np.float32(whole)
            amount = np.float32(0.0)
            if quarter >= whole:
                amount += flow[quarter - whole, draw] * (np.float32(1.0) - part)
            if quarter > whole:
                amount += flow[quarter - whole - 1, draw] * part
            out[quarter, draw] = amount
