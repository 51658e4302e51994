"""How the chain itself computes the prices that its Alpha precompile returns."""

from typing import Final

ONE_TAO: Final = 10**18
"""Price of one TAO per alpha (WAD)."""

PRICE_STEP: Final = 10**9
"""The precompile's prices are multiples of this (WAD): the chain keeps nine decimals."""

MAX_STEPS: Final = 2**64 - 1
"""Most steps that a price can have: the chain computes it in 64 bits."""

ROOT_NETUID: Final = 0
"""The root subnet: it has no pool."""

DYNAMIC: Final = 1
"""The mechanism of a subnet that has a pool."""


def calculate_answer(price: int) -> int:
    """CHN-1. A price as the precompile returns it: rounded down to a step, saturating at 64 bits of steps.

    price: WAD. Result: WAD, a multiple of 10**9.
    Source: the chain's `floor(price · 10**9) · 10**9`.
    """
    return min(price // PRICE_STEP, MAX_STEPS) * PRICE_STEP


def counts_in_index(netuid: int, price: int) -> bool:
    """CHN-3. Whether getSumAlphaPrice adds a subnet: not root, and strictly below 1 TAO.

    price: WAD, as the chain holds it (before CHN-1 rounds it).
    """
    return netuid != ROOT_NETUID and price < ONE_TAO
