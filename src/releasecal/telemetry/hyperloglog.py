"""
HyperLogLog: how many different values there were, without keeping any of them.

Flajolet, Fusy, Gandouet and Meunier, 2007. 4,096 registers of an octet tell a number of any size
to within 1.6 % (1.04 / √4096), one standard deviation; two sets of registers are joined by their
larger values. A register has the longest run of zeros in a hash, so that no value can be found
out from them.
"""

import math
from collections.abc import MutableSequence, Sequence

_BITS = 12

REGISTERS = 1 << _BITS
"""Registers of a set, one octet each."""

_REST = 64 - _BITS
_ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)


def add(registers: MutableSequence[int] | memoryview, start: int, hashed: int) -> None:
    """Add a value to the registers from *start* on, by its hash of 64 bits."""
    place = start + (hashed & (REGISTERS - 1))
    rank = _REST - (hashed >> _BITS).bit_length() + 1
    registers[place] = max(registers[place], rank)


def joined(several: Sequence[bytes]) -> bytes:
    """Return the registers of all values that were added to any of *several*."""
    return bytes(map(max, *several)) if len(several) > 1 else several[0]


def estimate(registers: bytes) -> int:
    """Return how many different values were added, about."""
    raw = _ALPHA * REGISTERS**2 / sum(2.0**-rank for rank in registers)
    empty = registers.count(0)
    if raw <= 2.5 * REGISTERS and empty:
        return round(REGISTERS * math.log(REGISTERS / empty))  # linear counting
    return round(raw)
