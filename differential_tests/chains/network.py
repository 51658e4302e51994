"""A network that ape knows: a node of one's own, a test network, the real one. For deployments, not for campaigns."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ape
from ape.exceptions import AccountsError, ApeException, ContractLogicError, TransactionNotFoundError
from ape.logging import LogLevel, logger
from eth_tester.exceptions import TransactionFailed
from eth_utils.address import to_checksum_address
from requests.exceptions import RequestException
from web3.exceptions import Web3Exception

from differential_tests.chains.base import ChainUnavailableError
from differential_tests.contracts.deployment import DeploymentError
from differential_tests.contracts.verify import Creation


class Network:
    """A network, and the account that signs, if any. Every transaction is waited for."""

    def __init__(self, provider: Any, account: Any = None) -> None:
        self._provider, self._account = provider, account
        self._ecosystem = provider.network.ecosystem
        self.name = f"{self._ecosystem.name}:{provider.network.name}"
        self.is_local = provider.network.is_local
        self.chain_id = int(provider.chain_id)
        self.sender = "" if account is None else to_checksum_address(account.address)
        self.sent: list[Any] = []
        """The receipt of each transaction, in order."""

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
        """What a view returns. Errors: DeploymentError, with the revert's name."""
        try:
            return bytes(self._provider.web3.eth.call({"to": to, "data": data}))
        except (Web3Exception, RequestException, TransactionFailed) as error:
            told = self._provider.get_virtual_machine_error(error)
            raise DeploymentError(f"a revert: {getattr(told, 'revert_message', '') or _first_line(told)}") from error

    def code(self, address: str) -> bytes:
        """The code at an address."""
        return bytes(self._provider.get_code(address))

    def creation(self, transaction: str) -> Creation | None:
        """The transaction of that hash, None if the chain has none."""
        try:
            receipt = self._provider.get_receipt(transaction)
        except TransactionNotFoundError:
            return None
        contract = "" if receipt.failed else receipt.contract_address or ""
        return Creation(
            to_checksum_address(receipt.sender), contract and to_checksum_address(contract), receipt.block_number
        )

    def events(self, address: str, topic: bytes, block: int) -> list[tuple[bytes, ...]]:
        """The topics of a contract's events from a block on, in order. Errors: ChainUnavailableError."""
        question = {"address": address, "topics": [f"0x{topic.hex()}"], "fromBlock": hex(block), "toBlock": "latest"}
        try:
            found = self._provider.web3.eth.get_logs(question)
        except (Web3Exception, RequestException, ValueError) as error:
            raise ChainUnavailableError(f"the node does not tell events from block {block} on: {error}") from error
        return [tuple(map(bytes, log["topics"])) for log in found]

    def _send(self, **fields: Any) -> Any:
        with _told():
            transaction = self._ecosystem.create_transaction(sender=self.sender, **fields)
            self.sent.append(self._account.call(transaction))
            return self.sent[-1]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ContractLogicError as error:
        raise DeploymentError(f"a transaction reverts: {error.revert_message}") from error
    except (ApeException, Web3Exception, RequestException) as error:
        raise DeploymentError(f"a transaction fails: {_first_line(error)}") from error


@contextmanager
def open_network(choice: str, account: str | None = None) -> Iterator[Network]:
    """A network by ape's name of it or its RPC address, and an account by its alias, or a test account by its number.

    Errors: ChainUnavailableError.
    """
    level = logger.level
    logger.set_level(LogLevel.WARNING)
    try:
        with ape.networks.parse_network_choice(choice) as provider:
            _check_id(provider)
            yield Network(provider, None if account is None else find_account(account))
    except (ApeException, RequestException, ConnectionError, ValueError) as error:
        raise ChainUnavailableError(_first_line(error)) from error
    finally:
        logger.set_level(level)


def _check_id(provider: Any) -> None:
    """ape gives a node that it finds under a name of its own the id of that name, and signs for it."""
    found, assumed = int(provider.web3.eth.chain_id), int(provider.chain_id)
    if found != assumed:
        name = f"{provider.network.ecosystem.name}:{provider.network.name}"
        raise ChainUnavailableError(f"the node is of chain {found}, ape's {name} of chain {assumed}")


def find_account(account: str) -> Any:
    """An account by its alias, or a test account by its number. Errors: ChainUnavailableError."""
    try:
        if account.isdecimal():
            return ape.accounts.test_accounts[int(account)]
        found = ape.accounts.load(account)
    except (KeyError, IndexError, AccountsError) as error:
        raise ChainUnavailableError(f"ape has no account {account!r}") from error
    if hasattr(found, "set_autosign"):  # a passphrase once, not for each of thirty transactions
        found.set_autosign(True)
    return found


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
