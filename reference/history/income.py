"""The vault's income by source, derived from the protocol's events alone."""

from dataclasses import dataclass, field, replace

from reference.core.vault_ledger import insure, pay, receive
from reference.events import (
    Decreased,
    Donated,
    EpochSettled,
    Increased,
    Liquidated,
    Logged,
    MarginAdded,
    MarginRemoved,
    Seeded,
    Skimmed,
    WoundDownClosed,
)
from reference.math.liquidation import calculate_reward
from reference.state.records import Vault

Settled = Increased | Decreased | MarginRemoved | Liquidated | WoundDownClosed
"""The events that state the funding and the interest that a position has paid."""


@dataclass(slots=True)
class Income:
    """SHR-16. Income of vault and insurance together since inception, by source; wei, signed.

    fees: of trades. funding, interest: as positions settle them. results: traders' losses less their gains.
    liquidations: their fees less the keepers' rewards. bad_debt: of positions that are gone, 0 or below.
    """

    fees: int = 0
    funding: int = 0
    interest: int = 0
    results: int = 0
    liquidations: int = 0
    bad_debt: int = 0

    def total(self) -> int:
        """The sum of all sources."""
        return self.fees + self.funding + self.interest + self.results + self.liquidations + self.bad_debt


@dataclass(slots=True)
class Holding:
    """A position, as its events tell it. size: alpha WAD. margin: wei, signed."""

    size: int = 0
    margin: int = 0


@dataclass(slots=True)
class Statement:
    """SHR-16. The statement of all events so far. Amounts: wei.

    vault: its cash, insurance, claimed and fed. deposits: of depositors, less their redemptions.
    gifts: seeds, donations and skimmed TAO. epochs: the income up to each settlement.
    holdings: open positions by account and market.
    """

    income: Income = field(default_factory=Income)
    vault: Vault = field(default_factory=Vault)
    deposits: int = 0
    gifts: int = 0
    epochs: list[Income] = field(default_factory=list)
    holdings: dict[tuple[int, int], Holding] = field(default_factory=dict)

    def deficits(self) -> int:
        """Σ of the margins below 0, which open positions owe to the vault."""
        return sum([-each.margin for each in self.holdings.values() if each.margin < 0])


def accrue_income(statement: Statement, event: Logged) -> None:
    """SHR-16. Books the next event; one that moves nothing of the vault's changes nothing."""
    if isinstance(event, Settled):
        statement.income.funding += event.funding_owed
        statement.income.interest += event.interest_owed

    match event:
        case Increased():
            _increase(statement, event)
        case Decreased():
            _decrease(statement, event)
        case MarginAdded():
            _move(statement, event.account, event.market, 0, event.amount, event.amount)
        case MarginRemoved():
            change = -event.amount - event.funding_owed - event.interest_owed
            _move(statement, event.account, event.market, 0, change, -event.amount)
        case Liquidated():
            _liquidate(statement, event)
        case WoundDownClosed():
            _move(statement, event.account, event.market, -event.size, 0, -event.payout)
            _write_off(statement, event)
        case Seeded() | Donated() | Skimmed():
            _give(statement, event)
        case EpochSettled():
            _settle_epoch(statement, event)
        case _:
            pass


def _move(statement: Statement, account: int, market: int, size: int, change: int, net: int) -> None:
    """SHR-16. Changes a position, and pays the vault by VLT-24: net, and the margin that the change frees.

    size: added, alpha WAD, signed. change: of the margin, wei, signed. net: from owner or keeper, wei, signed.
    """
    holding = statement.holdings.setdefault((account, market), Holding())
    before = holding.margin
    holding.size += size
    holding.margin += change
    if holding.size == 0:
        del statement.holdings[account, market]
        holding.margin = 0

    statement.vault, _ = pay(statement.vault, net + max(before, 0) - max(holding.margin, 0))


def _increase(statement: Statement, event: Increased) -> None:
    """SHR-16. The owner brings the margin, and the fee comes out of it."""
    statement.income.fees += event.fee
    change = event.margin - event.fee - event.funding_owed - event.interest_owed
    _move(statement, event.account, event.market, event.size, change, event.margin)
    statement.vault, _ = insure(statement.vault, event.insured)


def _decrease(statement: Statement, event: Decreased) -> None:
    """SHR-16. A full close costs at most the equity: POS-17."""
    holding, result = statement.holdings[event.account, event.market], event.result
    if event.size == holding.size:
        result = max(result, event.funding_owed + event.interest_owed - holding.margin)

    statement.income.results -= result
    statement.income.fees += event.fee
    change = result - event.fee - event.funding_owed - event.interest_owed
    _move(statement, event.account, event.market, -event.size, change, -event.payout)
    _claim(statement, event.claimed)
    statement.vault, _ = insure(statement.vault, event.insured)


def _liquidate(statement: Statement, event: Liquidated) -> None:
    """SHR-16. The insurance tops the reward up beyond LIQ-5: LIQ-6."""
    top_up = max(event.reward - calculate_reward(event.fee, event.equity, event.is_full), 0)
    taken = max(event.equity, 0) - event.payout if event.is_full else event.fee
    statement.income.liquidations += taken - event.reward

    change = event.result - event.fee - event.funding_owed - event.interest_owed
    _move(statement, event.account, event.market, -event.size, change, top_up - event.reward - event.payout)
    statement.vault = replace(statement.vault, insurance=statement.vault.insurance - top_up)
    _write_off(statement, event)
    statement.vault, _ = insure(statement.vault, event.insured)


def _write_off(statement: Statement, event: Liquidated | WoundDownClosed) -> None:
    """SHR-16. Result, claim and bad debt of a position that was liquidated or wound down: VLT-27."""
    statement.income.results -= event.result
    statement.income.bad_debt -= event.debt
    _claim(statement, event.claimed)
    vault = statement.vault
    statement.vault = replace(vault, insurance=vault.insurance - event.covered, cash=vault.cash + event.covered)


def _claim(statement: Statement, claimed: int) -> None:
    statement.vault = replace(statement.vault, claimed=statement.vault.claimed + claimed)


def _give(statement: Statement, event: Seeded | Donated | Skimmed) -> None:
    """SHR-16. A gift to the vault or the insurance feeds the claims first: VLT-29."""
    statement.gifts += event.amount
    vault, rest = receive(statement.vault, event.amount)
    if isinstance(event, Seeded) or (isinstance(event, Donated) and not event.to_insurance):
        statement.vault = replace(vault, cash=vault.cash + rest)
    else:
        statement.vault = replace(vault, insurance=vault.insurance + rest)


def _settle_epoch(statement: Statement, event: EpochSettled) -> None:
    """SHR-16. Deposits come into the vault's cash, redemptions go out of it; the income so far is the epoch's."""
    net = event.assets - event.paid
    statement.deposits += net
    statement.vault = replace(statement.vault, cash=statement.vault.cash + net)
    statement.epochs.append(replace(statement.income))
