"""How a call ends, concretely: the common language of the bytecode and of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RETURN: Final = "return"
REVERT: Final = "revert"
HALT: Final = "halt"
"""The EVM ends without a revert or a return: never equal to anything of the reference."""
ERROR: Final = "error"
"""The reference raises something that is not a `MegaTAOError`: a bug of the specification."""

ERROR_SELECTOR: Final = bytes.fromhex("08c379a0")


@dataclass(frozen=True)
class Outcome:
    """The end of one call: its words, or the name of the revert, or what went wrong."""

    kind: str
    words: tuple[int, ...] = ()
    name: str = ""

    def __str__(self) -> str:
        if self.kind == RETURN:
            return f"return {', '.join(map(str, self.words))}".rstrip()
        return f"{self.kind} {self.name or '(no reason)'}"


def decode_revert_name(data: bytes) -> str:
    """The reason of `Error(string)`, "" of no data; any other data as hex, which is no name."""
    if not data:
        return ""
    length = int.from_bytes(data[36:68], "big")
    text = data[68 : 68 + length]
    well_formed = (
        data[:4] == ERROR_SELECTOR
        and int.from_bytes(data[4:36], "big") == 32
        and len(data) == 68 + -(-length // 32) * 32
        and length > 0
        and text.isascii()
        and not any(data[68 + length :])
    )
    return text.decode() if well_formed else f"0x{data.hex()}"
