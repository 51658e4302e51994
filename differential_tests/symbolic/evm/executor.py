"""A symbolic EVM for pure code: no storage, logs or hashes; jumps and memory offsets are constants.

Of calls there is the one by which the compiler copies memory: of the identity precompile, with all gas, which succeeds.

A function that is proved by itself may be one step: see `callee.py`.

Both sides of every conditional jump are followed, unless the path's facts decide it; so the conditions of the paths
cover all inputs, and exclude each other, by construction. An instruction that is not known raises `Unsupported`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from differential_tests.symbolic.evm.memory import WORD_BYTES, Memory
from differential_tests.symbolic.evm.outcome import HALT, RETURN, REVERT, decode_revert_name
from differential_tests.symbolic.terms.arithmetic import OPERATIONS, Unsupported, is_nonzero
from differential_tests.symbolic.terms.facts import Facts
from differential_tests.symbolic.terms.formulas import as_word, equal, negation
from differential_tests.symbolic.terms.terms import FALSE, ONE, TRUE, ZERO, Formula, Polynomial, constant, variable

if TYPE_CHECKING:
    from differential_tests.symbolic.callee import Callee, Obligation

MAX_STEPS: Final = 20_000
"""Instructions on one path."""

MAX_PATHS: Final = 2_000

GAS: Final = variable("gas", 0, 2**64 - 1)
"""What is left, about which nothing is known."""

IDENTITY: Final = 4
"""Address of the precompile that copies memory."""


NO_CALLEES: Final[Mapping[int, Callee]] = {}


@dataclass(frozen=True)
class BytecodePath:
    """One way through the code: under the conditions in `facts` it ends in this outcome."""

    facts: Facts
    kind: str
    words: tuple[Polynomial, ...] = ()
    revert_name: str = ""
    pc: int = 0


@dataclass
class _State:
    """Where one path stands."""

    pc: int
    stack: list[Polynomial]
    memory: Memory
    facts: Facts
    steps: int = 0

    def fork(self, pc: int) -> _State:
        return _State(pc, list(self.stack), self.memory.copy(), self.facts.fork(), self.steps)

    def pop(self) -> Polynomial:
        if not self.stack:
            raise Unsupported(f"stack underflow at {self.pc}")
        return self.stack.pop()

    def pop_constant(self, what: str) -> int:
        number = self.pop().constant
        if number is None:
            raise Unsupported(f"{what} that is not a constant at {self.pc}")
        return number


def jump_destinations(code: bytes) -> frozenset[int]:
    """The offsets of the JUMPDESTs that are not inside of a push."""
    found, pc = set(), 0
    while pc < len(code):
        if code[pc] == 0x5B:
            found.add(pc)
        pc += 1 + push_length(code[pc])
    return frozenset(found)


def push_length(instruction: int) -> int:
    """How many bytes of data follow the instruction."""
    return instruction - 0x5F if 0x60 <= instruction <= 0x7F else 0


class Executor:
    """Runs `code` on calldata that consists of `arguments`, words without a selector.

    room: the memory that may be written; None: all. callees: by their first instruction, functions that are one step.
    """

    def __init__(
        self,
        code: bytes,
        arguments: Sequence[Polynomial],
        room: tuple[range, ...] | None = None,
        callees: Mapping[int, Callee] = NO_CALLEES,
    ) -> None:
        self.code = code
        self.arguments = arguments
        self.room = room
        self.callees = callees
        self.obligations: list[Obligation] = []
        """What the calls of `callees` need."""
        self.destinations = jump_destinations(code)
        self.paths: list[BytecodePath] = []
        self._waiting: list[_State] = []

    def run(self, facts: Facts) -> list[BytecodePath]:
        """All paths from the first instruction, for arguments that satisfy `facts`."""
        self.paths, self.obligations = [], []
        self._waiting = [_State(0, [], Memory(room=self.room), facts.fork())]
        while self._waiting:
            state = self._waiting.pop()
            path = None
            while path is None:
                path = self._step(state)
            self.paths.append(path)
            if len(self.paths) > MAX_PATHS:
                raise Unsupported(f"more than {MAX_PATHS} paths through the bytecode")
        return self.paths

    def _step(self, state: _State) -> BytecodePath | None:
        """One instruction; the path, if it ends here."""
        state.steps += 1
        if state.steps > MAX_STEPS:
            raise Unsupported(f"more than {MAX_STEPS} instructions on one path")
        if state.pc in self.callees:
            return self._call(state, self.callees[state.pc])
        code, stack = self.code, state.stack
        instruction = code[state.pc] if state.pc < len(code) else 0
        operation = OPERATIONS.get(instruction)
        if operation is not None:
            count, compute = operation
            operands = [state.facts.resolve(state.pop()) for _ in range(count)]
            stack.append(compute(*operands, state.facts))
        elif 0x5F <= instruction <= 0x7F:
            length = push_length(instruction)
            data = code[state.pc + 1 : state.pc + 1 + length]
            stack.append(constant(int.from_bytes(data.ljust(length, b"\0"), "big")))
            state.pc += length
        elif 0x80 <= instruction <= 0x9F:
            self._duplicate_or_swap(state, instruction)
        else:
            return self._control(state, instruction)
        state.pc += 1
        return None

    @staticmethod
    def _duplicate_or_swap(state: _State, instruction: int) -> None:
        depth = (instruction & 0x0F) + 1
        stack = state.stack
        if len(stack) < depth + (instruction >= 0x90):
            raise Unsupported(f"stack underflow at {state.pc}")
        if instruction < 0x90:
            stack.append(stack[-depth])
        else:
            stack[-1], stack[-1 - depth] = stack[-1 - depth], stack[-1]

    def _control(self, state: _State, instruction: int) -> BytecodePath | None:
        """Jumps, ends, and what else is not arithmetic."""
        match instruction:
            case 0x56:
                return self._jump(state, state.pop_constant("jump"))
            case 0x57:
                return self._jump_if(state)
            case 0x00 | 0xF3 | 0xFD | 0xFE:
                return self._end(state, instruction)
            case 0x50:
                state.pop()
            case 0x58:
                state.stack.append(constant(state.pc))
            case 0x5B:
                pass
            case _:
                self._data(state, instruction)
        state.pc += 1
        return None

    def _data(self, state: _State, instruction: int) -> None:
        """Memory and calldata."""
        match instruction:
            case 0x34:
                state.stack.append(ZERO)
            case 0x35:
                state.stack.append(self._calldata(state.pop_constant("calldata offset")))
            case 0x36:
                state.stack.append(constant(WORD_BYTES * len(self.arguments)))
            case 0x37:
                self._copy_calldata(state)
            case 0x51:
                state.stack.append(state.memory.load(state.pop_constant("memory offset")))
            case 0x52:
                offset = state.pop_constant("memory offset")
                state.memory.store(offset, state.pop())
            case 0x5A:
                state.stack.append(GAS)
            case 0x5E:
                target, source, length = (state.pop_constant("memory copy") for _ in range(3))
                self._copy_memory(state, target, source, length)
            case 0xFA:
                self._copy_by_call(state)
            case _:
                raise Unsupported(f"instruction {instruction:#04x} at {state.pc}")

    def _calldata(self, offset: int) -> Polynomial:
        if offset >= WORD_BYTES * len(self.arguments):
            return ZERO
        if offset % WORD_BYTES:
            raise Unsupported(f"calldata offset {offset}")
        return self.arguments[offset // WORD_BYTES]

    def _copy_calldata(self, state: _State) -> None:
        target, source, length = (state.pop_constant("calldata copy") for _ in range(3))
        if source >= WORD_BYTES * len(self.arguments):
            state.memory.write(target, bytes(length))
            return
        if length % WORD_BYTES:
            raise Unsupported(f"copy of {length} bytes of calldata")
        for offset in range(0, length, WORD_BYTES):
            state.memory.store(target + offset, self._calldata(source + offset))

    def _copy_by_call(self, state: _State) -> None:
        """STATICCALL of the identity precompile."""
        given = state.pop()
        address, source, length, target, room = (state.pop_constant("call") for _ in range(5))
        if given != GAS or address != IDENTITY or room != length:
            raise Unsupported(f"a call of {address:#x} at {state.pc}")
        self._copy_memory(state, target, source, length)
        state.stack.append(ONE)

    @staticmethod
    def _copy_memory(state: _State, target: int, source: int, length: int) -> None:
        if length % WORD_BYTES:
            raise Unsupported(f"copy of {length} bytes of memory")
        words = [state.memory.load(source + offset) for offset in range(0, length, WORD_BYTES)]
        for index, word in enumerate(words):
            state.memory.store(target + WORD_BYTES * index, word)

    def _call(self, state: _State, callee: Callee) -> BytecodePath | None:
        """A function that is proved by itself: each of its ends, and the results of a return."""
        facts, memory, function = state.facts, state.memory, callee.function
        numbers = []
        for place, (_, kind) in enumerate(function.arguments):
            word = facts.resolve(memory.load(function.frame + WORD_BYTES * place))
            numbers.append(facts.signed(word) if kind.low < 0 else word)
        self.obligations.extend(callee.obligations(numbers, facts))
        end = callee.end(numbers)
        for number, name in enumerate(callee.errors, 1):
            condition = facts.resolve_formula(equal(end, number))
            if condition is not FALSE:
                failed = facts.fork()
                failed.assume(condition)
                self.paths.append(BytecodePath(failed, REVERT, revert_name=name, pc=state.pc))
        facts.assume(equal(end, 0))
        memory.forget(function.frame_end)
        if function.returns:
            result = state.pop_constant("place of a result")
            if result < function.frame_end:
                raise Unsupported(f"{callee.name} is to return into its own frame at {state.pc}")
            for place, value in enumerate(callee.results(numbers)):
                word = as_word(value) if isinstance(value, Formula) else facts.wrap(value)
                memory.store(result + WORD_BYTES * place, word)
        return self._jump(state, state.pop_constant("return"))

    def _jump(self, state: _State, target: int) -> BytecodePath | None:
        if target not in self.destinations:
            return BytecodePath(state.facts, HALT, revert_name="jump to no destination", pc=state.pc)
        state.pc = target
        return None

    def _jump_if(self, state: _State) -> BytecodePath | None:
        target = state.pop_constant("jump")
        facts = state.facts
        condition = facts.resolve_formula(is_nonzero(facts.resolve(state.pop()), facts))
        if condition is TRUE:
            return self._jump(state, target)
        if condition is not FALSE:
            taken = state.fork(state.pc)
            taken.facts.assume(condition)
            path = self._jump(taken, target)
            if path is None:
                self._waiting.append(taken)
            else:
                self.paths.append(path)
            facts.assume(negation(condition))
        state.pc += 1
        return None

    @staticmethod
    def _end(state: _State, instruction: int) -> BytecodePath:
        facts, pc = state.facts, state.pc
        if instruction == 0x00:
            return BytecodePath(facts, HALT, revert_name="stop", pc=pc)
        if instruction == 0xFE:
            return BytecodePath(facts, HALT, revert_name="invalid", pc=pc)
        offset, length = (state.pop_constant("end of the call") for _ in range(2))
        if instruction == 0xFD:
            name = decode_revert_name(state.memory.read(offset, length))
            return BytecodePath(facts, REVERT, revert_name=name, pc=pc)
        if length % WORD_BYTES:
            raise Unsupported(f"return of {length} bytes")
        words = tuple(facts.resolve(state.memory.load(offset + at)) for at in range(0, length, WORD_BYTES))
        return BytecodePath(facts, RETURN, words, pc=pc)
