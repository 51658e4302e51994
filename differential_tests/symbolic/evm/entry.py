"""A way into a function inside of deployed code, the same for the symbolic and for the real EVM.

A copy of the runtime code gets a driver at its end, and a jump to the driver in place of its first instructions. The
driver copies calldata, one word an argument, into the function's frame, jumps to the function as any caller does, and
returns the function's result. All code from the function's first instruction on is the deployed code, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from differential_tests.symbolic.callee import Callee
from differential_tests.symbolic.evm.compiled import CompiledContract, InternalFunction
from differential_tests.symbolic.evm.executor import Executor, jump_destinations, push_length
from differential_tests.symbolic.terms.terms import Polynomial
from differential_tests.symbolic.terms.word_type import WordType

GAP: Final = 33
"""Zeros between code and driver: more than a push at the end of the code can swallow."""

RESULT: Final = 0x8000
"""Where the result goes, unless the function's own memory reaches that far."""


@dataclass(frozen=True)
class Entry:
    """Code that runs one function on calldata that is its arguments, and nothing else.

    room: the memory that the function and the driver may write. callees: what it calls, if it is proved of that.
    """

    contract: str
    runtime_sha256: str
    topic: str
    name: str
    code: bytes
    arguments: tuple[tuple[str, WordType], ...]
    returns: tuple[WordType, ...]
    room: tuple[range, ...]
    callees: tuple[Callee, ...] = ()

    def executor(self, words: Sequence[Polynomial]) -> Executor:
        """What runs the code on symbolic words."""
        callees = {callee.function.pc: callee for callee in self.callees}
        return Executor(self.code, words, self.room, callees)

    @property
    def types(self) -> dict[str, WordType]:
        """The type of each argument, in order."""
        return dict(self.arguments)


def make_entry(contract: CompiledContract, function: InternalFunction, callees: tuple[Callee, ...] = ()) -> Entry:
    """The way into `function` inside of `contract`; callees: those of its functions that are proved by themselves."""
    result = _place_of_result(function)
    return Entry(
        contract=contract.name,
        runtime_sha256=contract.runtime_sha256,
        topic=function.topic,
        name=function.name,
        code=patched_code(contract.runtime, function),
        arguments=function.arguments,
        returns=function.returns,
        room=(range(function.frame_end), range(result, result + 32 * len(function.returns))),
        callees=callees,
    )


def patched_code(runtime: bytes, function: InternalFunction) -> bytes:
    """`runtime` with the jump to the driver at its start and the driver at its end."""
    start = len(runtime) + GAP
    jump = b"\x5b" + _push(start) + b"\x56"
    boundary = 0
    while boundary < len(jump):
        boundary += 1 + push_length(runtime[boundary])
    if function.pc < boundary:
        raise ValueError(f"{function.name} begins inside of the first {boundary} bytes")
    head = _push(start) + b"\x56"
    head += b"\x5b" * (boundary - len(head))
    code = head + runtime[boundary:] + bytes(GAP)
    if not {pc for pc in jump_destinations(runtime) if pc >= boundary} <= jump_destinations(code):
        raise ValueError("the patch hides a jump destination")
    return code + b"\x5b" + _driver(start + 1, function)


def _driver(start: int, function: InternalFunction) -> bytes:
    """Arguments into the frame, the call, and the return of the result."""
    result = _place_of_result(function)
    fill = b"".join(
        _push(32 * place) + b"\x35" + _push(function.frame + 32 * place) + b"\x52"
        for place in range(len(function.arguments))
    )
    length = len(fill) + 3 + (3 if function.returns else 0) + 3 + 1
    call = _push(start + length) + (_push(result) if function.returns else b"") + _push(function.pc) + b"\x56"
    end = b"\x5b" + _push(32 * len(function.returns)) + _push(result) + b"\xf3"
    return fill + call + end


def _place_of_result(function: InternalFunction) -> int:
    return max(RESULT, function.frame_end + 32 & ~31)


def _push(number: int) -> bytes:
    """PUSH2."""
    return b"\x61" + number.to_bytes(2, "big")
