"""The drawing of the storage: its numbers stand where the machines' encoders put them."""

from dataclasses import replace

import pytest

from differential_tests.book.storage import EDGE, draw_storage, read_numbers
from differential_tests.contracts.layout import NAMESPACES
from differential_tests.machines.protocol.records import (
    RESERVED,
    account_word,
    market_words,
    parameter_words,
    position_words,
)
from reference.state.records import Account, Market, Parameters, Position, Side

NUMBERS = read_numbers()


def place(variable: str, word: int, name: str) -> tuple[int, int]:
    """Lowest bit and bits of a number."""
    [found] = [each for each in NUMBERS[variable, word] if each.name == name]
    return found.low, found.bits


def test_every_word_that_holds_several_numbers_is_full() -> None:
    for word, numbers in NUMBERS.items():
        covered = sorted(bit for number in numbers for bit in range(number.low, number.low + number.bits))
        assert len(covered) == len(set(covered)), word
        reserved = RESERVED.get(word[0], {}).get(word[1], ())
        assert set(range(256)) - set(covered) <= set(reserved), word


def test_every_variable_is_drawn() -> None:
    drawn = draw_storage()
    for variables in NAMESPACES.values():
        for name, _, _ in variables:
            assert f">{name}<" in drawn or f">{name}[0]<" in drawn


def test_numbers_are_where_the_machines_put_them() -> None:
    low, _ = place("account_words", 0, "count")
    assert account_word(Account(count=1)) == 1 << low
    low, _ = place("position_words", 0, "is long")
    assert position_words(Position(is_long=True))[0] == 1 << low
    low, _ = place("position_words", 0, "sign of margin")
    assert position_words(Position(is_long=False, margin=-1))[0] >> low == 1
    low, bits = place("market_words", 7, "touched at")
    assert market_words(Market(touched_at=2**bits - 1))[7] == (2**bits - 1) << low
    low, _ = place("market_words", 3, "longs margin")
    assert market_words(Market(longs=Side(margin=1)))[3] == 1 << low
    low, _ = place("parameter_words", 1, "raised at")
    parameters = Parameters(*(10**9 * number for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0)))
    parameters = replace(parameters, cross_class=3)
    assert parameter_words(parameters, 1, 0)[1] == 1 << low
    low, _ = place("parameter_words", 1, "moved at")
    assert parameter_words(parameters, 0, 1)[1] == 1 << low
    *rates, last = NUMBERS["parameter_words", 0]
    assert (last.name, last.low) == ("cross class", 253)
    for number, each in [*enumerate(rates, 1), (3, last)]:
        assert parameter_words(parameters, 0, 0)[0] >> each.low & 2**each.bits - 1 == number


@pytest.mark.parametrize("variable", ["order_words", "fee_word", "ledger_words"])
def test_what_nothing_uses_is_called_reserved(variable: str) -> None:
    assert (variable, 0) not in NUMBERS
    row = draw_storage().partition(f">{variable}<")[2]
    assert row.index(">reserved<") < row.index(f'<text x="{EDGE}"')
