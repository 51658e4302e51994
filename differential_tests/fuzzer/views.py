"""Which views of the protocol tell a difference of storage: fields say more than words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from differential_tests.chains.base import Transaction
from differential_tests.contracts.deployment import PROXY
from differential_tests.fuzzer.world import words
from reference.errors import MegaTAOError


@dataclass(frozen=True, slots=True)
class Difference:
    """A view that the two sides answer otherwise. data: the call. expected, actual: what they return."""

    data: bytes
    expected: bytes
    actual: bytes


def find_differences(world: Any) -> Iterator[Difference]:
    """The views of a protocol's world that the contract answers otherwise than the reference, in the open block."""
    from differential_tests.machines.protocol.arguments import ACCOUNT, MARKET, encode
    from differential_tests.machines.protocol.entries import VIEWS
    from differential_tests.machines.protocol.records import flatten
    from differential_tests.machines.protocol.roles import KEEPER

    protocol = world.protocol
    asked: dict[tuple[Any, ...], list[tuple[int, ...]]] = {
        (): [()],
        (ACCOUNT,): [(key,) for key in protocol.accounts],
        (MARKET,): [(key,) for key in protocol.markets],
        (ACCOUNT, MARKET): list(protocol.positions),
    }
    known = {"world": world, "protocol": protocol, "block": world.block, "sender": world.keys[KEEPER]}
    for view in VIEWS.values():
        for values in asked.get(view.arguments, ()):
            try:
                answer = view.read(*(known[name] for name in view.lead), *values)
            except MegaTAOError:
                continue
            data = world.selectors[view.function] + encode(view.arguments, values)
            receipt = world.chain.send(Transaction(world.actors[KEEPER], world.addresses[PROXY], data))
            expected = words(*flatten(answer))
            if receipt.failure is None and receipt.output != expected:
                yield Difference(data, expected, receipt.output)
