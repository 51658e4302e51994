"""Seeded faults: changes of the contracts that the campaign or the prover must find."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from differential_tests.contracts.artefacts import ROOT


@dataclass(frozen=True)
class Fault:
    """`good` stands once in `file` and becomes `bad`. rule: which rule is broken; pure: whether a proof must see it."""

    name: str
    rule: str
    file: str
    good: str
    bad: str
    pure: bool = True

    def apply(self, source: str) -> str:
        """The text of `file` with the fault in it. LookupError if `good` does not stand there once."""
        if source.count(self.good) != 1:
            raise LookupError(f"{self.name}: {self.good!r} stands {source.count(self.good)} times in {self.file}")
        return source.replace(self.good, self.bad)


EMA = "vyper_contracts/math/ema.vy"
MARK = "vyper_contracts/math/mark.vy"
ALPHA = "vyper_contracts/math/alpha.vy"
ORACLE = "vyper_contracts/math/reading.vy"
FEED = "vyper_contracts/oracles/feed.vy"
INDEX = "vyper_contracts/oracles/IndexPriceOracle.vy"
KEEPER = "vyper_contracts/testing/MarkKeeper.vy"

FAULTS = [
    Fault(
        "floor to ceil",
        "EMA-1",
        EMA,
        "return (sample * elapsed + average * tau) // (elapsed + tau)",
        "return (sample * elapsed + average * tau + elapsed + tau - 1) // (elapsed + tau)",
    ),
    Fault(
        "elapsed off by one",
        "IDX-3",
        INDEX,
        "block.timestamp - last_update",
        "block.timestamp - last_update + 1",
        False,
    ),
    Fault("cap ignored, index", "IDX-1", EMA, "min(elapsed, INDEX_MAX_ELAPSED)", "elapsed"),
    Fault("cap ignored, mark", "MRK-3", MARK, "min(elapsed, max_elapsed)", "elapsed"),
    Fault("one TAO counts", "CHN-3", ALPHA, "price < ONE_TAO", "price <= ONE_TAO"),
    Fault(
        "last_update not written",
        "IDX-3",
        INDEX,
        "    self.ema = ema\n    self.last_update = block.timestamp\n",
        "    self.ema = ema\n",
        False,
    ),
    Fault("zero accepted", "ORC-3", ORACLE, "    if price == 0:\n        return PRICE_ZERO\n", ""),
    Fault("median of the wrong three", "MRK-1", MARK, "min(max(a, b), c)", "min(max(a, c), c)"),
    Fault(
        "median without the feed before",
        "MRK-3",
        MARK,
        "self.median(mark, spot, previous_spot)",
        "self.median(mark, spot, spot)",
    ),
    Fault("gap forgets at once", "MRK-4", MARK, "max(distance, remembered)", "distance"),
    Fault("band excludes its edge", "MRK-7", MARK, "distance * units.WAD <= band", "distance * units.WAD < band"),
    Fault("fed twice in a block", "MRK-9", KEEPER, "block.number > m.fed_block", "block.number >= m.fed_block", False),
    Fault("death recorded again", "MRK-9", KEEPER, "if spot == 0 and m.dead_since == 0:", "if spot == 0:", False),
    Fault(
        "starved read counts as dead",
        "ORC-1",
        FEED,
        '    assert msg.gas >= allowance * 64 // 63 + GAS_MARGIN, "GasLow"\n',
        "",
        False,
    ),
    Fault("gas asked for too much", "ORC-1", FEED, '+ GAS_MARGIN, "GasLow"', '+ 100 * GAS_MARGIN, "GasLow"', False),
    Fault("fed once a second", "MRK-9", KEEPER, "block.number > m.fed_block", "block.timestamp > m.fed_at", False),
    Fault("scale may be lower", "ORC-8", FEED, "price == alpha.ONE_TAO", "price <= alpha.ONE_TAO", False),
    Fault(
        "anyone starts the index", "IDX-2", INDEX, '    assert msg.sender == INITIALIZER, "NotInitializer"\n', "", False
    ),
]


def plant(fault: Fault, folder: Path) -> Path:
    """Make a copy of the contracts in `folder` with one fault in it; the copy's root."""
    changed = fault.apply((ROOT / fault.file).read_text())
    shutil.copytree(ROOT / "vyper_contracts", folder / "vyper_contracts")
    (folder / fault.file).write_text(changed)
    return folder
