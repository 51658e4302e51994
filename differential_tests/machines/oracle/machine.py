"""The oracle machine: the precompile's double and the price oracles, beside their reference."""

from collections.abc import Callable, Iterable
from dataclasses import astuple

from differential_tests.chains.base import HALT, Chain
from differential_tests.contracts.artefacts import artefact
from differential_tests.fuzzer.world import Effect, GasLimit, words
from differential_tests.machines.prices import (
    INDEX_ORACLE,
    INITIALIZER,
    KEEPER,
    PRECOMPILE,
    SELECTORS,
    TRADER,
    PriceWorld,
)
from reference.errors import GasLow
from reference.math.packing import pack_readings
from reference.math.reading import validate_reading, validate_refusal
from reference.oracles.feed import (
    ALPHA_GAS,
    GAS_MARGIN,
    INDEX_GAS,
    read_alpha,
    read_index,
    try_observe,
    try_observe_index,
    try_read_alpha,
    try_read_index,
    validate_scale,
)

__all__ = ["INITIALIZER", "KEEPER", "LOW_GAS", "PRECOMPILE", "SELECTORS", "TRADER", "OracleWorld"]

LOW_GAS = (50_000, 71_000)
"""Gas of a transaction that reaches the first read of a subnet on every chain, cold or warm, and can't afford it."""

PRICE_ORACLE = "PriceOracle"


class OracleWorld(PriceWorld):
    """The contracts of the oracle machine and their reference."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        deployer = chain.account(INITIALIZER)
        self.place(PRECOMPILE, chain.install_precompile(artefact(PRECOMPILE).runtime))
        precompile = int(self.addresses[PRECOMPILE], 16)
        self.place(PRICE_ORACLE, chain.deploy(deployer, artefact(PRICE_ORACLE).initcode + words(precompile)))
        self.place(INDEX_ORACLE, chain.deploy(deployer, artefact(INDEX_ORACLE).initcode + words(precompile)))
        self.block.number, self.block.timestamp = chain.number, chain.timestamp
        self._write_sums()
        self._write_index()

    # ------------------------------------------------------------ the price oracle

    def read_alpha(self, netuid: int, min_pool: int, strict: bool) -> None:
        """Reads a subnet; a rejection reverts (strict) or is a value."""
        reference = read_alpha if strict else try_read_alpha
        signature = "read_alpha(uint16,uint256)" if strict else "try_read_alpha(uint16,uint256)"
        self._view(PRICE_ORACLE, signature, lambda: reference(self.precompile, netuid, min_pool), netuid, min_pool)

    def observe(
        self,
        netuid: int,
        min_pool: int,
        later: list[int],
        earlier: list[int],
        age: int,
        mark: int,
        previous_spot: int,
        elapsed: int,
    ) -> None:
        """Observes a subnet against two readings (TAO and counter, rao); age: of the later one, seconds."""
        readings, read_at = pack_readings(*later, *earlier), max(self.block.timestamp - age, 0)
        rest = (netuid, min_pool, readings, read_at, mark, previous_spot, elapsed)
        signature = "try_observe(uint16,uint256,uint256,uint256,uint256,uint256,uint256)"
        self._view(PRICE_ORACLE, signature, lambda: astuple(try_observe(self.precompile, self.block, *rest)), *rest)

    def observe_index(self, mark: int, previous_spot: int, gap_up: int, gap_down: int, elapsed: int) -> None:
        """Observes MTSOS after a feed so long ago (seconds)."""
        rest = (mark, previous_spot, gap_up, gap_down, elapsed)
        signature = "try_observe_index(uint256,uint256,uint256,uint256,uint256)"
        self._view(PRICE_ORACLE, signature, lambda: astuple(try_observe_index(self.precompile, *rest)), *rest)

    def read_index(self, strict: bool) -> None:
        """Reads the sum; a rejection reverts (strict) or is a value."""
        if strict:
            self._view(PRICE_ORACLE, "read_index()", lambda: (read_index(self.precompile),))
        else:
            self._view(PRICE_ORACLE, "try_read_index()", lambda: try_read_index(self.precompile))

    def validate_scale(self) -> None:
        """Checks the precompile's unit."""

        def reference() -> tuple[int, ...]:
            validate_scale(self.precompile)
            return ()

        self._view(PRICE_ORACLE, "validate_scale()", reference)

    def validate_reading(self, cause: int) -> None:
        """Reverts by the name of a cause."""

        def reference() -> tuple[int, ...]:
            validate_reading(cause)
            return (cause,)

        self._view(PRICE_ORACLE, "validate_reading(uint256)", reference, cause)

    def validate_refusal(self, refusal: int) -> None:
        """Reverts by the name of a refusal."""

        def reference() -> tuple[int, ...]:
            validate_refusal(refusal)
            return (refusal,)

        self._view(PRICE_ORACLE, "validate_refusal(uint256)", reference, refusal)

    def read_with_gas(self, netuid: int, gas: int) -> None:
        """ORC-1:9f14. Reads a subnet, or the sum for netuid 0, with little gas: all of it or nothing, and never
        takes a living feed for dead."""
        allowance = ALPHA_GAS if netuid else INDEX_GAS
        signature, arguments = ("try_read_alpha(uint16,uint256)", (netuid, 0)) if netuid else ("try_read_index()", ())
        is_surely_low = LOW_GAS[0] <= gas <= LOW_GAS[1] + allowance - ALPHA_GAS
        # three reads that burn their allowance, the margin once, and a hundred thousand for all else
        is_surely_enough = gas >= (3 if netuid else 1) * allowance * 64 // 63 + GAS_MARGIN + 100_000

        def reference() -> Effect:
            read = try_read_alpha(self.precompile, netuid, 0) if netuid else try_read_index(self.precompile)
            return Effect(words(*read))

        failures = {GasLow.revert_name()} if is_surely_low else {GasLow.revert_name(), HALT}
        limit = GasLimit(gas, failures, True if is_surely_low else False if is_surely_enough else None)
        data = artefact(PRICE_ORACLE).selectors[signature] + words(*arguments)
        self.call_with_gas(self.chain.account(KEEPER), PRICE_ORACLE, data, reference, limit)

    # ------------------------------------------------------------ the index

    def index_price(self) -> None:
        """Reads the index."""
        self._view(INDEX_ORACLE, "price()", lambda: (self.index.price(),))

    # ------------------------------------------------------------ what all of them use

    def _view(self, contract: str, signature: str, reference: Callable[[], Iterable[int]], *arguments: int) -> None:
        self._send(TRADER, contract, signature, words(*arguments), lambda: Effect(words(*reference())))
