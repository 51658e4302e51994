"""The EVM in this process: revm, or where there is no build of it for this Python, what stands in for it."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING or find_spec("pyrevm"):
    from pyrevm import EVM, AccountInfo, BlockEnv, JournalCheckpoint
else:
    from differential_tests.chains.stand_in import EVM, AccountInfo, BlockEnv, JournalCheckpoint

ENGINE = "revm" if find_spec("pyrevm") else "py-evm"
"""What runs the contracts. py-evm is some fifty times slower: about 40 compared steps a second of the protocol's."""

__all__ = ["ENGINE", "EVM", "AccountInfo", "BlockEnv", "JournalCheckpoint"]
