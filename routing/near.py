"""The nearest other places of each place, for lists of neighbours, at sizes where a sorted matrix would not fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.model import IntMatrix

ROWS = 64
"""Rows looked at together: few enough for the processor's cache."""

INDEX_BITS = 24
"""Room for a place's number behind its distance in one 64-bit key."""


def nearest(metres: IntMatrix, places: NDArray[np.int64], count: int) -> NDArray[np.int32]:
    """For every one of these places (rows of the matrix) the numbers, among them, of its `count` nearest others.

    int32[places, min(count, places - 1)], nearest first, the way there and back taken together, ties by number.
    """
    size = len(places)
    count = min(count, max(0, size - 1))
    near = np.zeros((size, count), dtype=np.int32)
    if count == 0:
        return near
    numbers = np.arange(size, dtype=np.int64)
    in_a_row = np.array_equal(places, places[0] + numbers)
    columns = slice(int(places[0]), int(places[0]) + size)
    for first in range(0, size, ROWS):
        some = places[first : first + ROWS]
        lines = slice(int(some[0]), int(some[0]) + len(some))
        there = metres[lines, columns] if in_a_row else metres[np.ix_(some, places)]
        back = metres[columns, lines] if in_a_row else metres[np.ix_(places, some)]
        # distance and number in one key: sorting plain numbers is many times faster than sorting by them
        keys = there.astype(np.int64)
        keys += back.T
        keys <<= INDEX_BITS
        keys |= numbers
        keys[np.arange(len(some)), numbers[first : first + len(some)]] = np.iinfo(np.int64).max
        keys.partition(count - 1, axis=1)
        near[first : first + len(some)] = np.sort(keys[:, :count], axis=1) & ((1 << INDEX_BITS) - 1)
    return near
