"""The world that a search plays in: a market over the chain's pool, a vault, honest pokes, and a coalition.

Only the reference runs. The coalition is two traders and a depositor, who also swap in the pool. The true price is the
one to which everybody else carries the pool: it moves by jumps, and no swap of the coalition moves it.
"""

from contextlib import suppress
from copy import copy
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Final

from differential_tests.machines.alpha_pool import AlphaPool, Swap, SwapError
from reference.block import Block
from reference.errors import MegaTAOError
from reference.math.alpha import DYNAMIC
from reference.math.funding import calculate_funding_owed_up
from reference.math.interest import calculate_interest_owed_up
from reference.math.margin import calculate_equity, calculate_pnl
from reference.math.units import RAO, WAD
from reference.modules.custody import process_deposit, process_seed
from reference.modules.liquidation import process_liquidate
from reference.modules.market import process_list_market, process_poke
from reference.modules.open import process_open
from reference.modules.shares import (
    CUT_PERIOD,
    WINDOW_PERIOD,
    process_claim_request,
    process_cut_off,
    process_request_deposit,
    process_settle,
)
from reference.oracles.alpha_precompile import AlphaPrecompile
from reference.oracles.index_price import IndexPriceOracle
from reference.presets import CURRENT, INDEX
from reference.state.records import INDEX_KEY, WOUND_DOWN, Market, Parameters, Position, Terms, account_key
from reference.state.storage import Protocol
from reference.tokens.vault_share import VaultShare

NETUID: Final = 64
INDEX_DEPTH: Final = 1_000
"""TAO in the one pool that stands for all that move MTSOS."""
PRICE: Final = WAD // 4
PERCENT: Final = 100
BASIS: Final = 10_000
BLOCK_SECONDS: Final = 12
STAFF, KEEPER, VAULT, SHARE, DEPOSITOR = 1, 2, 3, 4, 5
TRADERS: Final = (6, 7)
HONEST: Final = (8, 9)
"""An honest long and an honest short."""
COALITION: Final = frozenset((*TRADERS, DEPOSITOR))
CASH: Final = 100_000
"""Free cash of each trader at the beginning (TAO)."""
THRESHOLD: Final = CURRENT.maintenance + CURRENT.buffer
ANY_PRICE: Final = Terms(WAD)
HELD: Final = 900
"""Seconds for which pushes are held in a sequence, all together: after that everybody else carries the pool back."""
BARGAIN: Final = 2_000
"""A pool is worth moving where it is further than this part from the true price: a swap's fee."""
WARM_UP: Final = 1_800
"""Seconds of pokes between the beginning of a world and that of a sequence."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a world is made of.

    pool, vault: TAO. power: hundredths, with which the price goes with the pool's TAO. pace: seconds between honest
    pokes, after each of which a keeper liquidates what can be; 0: nobody pokes. depositor: the coalition's part of the
    vault's shares, percent. honest: notional of an honest long and of an honest short at 4.5, hundredths of a percent
    of the pool. is_index: the market is MTSOS, whose pool is a parameter.
    """

    is_index: bool = False
    pool: int = 10_000
    vault: int = 5_000
    power: int = 200
    pace: int = 60
    depositor: int = 0
    honest: int = 0

    @property
    def key(self) -> int:
        """The market's."""
        return INDEX_KEY if self.is_index else NETUID

    def tell(self) -> str:
        """In words."""
        market = "MTSOS" if self.is_index else f"a pool of power {self.power / 100:g}"
        parts = [f"{market}, R {self.pool:,} TAO, vault {self.vault:,} TAO"]
        parts.append(f"a poke each {self.pace} s" if self.pace else "no pokes")
        parts += [f"{self.depositor}% of the shares"] if self.depositor else []
        parts += ["honest positions"] if self.honest else []
        return ", ".join(parts)

    @property
    def preset(self) -> Parameters:
        """The market's."""
        return replace(INDEX, pool=self.pool * WAD) if self.is_index else CURRENT


@dataclass(slots=True)
class World:
    """A market's world. true_price: WAD. began_at: seconds.

    tao: what the coalition has gained outside of the protocol, wei, signed. alpha: what it has bought of the pool and
    not sold again, rao, signed. patience: seconds for which it can still hold a push. luck, floored_luck: what prices
    alone have done to its worth, wei, signed.
    """

    setting: Setting
    protocol: Protocol
    block: Block
    pool: AlphaPool
    true_price: int = PRICE
    tao: int = 0
    alpha: int = 0
    luck: int = 0
    floored_luck: int = 0
    patience: int = HELD
    began_at: int = 0

    @property
    def key(self) -> int:
        """The market's."""
        return self.setting.key

    @property
    def market(self) -> Market:
        """As it is stored."""
        return self.protocol.markets[self.key]

    def publish(self) -> None:
        """The precompile states the pool."""
        precompile = self.protocol.precompile
        if self.setting.is_index:
            precompile.set_prices([], [], self.pool.price)
        else:
            precompile.set_pool(NETUID, *self.pool.state)

    def buy(self, amount: int) -> None:
        """The coalition buys alpha for TAO (rao)."""
        self._trade(self.pool.buy(amount))

    def sell(self, amount: int) -> None:
        """The coalition sells alpha (rao), of which it has enough."""
        self._trade(self.pool.sell(amount))

    def push(self, price: int) -> None:
        """The coalition carries the pool to a price (WAD)."""
        self._trade(self.pool.move_to(price))

    def pull(self) -> None:
        """The coalition undoes all its swaps: it sells what it has bought, and buys what it has sold."""
        if self.alpha > 0:
            self.sell(self.alpha)
        elif self.alpha < 0:
            self.buy(self.pool.calculate_cost(-self.alpha))
            self.alpha = 0

    def _trade(self, swap: Swap) -> None:
        if swap.is_buy:
            self.tao -= swap.paid * RAO
            self.alpha += swap.received
        else:
            self.tao += swap.received * RAO
            self.alpha -= swap.paid
        self.publish()

    def calculate_pull(self) -> int:
        """What undoing its swaps now would bring the coalition (wei, signed)."""
        if self.alpha > 0:
            return copy(self.pool).sell(self.alpha).received * RAO
        return -self.pool.calculate_cost(-self.alpha) * RAO if self.alpha else 0

    def jump(self, ratio: int) -> None:
        """The true price changes to a ratio of itself (parts of BASIS), and everybody carries the pool along.

        Errors: SwapError.
        """
        pool = copy(self.pool)
        pool.jump(pool.price * ratio // BASIS)
        self._replace_pool(pool)
        self.true_price = self.true_price * ratio // BASIS

    def see(self) -> None:
        """Honest people feed at once what a jump has done to MTSOS, a sum of many prices, if they feed at all."""
        if self.setting.is_index and self.setting.pace:
            self.block.number += 1
            self.block.timestamp += BLOCK_SECONDS
            self.poke()

    def wait(self, seconds: int) -> None:
        """Time passes; honest people poke at their pace, and liquidate what can be liquidated."""
        end, pace = self.block.timestamp + seconds, self.setting.pace
        self._restore()
        while pace and (until := self.block.timestamp // pace * pace + pace) <= end:
            self._advance(until)
            self._restore()
            self.poke()
        self._advance(end)

    def _restore(self) -> None:
        """Others carry the pool to the true price, unless the coalition holds it where it is."""
        is_held = self.alpha != 0 and self.patience > 0
        if not is_held and abs(self.pool.price - self.true_price) * BARGAIN > self.true_price:
            pool = copy(self.pool)
            pool.move_to(self.true_price)
            with suppress(SwapError):
                self._replace_pool(pool)

    def _replace_pool(self, pool: AlphaPool) -> None:
        """Others have moved the pool. Errors: SwapError, where the coalition could not buy back what it has sold."""
        if self.alpha < 0:
            pool.calculate_cost(-self.alpha)
        self.pool = pool
        self.publish()

    def _advance(self, timestamp: int) -> None:
        passed = timestamp - self.block.timestamp
        self.block.number += -(-passed // BLOCK_SECONDS)
        self.block.timestamp = timestamp
        if self.alpha:
            self.patience -= passed

    def poke(self) -> None:
        """An honest poke, and honest liquidations."""
        process_poke(self.protocol, self.block, self.key)
        for (account, _), position in list(self.protocol.positions.items()):
            if self._is_worth_trying(position):
                with suppress(MegaTAOError):
                    process_liquidate(self.protocol, self.block, KEEPER, account, self.key)

    def _is_worth_trying(self, position: Position) -> bool:
        """Whether a position is below its threshold at the mark, so that a keeper may try."""
        market, vault = self.market, self.protocol.vault
        equity = calculate_equity_at(market, position, market.mark, vault.interest_index)
        return market.status != WOUND_DOWN and equity * WAD < position.entry_notional * THRESHOLD

    def clone(self) -> "World":
        """The same world, which goes on by itself."""
        made = copy(self)
        made.block, made.pool = copy(self.block), copy(self.pool)
        made.protocol = _clone(self.protocol)
        made.protocol.precompile = _make_precompile(self.setting)
        made.publish()
        return made


def _clone(protocol: Protocol) -> Protocol:
    """A protocol that goes on by itself; its records are values, which nothing changes."""
    made = copy(protocol)
    for each in fields(protocol):
        value = getattr(protocol, each.name)
        if isinstance(value, dict | set):
            setattr(made, each.name, copy(value))
    made.share = protocol.share.copy()
    return made


def _make_precompile(setting: Setting) -> AlphaPrecompile:
    made = AlphaPrecompile()
    if not setting.is_index:
        made.set_subnet(NETUID, PRICE, DYNAMIC, 0)
    return made


def make_world(setting: Setting) -> World:
    """A world at its beginning: everything that honest people have is there, and the window may be cut off."""
    return make_base(setting).clone()


@cache
def make_base(setting: Setting) -> World:
    """The world that is cloned: it must not be changed."""
    block = Block(1, 1_800_000_000)
    protocol = Protocol(
        _make_precompile(setting),
        IndexPriceOracle("nobody"),
        admin=STAFF,
        guardian=STAFF,
        treasury=STAFF,
        address=VAULT,
        share=VaultShare(SHARE, VAULT),
        account_cap=10**7 * WAD,
        global_cap=10**8 * WAD,
    )
    tao = (INDEX_DEPTH if setting.is_index else setting.pool) * RAO
    alpha = tao * WAD // PRICE * PERCENT // (setting.power - PERCENT)
    world = World(setting, protocol, block, AlphaPool.at_price(tao, PRICE, alpha))
    world.publish()

    process_list_market(protocol, block, STAFF, setting.key, True, setting.preset)
    for trader in (*TRADERS, *HONEST):
        process_deposit(protocol, trader, account_key(trader, 0), CASH * WAD)
    _fill_vault(world)
    world.wait(WINDOW_PERIOD - WARM_UP)
    for is_long, trader in zip((True, False), HONEST, strict=True):
        if setting.honest:
            notional = setting.pool * setting.honest * WAD // BASIS
            arguments = (trader, account_key(trader, 0), setting.key, is_long, notional * 10 // 45, 45 * WAD // 10)
            process_open(protocol, block, *arguments, ANY_PRICE)
    world.wait(WARM_UP)
    world.began_at = block.timestamp
    return world


def _fill_vault(world: World) -> None:
    """The treasury seeds its part of the vault, and the depositor has the rest."""
    protocol, block, setting = world.protocol, world.block, world.setting
    deposited = setting.vault * setting.depositor // PERCENT * WAD
    process_seed(protocol, block, STAFF, setting.vault * WAD - deposited)
    if deposited:
        process_request_deposit(protocol, block, DEPOSITOR, DEPOSITOR, DEPOSITOR, deposited)

    world.wait(WINDOW_PERIOD)
    process_cut_off(protocol, block)
    world.wait(CUT_PERIOD)
    process_settle(protocol, block)
    if deposited:
        process_claim_request(protocol, protocol.window.number - 1, DEPOSITOR)


def calculate_equity_at(market: Market, position: Position, price: int, interest_index: int) -> int:
    """Equity at a price (WAD), with what is owed by the indices of the last touch (wei, signed)."""
    funding = calculate_funding_owed_up(position.size, market.funding_index, position.funding_index, position.is_long)
    interest = calculate_interest_owed_up(position.entry_notional, interest_index, position.interest_index)
    pnl = calculate_pnl(position.size, position.entry_notional, price, position.is_long)
    return calculate_equity(position.margin, pnl, funding, interest)
