"""The memory of the symbolic EVM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.terms import Polynomial, constant

WORD_BYTES: Final = 32


@dataclass
class Memory:
    """Bytes that are constants, and symbolic words, which are only read and overwritten as a whole.

    Of what was not written nothing is known: it is not read. `room`: all that may be written; None: anything.
    """

    constants: dict[int, int] = field(default_factory=dict)
    words: dict[int, Polynomial] = field(default_factory=dict)
    room: tuple[range, ...] | None = None

    def copy(self) -> Memory:
        """The same content, apart."""
        return Memory(dict(self.constants), dict(self.words), self.room)

    def store(self, offset: int, word: Polynomial) -> None:
        """MSTORE."""
        number = word.constant
        if number is not None:
            self.write(offset, number.to_bytes(WORD_BYTES, "big"))
            return
        self._clear(offset, WORD_BYTES)
        self.words[offset] = word

    def write(self, offset: int, data: bytes) -> None:
        """Constant bytes."""
        self._clear(offset, len(data))
        self.constants.update(enumerate(data, offset))

    def forget(self, end: int) -> None:
        """Nothing is known any more of what begins before `end`."""
        self.words = {start: word for start, word in self.words.items() if start >= end}
        self.constants = {place: byte for place, byte in self.constants.items() if place >= end}

    def _clear(self, offset: int, length: int) -> None:
        if self.room is not None and not any(offset in part and offset + length <= part.stop for part in self.room):
            raise Unsupported(f"memory at {offset} is written, which is none of the function's")
        for start in self._overlapping(offset, length):
            if start < offset or start + WORD_BYTES > offset + length:
                raise Unsupported(f"a part of the symbolic memory word {start} is overwritten")
            del self.words[start]
        for place in range(offset, offset + length):
            self.constants.pop(place, None)

    def _overlapping(self, offset: int, length: int) -> list[int]:
        return [start for start in self.words if start < offset + length and offset < start + WORD_BYTES]

    def load(self, offset: int) -> Polynomial:
        """MLOAD."""
        word = self.words.get(offset)
        return word if word is not None else constant(int.from_bytes(self.read(offset, WORD_BYTES), "big"))

    def read(self, offset: int, length: int) -> bytes:
        """Bytes, all of them constants."""
        for start in self._overlapping(offset, length):
            raise Unsupported(f"a part of the symbolic memory word {start} is read")
        try:
            return bytes(self.constants[place] for place in range(offset, offset + length))
        except KeyError:
            raise Unsupported(f"memory at {offset} is read, which nothing has written") from None
