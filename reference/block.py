"""What a transaction sees of its block."""

from dataclasses import dataclass


@dataclass(slots=True)
class Block:
    """number: the block's. timestamp: seconds, the same for all transactions of the block."""

    number: int
    timestamp: int
