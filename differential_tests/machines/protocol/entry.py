"""The rows of the table of entry points: what a machine must know of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any

from differential_tests.fuzzer.actions import Action, Choices, Value
from differential_tests.machines.protocol.arguments import ACCOUNT, MARKET, SENDER_VALUE, Argument, Given
from reference.errors import MegaTAOError
from reference.events import Logged
from reference.state.storage import Protocol

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

Draw = Callable[[Any, Choices], dict[str, Any]]
Permission = Callable[[Protocol, int, int], bool]
"""Whether a sender may, by the state before; the third is the account that the call is about, or 0."""

GIVEN_FIRST = ("world", "protocol", "block", "sender")
"""What a function of the reference may take before its arguments, by name."""


def _lead(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(name for name in signature(function).parameters if name in GIVEN_FIRST)


@dataclass(frozen=True)
class Entry:
    """An entry point that changes something.

    function: its name in the contracts. process: in the reference. arguments: in the order of both.
    by: who may. weight: how often it is drawn. draw: its strategy. says: the blotter's sentence.
    action: its name in steps, where that is another one.
    account: whose books it is about, where no argument says so. returns: the word that it returns.
    quote: the view that foretells it, given the same arguments. meets: a state of interest that it would be in, or "".
    """

    function: str
    process: Callable[..., Sequence[Logged]]
    arguments: tuple[Argument, ...]
    by: Permission
    weight: int
    draw: Draw
    says: str
    action: str = ""
    account: Callable[[ProtocolWorld, Given], int] | None = None
    returns: Callable[[Sequence[Any]], int] | None = None
    quote: Callable[..., Any] | None = None
    meets: Callable[[ProtocolWorld], str] | None = None

    @cached_property
    def lead(self) -> tuple[str, ...]:
        """What its function of the reference takes first."""
        return _lead(self.process)

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """What a step names."""
        return (SENDER_VALUE, *(value for argument in self.arguments for value in argument.values))

    @property
    def width(self) -> int:
        """How many words the contract gets behind the selector."""
        return sum(argument.width for argument in self.arguments)

    @property
    def is_payable(self) -> bool:
        """Whether TAO comes with it."""
        return any(argument.is_paid for argument in self.arguments)

    def find_key(self, world: ProtocolWorld, given: Given, values: Sequence[Any]) -> tuple[int, int] | None:
        """Account and market that a call is about; 0 where it is about none, None where it is about neither."""
        known = dict(zip(map(id, self.arguments), values, strict=True))
        account = self.account(world, given) if self.account else known.get(id(ACCOUNT))
        market = known.get(id(MARKET))
        return None if account is None and market is None else (account or 0, market or 0)

    def foretell(self, world: ProtocolWorld, values: Sequence[Any]) -> Any:
        """What its quote says; None where it has none, or that fails."""
        if self.quote is None:
            return None
        try:
            return self.quote(world.protocol, world.block, *values)
        except MegaTAOError:
            return None

    def run(self, world: ProtocolWorld, **given: Any) -> None:
        """Call it on both sides."""
        world.enter(self, given)

    def to_action(self) -> Action:
        """Its row in the table of actions."""
        names = tuple(value.name for value in self.values)
        return Action(self.action or self.function, self.weight, self.draw, self.run, self.says, names)


@dataclass(frozen=True)
class View:
    """An entry point that changes nothing: its name in the contracts, in the reference, and its arguments."""

    function: str
    read: Callable[..., Any]
    arguments: tuple[Argument, ...] = ()

    @cached_property
    def lead(self) -> tuple[str, ...]:
        """What its function of the reference takes first."""
        return _lead(self.read)
