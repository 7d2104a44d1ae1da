"""Shapley values: how a difference is shared by the players who make it together.

A player's part is what he adds to a coalition, averaged over every order in which the players may come (Shapley, L. S.,
"A value for n-person games", 1953). The parts sum to the difference between all players and none, a player who changes
nothing has no part, and no order is preferred.
"""

from itertools import product
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


def shapley(values: FloatArray) -> FloatArray:
    """Parts of the players, (player, ...), that sum to the last value less the first.

    Args:
        values: of every coalition, (coalition, ...); player i belongs to those whose number has bit i.
    """
    players = len(values).bit_length() - 1
    parts = np.zeros((players, *values.shape[1:]))
    for player, coalition in product(range(players), range(len(values))):
        with_player = coalition | 1 << player
        if coalition != with_player:
            parts[player] += _weight(coalition.bit_count(), players) * (values[with_player] - values[coalition])
    return parts


def _weight(others: int, players: int) -> float:
    """Share of the orders in which a player comes after exactly some others."""
    return factorial(others) * factorial(players - others - 1) / factorial(players)
