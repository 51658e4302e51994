"""The Vyper types that fill one word, and the numbers that they hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WordType:
    """A type of Vyper whose values are the integers from `low` to `high`."""

    name: str
    low: int
    high: int

    @property
    def is_bool(self) -> bool:
        """Whether Python's type is bool."""
        return self.name == "bool"

    def to_python(self, value: int) -> int | bool:
        """`value` as the reference takes it."""
        return bool(value) if self.is_bool else value

    def to_word(self, value: int) -> int:
        """`value` as an unsigned word."""
        return value % 2**256

    def holds(self, value: object) -> bool:
        """Whether `value` is of the right Python type and in range."""
        if self.is_bool or isinstance(value, bool):
            return self.is_bool and isinstance(value, bool)
        return isinstance(value, int) and self.low <= value <= self.high

    def clip(self, value: int) -> int:
        """`value` if it is in range, else another one that is."""
        if self.low <= value <= self.high:
            return value
        return self.low + (value - self.low) % (self.high - self.low + 1)


BOOL = WordType("bool", 0, 1)


def integer_type(bits: int, is_signed: bool) -> WordType:
    """uint<bits> or int<bits>."""
    if is_signed:
        return WordType(f"int{bits}", -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return WordType(f"uint{bits}", 0, 2**bits - 1)
