"""The chain's pool of one subnet: TAO and alpha with weights, swaps with their fee, emission, and the volume.

All amounts are in rao, as integers. Powers are taken of decimals in a context of their own, by ln and exp, which round
correctly: a pool moves alike on every machine.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from math import isqrt
from typing import Final

from reference.math.units import WAD

FEE_RATE: Final = 33
FEE_PARTS: Final = 65_535
"""A swap's fee is FEE_RATE / FEE_PARTS of what is put in, about 0.05%. It goes to the block's author."""
WEIGHT_ONE: Final = 10**18
"""Both weights together."""
MIN_WEIGHT: Final = 10**16
"""Either weight is at least this."""
MIN_RESERVE: Final = 10**6
"""Least reserve (rao) that a swap leaves on the side that it takes from."""

CONTEXT: Final = Context(prec=32)
"""Of powers: ten digits more than a reserve below 2**72 rao has."""


class SwapError(ValueError):
    """The pool can't make this swap, or can't take this emission."""


@dataclass(frozen=True, slots=True)
class Swap:
    """A swap as it was made (rao). paid: TAO of a buy, alpha of a sell, its fee included. received: the other one."""

    is_buy: bool
    paid: int
    received: int


@dataclass(slots=True)
class AlphaPool:
    """A pool. tao, alpha: reserves, rao. tao_weight: parts of WEIGHT_ONE; alpha has the rest.

    volume: TAO of all swaps, rao: of a buy with its fee, of a sell as it was paid out. It never falls.
    """

    tao: int
    alpha: int
    tao_weight: int = WEIGHT_ONE // 2
    volume: int = 0

    @classmethod
    def at_price(cls, tao: int, price: int, alpha: int = 0, volume: int = 0) -> "AlphaPool":
        """A pool of this TAO (rao) at a price (WAD). alpha: rao; 0 for as much as equal weights need."""
        alpha = alpha or tao * WAD // price
        pool = cls(tao, alpha, volume=volume)
        pool._weigh(tao * WAD, alpha * price)
        return pool

    @property
    def price(self) -> int:
        """Spot price (WAD), rounded down: TAO / alpha, times weight of alpha / weight of TAO."""
        return (WEIGHT_ONE - self.tao_weight) * self.tao * WAD // (self.tao_weight * self.alpha)

    @property
    def state(self) -> tuple[int, int, int, int]:
        """What the precompile says of it: price (WAD), TAO, alpha and volume (rao)."""
        return self.price, self.tao, self.alpha, self.volume

    def buy(self, amount: int) -> Swap:
        """Alpha for TAO (rao). Errors: SwapError."""
        net = amount - calculate_fee(amount)
        received = _calculate_out(self.tao, net, self.alpha, self.tao_weight)

        self.tao += net
        self.alpha -= received
        self.volume += amount
        return Swap(True, amount, received)

    def sell(self, amount: int) -> Swap:
        """TAO for alpha (rao). Errors: SwapError."""
        net = amount - calculate_fee(amount)
        received = _calculate_out(self.alpha, net, self.tao, WEIGHT_ONE - self.tao_weight)

        self.alpha += net
        self.tao -= received
        self.volume += received
        return Swap(False, amount, received)

    def calculate_cost(self, amount: int) -> int:
        """The TAO (rao) whose buy receives this alpha (rao), or a little more. Errors: SwapError."""
        left = self.alpha - amount
        if left < MIN_RESERVE:
            raise SwapError

        if 2 * self.tao_weight == WEIGHT_ONE:
            tao = -(-self.tao * self.alpha // left)
        else:
            tao = _scale(self.tao, self.alpha, left, WEIGHT_ONE - self.tao_weight, self.tao_weight)
        return _add_fee(tao - self.tao)

    def move_to(self, price: int) -> Swap:
        """The swap that carries the price (WAD) there, upwards by a buy. Errors: SwapError."""
        is_buy = price > self.price
        if is_buy:
            net = _calculate_in(self.tao, price, self.price, WEIGHT_ONE - self.tao_weight)
        else:
            net = _calculate_in(self.alpha, self.price, price, self.tao_weight)

        amount = _add_fee(net)
        return self.buy(amount) if is_buy else self.sell(amount)

    def jump(self, price: int, swaps: int = 3) -> list[Swap]:
        """A true move: other people's swaps carry the price (WAD) there, in equal steps. Errors: SwapError."""
        start = self.price
        return [self.move_to(start + (price - start) * step // swaps) for step in range(1, swaps + 1)]

    def emit(self, tao: int, alpha: int) -> None:
        """The chain adds TAO and alpha (rao): the price stays, and the weights drift. Errors: SwapError."""
        value = (self.alpha + alpha) * (WEIGHT_ONE - self.tao_weight) * self.tao
        self._weigh((self.tao + tao) * self.tao_weight * self.alpha, value)
        self.tao += tao
        self.alpha += alpha

    def _weigh(self, tao: int, alpha: int) -> None:
        """Sets the weights to two values, which are in one unit."""
        weight = (2 * WEIGHT_ONE * tao + tao + alpha) // (2 * (tao + alpha))
        if not MIN_WEIGHT <= weight <= WEIGHT_ONE - MIN_WEIGHT:
            raise SwapError

        self.tao_weight = weight


def calculate_fee(amount: int) -> int:
    """The fee of a swap (rao), in what is put in, rounded down."""
    return amount * FEE_RATE // FEE_PARTS


def _add_fee(net: int) -> int:
    """What has to be put in (rao), so that this is left after the fee."""
    return -(-net * FEE_PARTS // (FEE_PARTS - FEE_RATE))


def _calculate_out(reserve_in: int, net: int, reserve_out: int, weight_in: int) -> int:
    """What a swap pays out (rao), rounded down.

    reserve_out · (1 − (reserve_in / (reserve_in + net))^(w_in / w_out)); net: what is put in, less the fee.
    Errors: SwapError.
    """
    if reserve_in < MIN_RESERVE or net > 1_000 * reserve_in:
        raise SwapError

    if 2 * weight_in == WEIGHT_ONE:
        left = -(-reserve_out * reserve_in // (reserve_in + net))
    else:
        left = _scale(reserve_out, reserve_in, reserve_in + net, weight_in, WEIGHT_ONE - weight_in)
    if left < MIN_RESERVE:
        raise SwapError

    return reserve_out - left


def _calculate_in(reserve_in: int, price: int, old_price: int, weight_out: int) -> int:
    """What has to be put in, less the fee (rao), until the price of the other side is `price`, rounded up."""
    if 2 * weight_out == WEIGHT_ONE:
        return isqrt(reserve_in * reserve_in * price // old_price) + 1 - reserve_in

    return _scale(reserve_in, price, old_price, weight_out, WEIGHT_ONE) - reserve_in


def _scale(amount: int, above: int, below: int, power: int, root: int) -> int:
    """amount · (above / below)^(power / root), rounded up."""
    exponent = CONTEXT.divide(power, root)
    factor = CONTEXT.exp(CONTEXT.multiply(CONTEXT.ln(CONTEXT.divide(above, below)), exponent))
    return int(CONTEXT.multiply(amount, factor).to_integral_value(rounding=ROUND_CEILING, context=CONTEXT))
