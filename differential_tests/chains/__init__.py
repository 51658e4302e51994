"""The chains: in-process revm for volume, ape's own local chain, and anvil through ape."""

from collections.abc import Iterator
from contextlib import contextmanager

from differential_tests.chains.base import Chain, ChainUnavailableError

CHAINS = ("revm", "ape", "anvil")


@contextmanager
def open_chain(name: str) -> Iterator[Chain]:
    """A fresh chain, by name.

    Errors: ChainUnavailableError, in one line.
    """
    if name == "revm":
        from differential_tests.chains.revm import RevmChain

        yield RevmChain()
    elif name in CHAINS:
        from differential_tests.chains.ape import open_anvil_chain, open_ape_chain

        with (open_ape_chain if name == "ape" else open_anvil_chain)() as chain:
            yield chain
    else:
        raise ChainUnavailableError(f"there is no chain {name!r}; there is {', '.join(CHAINS)}")
