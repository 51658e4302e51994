"""No function of the protocol can be called while another one runs: whom it pays tries each of them."""

import pytest

from differential_tests.chains.base import HALT, Transaction
from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import MODULES, PROXY
from differential_tests.fuzzer.world import words
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.entries import LOCKED
from differential_tests.machines.protocol.receiver import FAILED, MOST_ARGUMENTS, REENTERS
from differential_tests.machines.protocol.roles import RECEIVER
from differential_tests.machines.protocol.world import ProtocolWorld
from reference.math.units import RAO

UNNAMED = {"module_of", "ready_at"}
"""Views that no view of the machine is called like: they are the proxy's, and asked when there is an upgrade."""


def test_the_list_of_functions_is_whole() -> None:
    named = {signature.partition("(")[0] for module in MODULES for signature in artefact(module).selectors}
    constants = {
        entry["name"]
        for module in MODULES
        for entry in artefact(module).abi
        if entry["type"] == "function" and entry["stateMutability"] == "pure"
    }
    assert named - constants - UNNAMED == set(LOCKED)


@pytest.fixture(scope="module")
def world() -> ProtocolWorld:
    made = ProtocolWorld(RevmChain())
    made.do("deposit", KEEPER, RECEIVER, 0, 100 * RAO)
    return made


@pytest.fixture(scope="module")
def unlocked() -> ProtocolWorld:
    """Another one, whose reference knows nothing of the calls."""
    return ProtocolWorld(RevmChain())


@pytest.mark.parametrize("function", [*LOCKED, *sorted(UNNAMED)])
def test_each_call_is_right_where_nothing_is_locked(function: str, unlocked: ProtocolWorld) -> None:
    """It ends well or fails by a name: so it is the lock that fails it without one."""
    data = unlocked.selectors[function] + words(*[0] * MOST_ARGUMENTS)
    receipt = unlocked.chain.send(Transaction(unlocked.actors[KEEPER], unlocked.addresses[PROXY], data))
    assert receipt is not None
    assert receipt.failure not in ("", HALT)


@pytest.mark.parametrize("function", [*LOCKED, *sorted(UNNAMED)])
def test_nothing_can_be_called_again(function: str, world: ProtocolWorld) -> None:
    """The world compares all storage, the receiver's too: it keeps how its call ended."""
    world.do("program_receiver", REENTERS, function)
    world.do("withdraw", RECEIVER, RECEIVER, 0, RAO)
    assert world.receiver.outcome == FAILED
