"""ape's local provider, told to execute in the open block: ape's contracts are called there, several in one block."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import ape
from ape.exceptions import ContractLogicError
from ape_test.provider import LocalProvider
from eth_utils.address import to_checksum_address

from differential_tests.chains.ape import LocalChain, replace_chain
from differential_tests.chains.base import DEFAULT_GAS, Receipt, Transaction

EMPTY_REVERT = "an empty revert"
"""What ape tells of a revert without data."""
CHAIN_ID = 1
"""That of the revm chain: what was signed there is right here too."""
READER = 1
"""Number of the account that asks views: one that never deploys."""


class OpenBlockProvider(LocalProvider):
    """What ape's contracts send is executed by a LocalChain, which seals no block before it is told to."""

    _chain: LocalChain | None = None

    @property
    def connection_id(self) -> str:
        """By which ape knows it from its own provider of this network."""
        return f"{self.network_choice}:open block"

    @property
    def max_gas(self) -> int:
        """Gas of a transaction that does not ask for another limit, as on every chain of this package."""
        return DEFAULT_GAS

    def send_transaction(self, txn: Any) -> Any:
        """Execute a transaction in the open block; a Receipt. Errors: ContractLogicError, by the name of the revert."""
        return self._execute(txn, to_checksum_address(txn.sender))

    # or ape would wrap it, to log a hash and a block, which a call in the open block doesn't have
    send_transaction._is_post_tx_wrapped = True  # type: ignore[attr-defined]

    def send_call(self, txn: Any, *_: Any, **__: Any) -> Any:
        """Ask a view in the open block. Errors: ContractLogicError."""
        from eth_pydantic_types import HexBytes

        return HexBytes(self._execute(txn, self._opened.account(READER)).output)

    def get_code(self, address: Any, block_id: Any = None) -> Any:
        """The code at an address; of the open block unless another is asked for."""
        return super().get_code(address, block_id or "pending")

    def get_balance(self, address: Any, block_id: Any = None) -> int:
        """Wei held by an address; in the open block unless another is asked for."""
        return int(super().get_balance(address, block_id or "pending"))

    def get_nonce(self, address: Any, block_id: Any = None) -> int:
        """An account's nonce; in the open block unless another is asked for."""
        return int(super().get_nonce(address, block_id or "pending"))

    @property
    def _opened(self) -> LocalChain:
        assert self._chain is not None  # noqa: S101  it is there before anything is called
        return self._chain

    def _execute(self, txn: Any, sender: str) -> Receipt:
        gas = txn.gas_limit if isinstance(txn.gas_limit, int) else DEFAULT_GAS
        to = to_checksum_address(txn.receiver)
        receipt = self._opened.send(Transaction(sender, to, bytes(txn.data), txn.value, gas))
        if receipt.failure is not None:
            raise ContractLogicError(receipt.failure or EMPTY_REVERT, txn=txn)
        return receipt


@cache
def _open_block_provider() -> OpenBlockProvider:
    network = ape.networks.ethereum.local
    return OpenBlockProvider(name="test", network=network, provider_settings={"chain_id": CHAIN_ID})


@contextmanager
def open_block_chain() -> Iterator[LocalChain]:
    """A fresh chain on a provider of its own, on which ape's contracts execute in the open block."""
    given = ape.networks.ethereum.local.use_provider(_open_block_provider())
    with given as provider, replace_chain(provider.evm_backend) as chain:
        provider._chain = chain
        yield chain
