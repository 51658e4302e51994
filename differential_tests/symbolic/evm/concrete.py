"""Runs one function on numbers: its bytecode in the real EVM, and its reference in Python."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from differential_tests.chains.engine import EVM, AccountInfo
from differential_tests.symbolic.evm.outcome import ERROR, HALT, RETURN, REVERT, Outcome, decode_revert_name
from differential_tests.symbolic.terms.word_type import WordType
from reference.errors import MegaTAOError

ADDRESS: Final = "0x" + "11" * 20
CALLER: Final = "0x" + "22" * 20
GAS: Final = 10_000_000

_REVERTED = re.compile(r"Revert \{ gas_used: \d+, output: 0x([0-9a-fA-F]*) \}")


class Machine:
    """The real EVM with one code in it, called with words and no selector."""

    def __init__(self, code: bytes) -> None:
        self._evm = EVM(spec_id="SHANGHAI")
        self._evm.insert_account_info(ADDRESS, AccountInfo(code=code))

    def call(self, words: Iterable[int]) -> Outcome:
        """The end of the call; the words of a return as unsigned numbers."""
        calldata = b"".join(word.to_bytes(32, "big") for word in words)
        try:
            data = bytes(self._evm.message_call(CALLER, ADDRESS, calldata=calldata, gas=GAS, is_static=True))
        except RuntimeError as error:
            reverted = _REVERTED.search(str(error))
            if reverted is None:
                return Outcome(HALT, name=str(error))
            return Outcome(REVERT, name=decode_revert_name(bytes.fromhex(reverted[1])))
        result = self._evm.result
        if result is None or result.reason != "Return":
            return Outcome(HALT, name=result.reason if result else "")
        return Outcome(RETURN, tuple(int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)))


def run_reference(
    function: Callable[..., Any],
    arguments: Mapping[str, int],
    types: Mapping[str, WordType],
    returns: Sequence[WordType],
) -> Outcome:
    """The end of the reference's run; its result as words."""
    values = [types[name].to_python(value) for name, value in arguments.items()]
    try:
        result = function(*values)
    except MegaTAOError as error:
        return Outcome(REVERT, name=error.revert_name())
    except Exception as error:
        return Outcome(ERROR, name=f"{type(error).__name__}: {error}")
    results = split_result(result, len(returns))
    if results is None:
        return Outcome(ERROR, name=f"the reference returns {result!r}, not {len(returns)} values")
    words = []
    for value, word_type in zip(results, returns, strict=True):
        if not word_type.holds(value):
            return Outcome(ERROR, name=f"the reference returns {value!r}, which is no {word_type.name}")
        words.append(word_type.to_word(int(value)))
    return Outcome(RETURN, tuple(words))


def split_result(result: object, count: int) -> tuple[Any, ...] | None:
    """What a function returned, as `count` values; None if there are not as many."""
    if count == 0:
        return () if result is None else None
    values = result if isinstance(result, tuple) else (result,)
    return values if len(values) == count else None


BOUNDARIES: Final = tuple(
    sorted(
        {0, 1, 2, 3, 10**9, 10**18, 604_800}
        | {10**18 + step for step in (-1, 1)}
        | {2**bits + step for bits in (8, 32, 64, 112, 128, 255, 256) for step in (-2, -1, 0, 1)}
        | {2**256 // 10**18 + step for step in (-1, 0, 1)}
    )
)


def sample_arguments(
    types: Mapping[str, WordType], constants: Iterable[int], count: int, seed: int
) -> Iterator[dict[str, int]]:
    """`count` assignments that like boundaries, equal arguments and `constants` with their neighbours."""
    chance = random.Random(seed)  # noqa: S311 (a fixed sequence, nothing secret)
    favourites = [*BOUNDARIES, *(number + step for number in constants for step in (-1, 0, 1))]
    scales = (3, 8, 20, 40, 62, 64, 100, 112, 128, 160, 200, 256)
    for _ in range(count):
        scale = chance.choice(scales)
        values: dict[str, int] = {}
        for name, word_type in types.items():
            pick = chance.random()
            if pick < 0.35:
                value = chance.choice(favourites)
            elif pick < 0.5 and values:
                value = chance.choice(list(values.values())) + chance.choice((-1, 0, 0, 1))
            elif pick < 0.6:
                value = chance.choice(favourites) * chance.choice((2, 3, 10, 100)) // chance.choice((1, 3, 7))
            else:
                value = chance.getrandbits(chance.choice((scale, scale, chance.choice(scales))))
            if chance.random() < 0.5 and word_type.low < 0:
                value = -value
            values[name] = word_type.clip(value)
        yield values
