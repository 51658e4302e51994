"""The price of MTSOS: a seven-day moving average of the sum of the subnets' prices."""

from dataclasses import dataclass

from reference.block import Block
from reference.errors import AlreadyInitialized, NotInitialized, NotInitializer
from reference.math.ema import calculate_index
from reference.oracles.alpha_precompile import AlphaPrecompile
from reference.oracles.feed import read_index


@dataclass(frozen=True, slots=True)
class Initialized:
    """The index has started. spot: WAD."""

    spot: int


@dataclass(frozen=True, slots=True)
class Updated:
    """The index has moved. spot, ema: WAD. elapsed: seconds since the last update, uncapped."""

    spot: int
    elapsed: int
    ema: int


@dataclass(slots=True)
class IndexPriceOracle:
    """initializer: the account that deployed it. ema: WAD. last_update: seconds, 0 before the start."""

    initializer: str
    ema: int = 0
    last_update: int = 0

    def process_init_ema(self, block: Block, sender: str, precompile: AlphaPrecompile) -> Initialized:
        """IDX-2. Starts the index at the spot sum, once.

        Errors: NotInitializer, AlreadyInitialized, those of ORC-5.
        """
        if sender != self.initializer:
            raise NotInitializer
        if self.last_update != 0:
            raise AlreadyInitialized

        self.ema = read_index(precompile)
        self.last_update = block.timestamp
        return Initialized(self.ema)

    def process_update(self, block: Block, precompile: AlphaPrecompile) -> Updated:
        """IDX-3. Moves the index towards the spot sum. Open to anyone.

        Errors: NotInitialized, those of ORC-5.
        """
        if self.last_update == 0:
            raise NotInitialized

        spot = read_index(precompile)
        elapsed = block.timestamp - self.last_update
        self.ema = calculate_index(self.ema, spot, elapsed)
        self.last_update = block.timestamp

        return Updated(spot, elapsed, self.ema)

    def price(self) -> int:
        """IDX-4. The index (WAD) at its last update.

        Errors: NotInitialized.
        """
        if self.last_update == 0:
            raise NotInitialized

        return self.ema
