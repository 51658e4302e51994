"""A network that ape knows: a node of one's own, a test network, the real one. For deployments, not for campaigns."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ape
from ape.exceptions import AccountsError, ApeException, ConfigError, ContractLogicError, NetworkError
from eth_utils.address import to_checksum_address

from differential_tests.chains.base import ChainUnavailableError
from differential_tests.contracts.deployment import DeploymentError


class Network:
    """One account on one network. Every transaction is waited for."""

    def __init__(self, provider: Any, account: Any) -> None:
        self._provider, self._account = provider, account
        self.name = f"{provider.network.ecosystem.name}:{provider.network.name}, chain {provider.chain_id}"
        self.sender = to_checksum_address(account.address)

    @property
    def timestamp(self) -> int:
        """Timestamp of the latest block, in seconds."""
        return int(self._provider.get_block("latest").timestamp)

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract; its checksummed address. sender: the account. Errors: DeploymentError."""
        if sender != self.sender:
            raise DeploymentError(f"{sender} is not the account that signs")
        return to_checksum_address(self._send(data=initcode).contract_address)

    def send(self, to: str, data: bytes) -> None:
        """Send a transaction. Errors: DeploymentError, with the revert's name."""
        self._send(receiver=to, data=data)

    def call(self, to: str, data: bytes) -> bytes:
        """What a view returns."""
        return bytes(self._provider.web3.eth.call({"from": self.sender, "to": to, "data": data}))

    def code(self, address: str) -> bytes:
        """The code of a contract."""
        return bytes(self._provider.get_code(address))

    def _send(self, **fields: Any) -> Any:
        try:
            return self._account.call(self._provider.network.ecosystem.create_transaction(**fields))
        except ContractLogicError as error:
            raise DeploymentError(f"a transaction reverts: {error.revert_message}") from error
        except (ApeException, AccountsError) as error:
            raise DeploymentError(f"a transaction fails: {error}") from error


@contextmanager
def open_network(choice: str, account: str) -> Iterator[Network]:
    """A network by ape's name of it or its RPC address, and an account by its alias, or a test account by its number.

    Errors: ChainUnavailableError.
    """
    try:
        with ape.networks.parse_network_choice(choice) as provider:
            yield Network(provider, _find_account(account))
    except (NetworkError, ConfigError, ConnectionError) as error:
        raise ChainUnavailableError(str(error).splitlines()[0]) from error


def _find_account(account: str) -> Any:
    try:
        return ape.accounts.test_accounts[int(account)] if account.isdecimal() else ape.accounts.load(account)
    except (KeyError, IndexError, AccountsError) as error:
        raise ChainUnavailableError(f"ape has no account {account!r}") from error
