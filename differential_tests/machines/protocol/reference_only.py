"""The protocol machine without contracts: the reference alone, for what is a property of the protocol itself."""

from collections.abc import Sequence

from differential_tests.chains.base import DEFAULT_GAS, Receipt, Transaction
from differential_tests.contracts.deployment import PROXY, SHARE, list_routes, selectors_by_name
from differential_tests.fuzzer.world import Effect, GasLimit, Referee
from differential_tests.machines.prices import INDEX_ORACLE, PRECOMPILE
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.errors import MegaTAOError
from reference.events import Logged

FUNDS = 10**27


class NoChain:
    """Blocks and accounts, and nothing on them."""

    name = "none"

    def __init__(self) -> None:
        self.number, self.timestamp = 1_000, 1_800_000_000
        self._deployed = 0

    def account(self, index: int) -> str:
        """An account."""
        return f"0x{0xA000 + index:040x}"

    def deploy(self, sender: str, initcode: bytes) -> str:
        """An address, another each time."""
        del sender, initcode
        self._deployed += 1
        return f"0x{0xC000 + self._deployed:040x}"

    def install_precompile(self, runtime: bytes) -> str:
        """The precompile's address."""
        del runtime
        return f"0x{0x808:040x}"

    def send(self, transaction: Transaction) -> Receipt | None:
        """Nothing can be sent."""
        raise NotImplementedError(transaction)

    def advance(self, blocks: int, seconds: int) -> list[Receipt]:
        """Open a later block."""
        self.number += blocks
        self.timestamp += seconds
        return []

    def storage(self, address: str, slot: int) -> int:
        """Nothing is stored."""
        del address, slot
        return 0

    def balance(self, address: str) -> int:
        """What every account has."""
        del address
        return FUNDS


class ReferenceWorld(ProtocolWorld):
    """The reference of the protocol machine: calls change it, and the invariants are checked, but nothing compared."""

    def __init__(self) -> None:
        super().__init__(NoChain())

    def deploy(self) -> None:
        """Addresses, for the books."""
        for contract in (PRECOMPILE, "PriceOracle", INDEX_ORACLE, SHARE, PROXY, "Receiver", "Forcer"):
            self.place(contract, self.chain.deploy("", b""))
        self.deployed_at = self.chain.timestamp
        self.selectors = selectors_by_name()
        self.routes = {int.from_bytes(selector, "big"): 1 for selector in list_routes()}

    def call(
        self, sender: str, contract: str, data: bytes, reference: Referee, value: int = 0, gas: int = DEFAULT_GAS
    ) -> None:
        """Call the reference alone."""
        del sender, contract, data, value, gas
        try:
            reference()
        except MegaTAOError as failure:
            self.outcomes[failure.revert_name() or "empty revert"] += 1
        else:
            self.outcomes["success"] += 1

    def call_with_gas(self, sender: str, contract: str, data: bytes, reference: Referee, limit: GasLimit) -> None:
        """Call the reference in a block of its own: gas is not modelled."""
        del limit
        self.advance(1, 12)
        self.call(sender, contract, data, reference)
        self.advance(1, 12)

    def note(self, logged: Sequence[Logged], output: bytes = b"") -> Effect:
        """What was logged."""
        if self.all_logged is not None:
            self.all_logged += logged
        return Effect(output, (), logged)

    def compare_balances(self, is_all: bool = False) -> None:
        """Nobody holds anything."""
        del is_all

    def compare_storage(self) -> None:
        """Nothing is stored."""
