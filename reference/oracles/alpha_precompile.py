"""The chain's Alpha precompile, as far as the protocol reads it, and the ways in which it can fail."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from reference.errors import CheckFailed
from reference.math.alpha import DYNAMIC, ONE_TAO, calculate_answer, counts_in_index
from reference.math.reading import GOOD, ORACLE_FAILED, ORACLE_MALFORMED
from reference.math.units import MAX_WORD, WAD

SETTABLE_PRICE: Final = 2**128
"""Prices are set below this (WAD), so that their sum can't leave a word."""

MAX_RAO: Final = 2**64 - 1
"""The chain keeps what is in a pool in 64 bits."""

MAX_VOLUME: Final = 2**128 - 1
"""It counts swaps in 128 bits."""

MAX_SUBNETS: Final = 16
"""Subnets whose prices can be set in one call."""


class Question(StrEnum):
    """The views that the protocol uses, by signature."""

    PRICE = "getAlphaPrice(uint16)"
    MECHANISM = "getSubnetMechanism(uint16)"
    POOL = "getTaoInPool(uint16)"
    ALPHA = "getAlphaInPool(uint16)"
    VOLUME = "getSubnetVolume(uint16)"
    SUM = "getSumAlphaPrice()"


class Mode(IntEnum):
    """How calls of one view end."""

    NORMAL = 0
    DISABLED = 1
    SHORT = 2
    WIDE = 3
    REVERTING = 4


@dataclass(slots=True)
class Subnet:
    """A subnet as the chain knows it.

    price: WAD, finer than it is stated. pool_rao, alpha_rao: what the pool has of TAO and of alpha (rao). volume: TAO
    of all swaps (rao, CHN-5).
    """

    price: int = 0
    mechanism: int = 0
    pool_rao: int = 0
    alpha_rao: int = 0
    volume: int = 0

    def calculate_spot(self) -> int:
        """CHN-2. Spot price (WAD): what has no pool, an unknown subnet included, has the price 1."""
        return self.price if self.mechanism == DYNAMIC else ONE_TAO


UNKNOWN: Final = Subnet()
"""A subnet that is not registered (CHN-2)."""


@dataclass(slots=True)
class AlphaPrecompile:
    """All subnets, the sum of their prices that count in the index, and what others add to it (WAD)."""

    subnets: dict[int, Subnet] = field(default_factory=dict)
    modes: dict[Question, Mode] = field(default_factory=dict)
    index_sum: int = 0
    other_sum: int = 0

    def set_subnet(self, netuid: int, price: int, mechanism: int, pool_rao: int) -> None:
        """Registers or changes a subnet, with a pool of even weights; with all of it 0 the subnet is unknown again.

        Its counter stays. price: WAD. pool_rao: rao, below 2**64.
        Errors: CheckFailed if the price is 2**128 or more.
        """
        if price >= SETTABLE_PRICE:
            raise CheckFailed

        subnet = self.subnets.setdefault(netuid, Subnet())
        self._change(netuid, subnet, price, mechanism)
        subnet.pool_rao, subnet.alpha_rao = pool_rao, calculate_even_alpha_down(pool_rao, price)

    def set_pool(self, netuid: int, price: int, pool_rao: int, alpha_rao: int, volume: int) -> None:
        """CHN-5, CHN-6. What a swap, an emission or a new registration leaves: any pool, any counter.

        price: WAD. pool_rao, alpha_rao: rao, below 2**64. volume: rao, below 2**128.
        Errors: CheckFailed if the price is 2**128 or more.
        """
        if price >= SETTABLE_PRICE:
            raise CheckFailed

        subnet = self.subnets.setdefault(netuid, Subnet())
        self._change(netuid, subnet, price, subnet.mechanism)
        subnet.pool_rao, subnet.alpha_rao, subnet.volume = pool_rao, alpha_rao, volume

    def set_prices(self, netuids: list[int], prices: list[int], other_sum: int) -> None:
        """Changes the prices of subnets, and says what all the subnets that are not kept here add to the sum.

        Each pool keeps its TAO and its counter, and is of even weights. prices, other_sum: WAD.
        Errors: CheckFailed if one of them is 2**128 or more, a price is missing, or there are more than MAX_SUBNETS.
        """
        if max(len(netuids), len(prices)) > MAX_SUBNETS or len(prices) < len(netuids):
            raise CheckFailed
        if any(price >= SETTABLE_PRICE for price in (*prices[: len(netuids)], other_sum)):
            raise CheckFailed

        for netuid, price in zip(netuids, prices, strict=False):
            subnet = self.subnets.setdefault(netuid, Subnet())
            self._change(netuid, subnet, price, subnet.mechanism)
            subnet.alpha_rao = calculate_even_alpha_down(subnet.pool_rao, price)
        self.other_sum = other_sum

    def _change(self, netuid: int, subnet: Subnet, price: int, mechanism: int) -> None:
        before = subnet.calculate_spot()
        if counts_in_index(netuid, before):
            self.index_sum -= before
        subnet.price, subnet.mechanism = price, mechanism
        after = subnet.calculate_spot()
        if counts_in_index(netuid, after):
            self.index_sum += after

    def answer(self, question: Question, netuid: int = 0) -> tuple[int, int]:
        """CHN-4, ORC-2. Cause and word of one read; the word is 0 unless the cause is GOOD."""
        if question in self.modes:
            mode = self.modes[question]
            if mode in (Mode.DISABLED, Mode.REVERTING):
                return ORACLE_FAILED, 0
            if mode == Mode.SHORT:
                return ORACLE_MALFORMED, 0
            if mode == Mode.WIDE:
                return GOOD, MAX_WORD

        if question == Question.SUM:
            return GOOD, calculate_answer(self.index_sum + self.other_sum)

        subnet = self.subnets.get(netuid, UNKNOWN)
        if question == Question.PRICE:
            return GOOD, calculate_answer(subnet.calculate_spot())
        if question == Question.MECHANISM:
            return GOOD, subnet.mechanism
        if question == Question.POOL:
            return GOOD, subnet.pool_rao

        return GOOD, subnet.alpha_rao if question == Question.ALPHA else subnet.volume


def calculate_even_alpha_down(pool_rao: int, price: int) -> int:
    """CHN-6. Alpha (rao) of a pool whose weights are even, saturating at 64 bits; 0 where the price is 0.

    pool_rao: TAO in the pool (rao). price: WAD.
    """
    return min(pool_rao * WAD // price, MAX_RAO) if price else 0
