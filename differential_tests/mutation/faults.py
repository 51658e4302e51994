"""Seeded faults of the contracts that no operator of `megatao mutate` makes, and how any fault is planted."""

import shutil
from pathlib import Path
from typing import NamedTuple

from differential_tests.contracts.artefacts import ROOT

CONTRACTS = "vyper_contracts"


class Fault(NamedTuple):
    """`good` stands once in `file`, named below the contracts' folder and without ending, and becomes `bad`."""

    file: str
    good: str
    bad: str

    @property
    def path(self) -> Path:
        """The file, from the project's folder."""
        return Path(CONTRACTS, f"{self.file}.vy")

    def apply(self, source: str) -> str:
        """The text of the file with the fault in it. LookupError if `good` does not stand there once."""
        if source.count(self.good) != 1:
            raise LookupError(f"{self.good!r} stands {source.count(self.good)} times in {self.path}")
        return source.replace(self.good, self.bad)

    def __str__(self) -> str:
        return f"{self.file}-{self.good or self.bad}".replace("\n", " ")[:60]


def plant(fault: Fault, folder: Path) -> Path:
    """Make a copy of the contracts in `folder` with one fault in it; the copy's root."""
    changed = fault.apply((ROOT / fault.path).read_text())
    shutil.copytree(ROOT / CONTRACTS, folder / CONTRACTS)
    (folder / fault.path).write_text(changed)
    return folder


FAULTS = [
    # a term is left out
    Fault("math/fees", "return fee - insurance,", "return fee,"),
    Fault("math/impact", " - units.mul_div_down(before, before, pool)", ""),
    Fault("math/funding", "units.WAD - weight +", "units.WAD +"),
    Fault("math/funding", "else entry_index - index", "else entry_index"),
    Fault("math/interest", " + INTEREST_BASE", ""),
    Fault("math/interest", "index - entry_index", "index"),
    Fault("math/margin", " - convert(interest_owed, int256)", ""),
    Fault("math/margin", "units.WAD), int256) - convert(entry_notional, int256)", "units.WAD), int256)"),
    Fault("math/liquidation", "(maintenance + buffer)", "maintenance"),
    Fault("math/liquidation", "- equity + FRACTION_SLACK", "- equity"),
    Fault("math/liquidation", "target - fee", "target"),
    Fault("math/liquidation", "- insurance - reward", "- insurance"),
    Fault("math/parameters", "+ taker_fee +", "+"),
    Fault("math/parameters", "taker_fee + MAX_OPENING_LOSS", "taker_fee"),
    Fault("math/vault", "claims + promised", "claims"),
    Fault("math/vault", "unsafe_sub(owed, carry)", "owed"),
    Fault("math/vault", "unsafe_sub(funding_index, convert(mark, int256))", "funding_index"),
    Fault("math/vault", " + sides", ""),
    Fault("math/vault", "convert(unsafe_mul(entry_notional, interest_index), int256))\n    return", "0)\n    return"),
    Fault("math/shares", "(assets, supply + VIRTUAL_SHARES", "(assets, supply"),
    Fault("math/shares", "nav + VIRTUAL_ASSETS, supply", "nav, supply"),
    Fault("math/shares", "nav_before + VIRTUAL_ASSETS) * PRICE", "nav_before) * PRICE"),
    Fault("modules/CustodyModule", " + asked % units.AMOUNT_BOUND", ""),
    Fault("modules/CustodyModule", " + storage.payable_word % records.SETTLED", ""),
    Fault("modules/SharesModule", "unsafe_add(storage.payable_word, paid) |", "paid |"),
    Fault("tokens/VaultShare", "unsafe_sub(allowed, amount)", "allowed"),
    Fault("tokens/VaultShare", "unsafe_add(nonce, 1)", "nonce"),
    # a bound, a sign or an edge is left out
    Fault("math/impact", "min(max_slippage, units.AMOUNT_BOUND)", "max_slippage"),
    Fault("math/impact", "abs(skew_after) <= abs(skew_before)", "skew_after <= skew_before"),
    Fault("math/ema", "min(elapsed, INDEX_MAX_ELAPSED)", "elapsed"),
    Fault("math/mark", "max(distance, remembered)", "distance"),
    Fault("math/funding", "min(utilization, units.WAD)", "utilization"),
    Fault("math/funding", "min(utilization, interest.MAX_UTILIZATION)", "utilization"),
    Fault("math/funding", "min(elapsed, MAX_FUNDING_ELAPSED)", "elapsed"),
    Fault("math/funding", "min(index + delta, INDEX_BOUND - 1)", "index + delta"),
    Fault("math/funding", "magnitude if rate >= 0 else -magnitude", "magnitude"),
    Fault("math/margin", "equity * SIGNED_WAD >=", "abs(equity) * SIGNED_WAD >="),
    Fault("math/margin", "max(worth, 0)", "worth"),
    Fault("math/liquidation", "int256 = equity *", "int256 = abs(equity) *"),
    Fault("math/liquidation", "min(MIN_REWARD, convert(max(equity, 0), uint256))", "MIN_REWARD"),
    Fault("math/liquidation", "min(taker_fee, insurance)", "insurance"),
    Fault("math/liquidation", "max(fee, reward) - reward", "fee - reward"),
    Fault("math/liquidation", "min(debt, convert(max(-pnl, 0), uint256))", "convert(max(-pnl, 0), uint256)"),
    Fault("math/vault", "min(fed - claimed_before, amount)", "fed - claimed_before"),
    Fault("math/vault", "min(owed, convert(margins, int256))", "owed"),
    Fault("math/vault", "cash - owed if cash > owed else 0", "cash - owed"),
    Fault("math/shares", "cash - kept if cash > kept else 0", "cash - kept"),
    Fault("math/packing", "(block_number % 2**29)", "block_number"),
    # what returns early does not, or what need not be done is done
    Fault("math/reading", "    if price == 0:\n        return PRICE_ZERO\n", ""),
    Fault("math/funding", "    if total == 0:\n        return 0\n", ""),
    Fault("math/interest", "    if exposure == 0:\n        return 0\n", ""),
    Fault("math/interest", "    if available == 0:\n        return MAX_UTILIZATION\n", ""),
    Fault("math/interest", "    if utilization >= MAX_UTILIZATION:\n        return MAX_INTEREST\n", ""),
    Fault("math/liquidation", "    if equity <= 0:\n        return 0\n", ""),
    Fault("math/parameters", "    if new_threshold <= threshold:\n        return\n", ""),
    Fault("math/parameters", "    if new_pool == pool:\n        return\n", ""),
    Fault("math/vault", "    if fed <= claimed_before:\n        return 0\n", ""),
    Fault("modules/SharesModule", "if sizes >> 224 == block.number:", "if True:"),
    Fault("modules/SharesModule", "if assets <= limit:", "if True:"),
    Fault("modules/SharesModule", "    extcall SHARE.lock(msg.sender, shares)\n", ""),
    Fault("tokens/VaultShare", "if allowed != UNLIMITED:", "if True:"),
    # another value, order or unit
    Fault("math/fees", "return fee - insurance, insurance", "return insurance, fee - insurance"),
    Fault("math/impact", "worse = unsafe_sub(mark, fill)", "worse = 0"),
    Fault("math/impact", "return notional", "return 0"),
    Fault("math/impact", "return BASE_HIGH", "return BASE_MEDIUM"),
    Fault("math/funding", "longs + shorts", "max(longs, shorts)"),
    Fault("math/funding", "* mark * min", "* mark // units.WAD * units.WAD * min"),
    Fault("math/funding", "max_rate, skew, total), factor, units.WAD", "max_rate, factor, units.WAD), skew, total"),
    Fault("math/interest", "utilization * utilization", "utilization * units.WAD"),
    Fault("math/margin", "leverage, units.WAD", "leverage, units.RAO"),
    Fault("math/margin", "(equity * SIGNED_WAD, entry_notional)", "(equity, entry_notional)"),
    Fault("math/liquidation", "fee // 2", "(fee + 1) // 2"),
    Fault("math/liquidation", "return FULL", "return PARTIAL"),
    Fault("math/liquidation", "min(price_part, insurance)", "min(debt, insurance)"),
    Fault("math/liquidation", "price_part - covered", "debt - covered"),
    Fault("math/vault", "is_tripped and utilization >= TOTAL_LIMIT", "False"),
    Fault("math/vault", "(owed, carry), units.WAD)", "(owed, carry), units.RAO)"),
    Fault("math/packing", "return packed % 2**128, packed >> 128", "return packed >> 128, packed % 2**128"),
    Fault("math/packing", "sign = 1 << 254", "sign = 0"),
    Fault("core/accrual", "block.number > context.market.fed_block", "block.timestamp > context.market.fed_at"),
    Fault("oracles/IndexPriceOracle", "block.timestamp - last_update", "block.timestamp - last_update + 1"),
    Fault("oracles/feed", '+ GAS_MARGIN, "GasLow"', '+ 100 * GAS_MARGIN, "GasLow"'),
    Fault("oracles/feed", "price == alpha.ONE_TAO", "price <= alpha.ONE_TAO"),
    Fault("modules/SharesModule", "self._issue(owned, minted, granted)", "self._issue(owned, minted, shares)"),
    Fault("modules/SharesModule", "shares, nav, supply, vault)", "shares, nav, supply + minted, vault)"),
    Fault("modules/SharesModule", "unsafe_sub(requested, all_granted), requested)", "0, requested)"),
    Fault("modules/ViewModule", "(storage.epoch_words[number][0] >= records.SETTLED) != is_settled", "False"),
    Fault("tokens/VaultShare", "chain.id, self))", "chain.id, empty(address)))"),
    Fault("tokens/VaultShare", "spender, amount, nonce, deadline)", "spender, amount - amount, nonce, deadline)"),
    # a name of a revert, or none; a check of the compiler less
    Fault("math/impact", ', "ImpactTooHigh"', ""),
    Fault("math/impact", '"SlippageTooHigh"', '"ImpactTooHigh"'),
    Fault("math/parameters", '"BufferOutOfRange"', '"FeeOutOfRange"'),
    Fault("math/parameters", ', "ParametersUnsafe"', ""),
    Fault("math/parameters", '"MaintenanceRiseTooLarge"', '"MaintenanceRiseTooFast"'),
    Fault("math/parameters", '"PoolMoveTooLarge"', '"PoolMoveTooFast"'),
    Fault("math/units", "product: uint256 = a * b", "product: uint256 = unsafe_mul(a, b)"),
]
