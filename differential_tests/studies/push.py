"""What a push of a pool costs, and what it brings: an attack on a market, run by the reference.

The attacker has a position that was opened at the true price, moves the pool in the block of the close, closes, and
moves the pool back. Or pushes first, opens against the push, and closes later at the true price.

The pool is the chain's, with its fee and its counter. The protocol is the reference's. Amounts: TAO.
"""

from dataclasses import dataclass
from math import nan, sqrt
from typing import Final

from differential_tests.machines.alpha_pool import AlphaPool
from reference.block import Block
from reference.errors import PriceOutOfBand
from reference.math.alpha import DYNAMIC
from reference.math.units import RAO, WAD
from reference.modules.custody import process_deposit, process_seed
from reference.modules.decrease import process_close
from reference.modules.market import process_list_market, process_poke
from reference.modules.open import process_open
from reference.oracles.alpha_precompile import AlphaPrecompile
from reference.oracles.index_price import IndexPriceOracle
from reference.presets import CURRENT
from reference.state.records import Terms, account_key
from reference.state.storage import Protocol
from reference.tokens.vault_share import VaultShare

NETUID: Final = 64
PRICE: Final = WAD // 4
POOL: Final = 10_000
"""TAO in the pool."""
SWAP_FEE: Final = 33 / 65_535
"""The chain's default, of what is swapped."""
BLOCKS_OF_HOLD: Final = 5
"""Blocks from a listing until a reading is old enough to count."""
MARGIN, LEVERAGE = 100, 2
"""The attacker's: a notional of 2% of the pool."""
STAFF, ATTACKER, VAULT, SHARE = 1, 2, 3, 4
ACCOUNT: Final = account_key(ATTACKER, 0)
PUSHES: Final = [percent / 100 for percent in range(0, 51, 2)]


@dataclass
class Scene:
    """A market, and what drives it."""

    protocol: Protocol
    block: Block
    pool: AlphaPool

    @classmethod
    def new(cls, is_guarded: bool) -> "Scene":
        """A market by the preset `current`, in a seeded vault."""
        chain = AlphaPrecompile()
        chain.set_subnet(NETUID, PRICE, DYNAMIC, POOL * RAO)
        pool = AlphaPool.at_price(POOL * RAO, PRICE)
        protocol = Protocol(
            chain,
            IndexPriceOracle("nobody"),
            admin=STAFF,
            guardian=STAFF,
            treasury=STAFF,
            address=VAULT,
            share=VaultShare(SHARE, VAULT),
            account_cap=10**6 * WAD,
            global_cap=10**6 * WAD,
        )
        block = Block(1, 1_800_000_000)
        process_list_market(protocol, block, STAFF, NETUID, is_guarded, CURRENT)
        process_seed(protocol, block, STAFF, 100_000 * WAD)
        process_deposit(protocol, ATTACKER, ACCOUNT, 1_000 * WAD)
        scene = cls(protocol, block, pool)
        scene.wait(BLOCKS_OF_HOLD)
        return scene

    def push(self, part: float) -> None:
        """Spot is this part above the true price, by a swap."""
        price = PRICE * (10**9 + round(part * 10**9)) // 10**9
        if price != self.pool.price:
            self.pool.move_to(price)
        self.protocol.precompile.set_pool(NETUID, *self.pool.state)

    def wait(self, blocks: int) -> None:
        """Blocks pass, and each is poked."""
        for _ in range(blocks):
            self.block.number += 1
            self.block.timestamp += 12
            process_poke(self.protocol, self.block, NETUID)

    def next_block(self) -> None:
        """A block that nobody has touched yet."""
        self.block.number += 1
        self.block.timestamp += 12

    def open(self, is_long: bool) -> None:
        """The attacker's position."""
        process_open(
            self.protocol, self.block, ATTACKER, ACCOUNT, NETUID, is_long, MARGIN * WAD, LEVERAGE * WAD, Terms(WAD)
        )

    def close(self) -> None:
        """All of it."""
        process_close(self.protocol, self.block, ATTACKER, ACCOUNT, NETUID, Terms(WAD))

    def gain(self) -> float:
        """What the attacker has more than before."""
        return (self.protocol.account(ACCOUNT).cash - 1_000 * WAD) / WAD


def cost_of_push(part: float) -> float:
    """The pool's fees for moving the price up by a part, and back (TAO)."""
    moved = POOL * (sqrt(1 + part) - 1)
    return 2 * SWAP_FEE * moved


def gain_of_close(part: float, is_guarded: bool) -> float:
    """Of a long that is closed at the pushed price."""
    scene = Scene.new(is_guarded)
    scene.wait(1)
    scene.open(True)
    scene.wait(10)
    scene.next_block()
    scene.push(part)
    scene.close()
    return scene.gain()


def gain_of_open(part: float, is_guarded: bool) -> float:
    """Of a short that is opened at the pushed price, and closed ten minutes later at the true one.

    Not a number where nothing can be opened: beyond the band.
    """
    scene = Scene.new(is_guarded)
    scene.wait(10)
    scene.next_block()
    scene.push(part)
    try:
        scene.open(False)
    except PriceOutOfBand:
        return nan
    scene.push(0.0)
    scene.wait(50)
    scene.close()
    return scene.gain()
