"""Every chain executes the same calls in the same way: receipts, block fields, storage and balances."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import ape
import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from vyper import compile_code

from differential_tests.chains import CHAINS, open_chain, revm, stand_in
from differential_tests.chains.base import DEFAULT_GAS, HALT, Chain, ChainUnavailableError, Log, Receipt, Transaction

SOURCE = """
# pragma version 0.4.3
# pragma evm-version shanghai

event Counted:
    who: indexed(address)
    count: uint256

count: uint256

@external
@payable
def add(amount: uint256) -> uint256:
    self.count += amount
    log Counted(who=msg.sender, count=self.count)
    log Counted(who=self, count=amount)
    return self.count

@external
@view
def block_fields() -> (uint256, uint256):
    return block.number, block.timestamp

@external
@view
def ones(length: uint256) -> DynArray[uint256, 8]:
    result: DynArray[uint256, 8] = []
    for _: uint256 in range(length, bound=8):
        result.append(1)
    return result

@external
def nothing():
    pass

@external
@payable
def named():
    self.count = 1
    log Counted(who=msg.sender, count=0)
    raise "ThisNameHas32CharactersIfCounted"

@external
@payable
def underflow() -> uint256:
    self.count -= 1
    return self.count

@external
@payable
def unreachable():
    self.count = 1
    raise UNREACHABLE

@external
@payable
def burn():
    self.count = 1
    for _: uint256 in range(max_value(uint256)):
        pass
"""
COUNT_SLOT = 1
"""The compiler keeps slot 0 for its lock."""
RICH = 10**24
"""Wei that every account has at the least."""


@dataclass(frozen=True)
class Counter:
    """The contract on a chain, and two accounts that call it."""

    chain: Chain
    address: str
    caller: str
    other: str

    def call(
        self, signature: str, *arguments: int, sender: str | None = None, value: int = 0, gas: int = DEFAULT_GAS
    ) -> Transaction:
        """A transaction from `caller` or another sender."""
        data = keccak(text=signature)[:4] + b"".join(map(word, arguments))
        return Transaction(sender or self.caller, self.address, data, value, gas)

    def counted(self, sender: str, amount: int, count: int) -> Receipt:
        """The receipt of an `add` by `sender` that leads to `count`."""
        topic = keccak(text="Counted(address,uint256)")
        logs = (
            Log(self.address.lower(), (topic, word(int(sender, 16))), word(count)),
            Log(self.address.lower(), (topic, word(int(self.address, 16))), word(amount)),
        )
        return Receipt(None, word(count), logs)


@pytest.fixture(scope="module")
def compiled() -> dict[str, bytes]:
    """Initcode and run-time code of the contract."""
    output = compile_code(SOURCE, output_formats=["bytecode", "bytecode_runtime"])
    return {name: bytes.fromhex(code[2:]) for name, code in output.items()}


ALL_CHAINS = (*CHAINS, "stand-in")
"""Also what stands in for revm on the Pythons that it has no build for."""


@pytest.fixture(params=ALL_CHAINS)
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """Each chain, fresh."""
    with ExitStack() as stack:
        yield opened(stack, request.param)


@pytest.fixture
def counter(chain: Chain, compiled: dict[str, bytes]) -> Counter:
    """The contract, deployed."""
    caller, other = chain.account(0), chain.account(1)
    return Counter(chain, chain.deploy(caller, compiled["bytecode"]), caller, other)


def opened(stack: ExitStack, name: str) -> Chain:
    """A chain; the test is skipped if its program is not there."""
    if name == "stand-in":
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for part in ("EVM", "BlockEnv"):
            patch.setattr(revm, part, getattr(stand_in, part))
        name = "revm"
    try:
        return stack.enter_context(open_chain(name))
    except ChainUnavailableError as error:
        pytest.skip(str(error))


def word(value: int) -> bytes:
    """An unsigned integer as an ABI word."""
    return value.to_bytes(32, "big")


def executed(chain: Chain, *transactions: Transaction) -> list[Receipt]:
    """The receipts of transactions in one block, in order."""
    receipts = [chain.send(transaction) for transaction in transactions]
    owed = chain.advance(1, 12)
    assert len(owed) == receipts.count(None)
    return [receipt if receipt is not None else owed.pop(0) for receipt in receipts]


def test_receipt_of_success(counter: Counter) -> None:
    """Returned bytes and events, with nothing returned as well, and the storage that was written."""
    receipts = executed(
        counter.chain,
        counter.call("add(uint256)", 7),
        counter.call("ones(uint256)", 3),
        counter.call("nothing()"),
    )
    ones = Receipt(None, word(32) + word(3) + 3 * word(1))
    assert receipts == [counter.counted(counter.caller, 7, 7), ones, Receipt(None)]
    assert counter.chain.storage(counter.address, COUNT_SLOT) == 7
    assert counter.chain.storage(counter.address, 2**256 - 1) == 0


@pytest.mark.parametrize(
    ("signature", "gas", "failure"),
    [
        ("named()", DEFAULT_GAS, "ThisNameHas32CharactersIfCounted"),
        ("underflow()", DEFAULT_GAS, ""),
        ("missing()", DEFAULT_GAS, ""),
        ("unreachable()", DEFAULT_GAS, HALT),
        ("burn()", 200_000, HALT),
        ("named()", 30_000, HALT),
        ("nothing()", 21_000, HALT),
        ("nothing()", 0, HALT),
    ],
)
def test_receipt_of_failure(counter: Counter, signature: str, gas: int, failure: str) -> None:
    """A name, an empty revert, or a halt; the state and the value are as they were."""
    chain = counter.chain
    funds = chain.balance(counter.caller)
    assert executed(chain, counter.call(signature, value=5, gas=gas)) == [Receipt(failure)]
    assert chain.storage(counter.address, COUNT_SLOT) == 0
    assert (chain.balance(counter.caller), chain.balance(counter.address)) == (funds, 0)


def test_transactions_of_one_block(counter: Counter) -> None:
    """They are executed in the order in which they were sent, whoever sent them, and see the same block."""
    chain = counter.chain
    fields = Receipt(None, word(chain.number) + word(chain.timestamp))
    receipts = executed(
        chain,
        counter.call("block_fields()", sender=counter.other),
        counter.call("add(uint256)", 1, sender=counter.other),
        counter.call("add(uint256)", 2),
        counter.call("named()", sender=counter.other),
        counter.call("add(uint256)", 4, sender=counter.other),
        counter.call("block_fields()"),
    )
    assert receipts == [
        fields,
        counter.counted(counter.other, 1, 1),
        counter.counted(counter.caller, 2, 3),
        Receipt("ThisNameHas32CharactersIfCounted"),
        counter.counted(counter.other, 4, 7),
        fields,
    ]


def test_state_within_a_block(counter: Counter) -> None:
    """A chain that executes at once shows what a call has done, one that mines shows the last sealed block."""
    chain = counter.chain
    receipt = chain.send(counter.call("add(uint256)", 7, value=5))
    state = chain.storage(counter.address, COUNT_SLOT), chain.balance(counter.address)
    assert state == ((0, 0) if receipt is None else (7, 5))


def test_block_takes_many_halts(counter: Counter) -> None:
    """Transactions that burn all of their gas do not fill a block."""
    halts = [counter.call("unreachable()") for _ in range(6)]
    receipts = executed(counter.chain, *halts, counter.call("add(uint256)", 1))
    assert receipts == [*[Receipt(HALT)] * 6, counter.counted(counter.caller, 1, 1)]


@pytest.mark.parametrize(("blocks", "seconds"), [(1, 1), (1, 12), (2, 2), (7, 8), (50, 40 * 604_800)])
def test_advance_is_exact(counter: Counter, blocks: int, seconds: int) -> None:
    """A contract sees the number and the time that were announced, as far ahead as was asked."""
    chain = counter.chain
    number, timestamp = chain.number, chain.timestamp
    assert chain.advance(blocks, seconds) == []
    assert (chain.number, chain.timestamp) == (number + blocks, timestamp + seconds)
    assert executed(chain, counter.call("block_fields()")) == [
        Receipt(None, word(number + blocks) + word(timestamp + seconds))
    ]


def test_value(counter: Counter) -> None:
    """Value moves, and nothing else does: gas costs nothing."""
    chain = counter.chain
    funds = chain.balance(counter.caller)
    assert funds >= RICH
    receipts = executed(chain, counter.call("add(uint256)", 1, value=RICH), counter.call("nothing()"))
    assert receipts == [counter.counted(counter.caller, 1, 1), Receipt(None)]
    assert (chain.balance(counter.caller), chain.balance(counter.address)) == (funds - RICH, RICH)


def test_precompile_double(chain: Chain, compiled: dict[str, bytes]) -> None:
    """The double's code answers at the address that is returned."""
    address = chain.install_precompile(compiled["bytecode_runtime"])
    assert address == to_checksum_address(address)
    double = Counter(chain, address, chain.account(0), chain.account(1))
    assert executed(chain, double.call("add(uint256)", 9)) == [double.counted(double.caller, 9, 9)]


def test_deployment_that_fails(chain: Chain) -> None:
    """It is an error, and the chain goes on."""
    with pytest.raises(RuntimeError):
        chain.deploy(chain.account(0), bytes.fromhex("fe"))
    assert chain.advance(1, 1) == []


@pytest.mark.parametrize("name", ALL_CHAINS)
def test_chains_one_after_another(name: str, compiled: dict[str, bytes]) -> None:
    """Each is fresh, whatever the one before has done and left in its open block."""
    seen = []
    for _ in range(2):
        with ExitStack() as stack:
            chain = opened(stack, name)
            start = chain.number, chain.timestamp
            address = chain.deploy(chain.account(0), compiled["bytecode"])
            counter = Counter(chain, address, chain.account(0), chain.account(1))
            funds = chain.balance(counter.caller)
            seen.append((start, address, funds, executed(chain, counter.call("add(uint256)", 3, value=RICH))))
            chain.advance(3, 604_800)
            chain.send(counter.call("add(uint256)", 5, sender=counter.other))
    assert seen[0] == seen[1]


def test_active_provider_is_left_as_it_was() -> None:
    """A session of ape that opens a chain finds its own blocks again afterwards."""
    with ape.networks.ethereum.local.use_provider("test") as provider:
        provider.mine(2)
        head = provider.get_block("latest").hash
        with open_chain("ape") as chain:
            chain.advance(5, 60)
        assert provider.get_block("latest").hash == head


def test_anvil_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ChainUnavailableError, match=r"^anvil is not on the PATH$"), open_chain("anvil"):
        pass
