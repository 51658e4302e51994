"""The memory of the symbolic EVM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.terms import Polynomial, constant

WORD_BYTES: Final = 32


@dataclass
class Memory:
    """Bytes that are constants, and symbolic words, which are only read and overwritten as a whole."""

    constants: dict[int, int] = field(default_factory=dict)
    words: dict[int, Polynomial] = field(default_factory=dict)

    def copy(self) -> Memory:
        """The same content, apart."""
        return Memory(dict(self.constants), dict(self.words))

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

    def _clear(self, offset: int, length: int) -> None:
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
        """Bytes, all of them constants; 0 where nothing was written."""
        for start in self._overlapping(offset, length):
            raise Unsupported(f"a part of the symbolic memory word {start} is read")
        return bytes(self.constants.get(place, 0) for place in range(offset, offset + length))
