"""The vault's income by source, out of what the protocol logs: all that a chart of it needs."""

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
"""What says how much funding and interest a position has paid."""


@dataclass(slots=True)
class Income:
    """SHR-16. By source, since inception, of vault and insurance together; wei, signed.

    fees: of trades. funding, interest: as positions settle them. results: what traders lost, less what they won.
    liquidations: their fees, less the keepers' rewards. bad_debt: what positions that went could not pay, 0 or below.
    """

    fees: int = 0
    funding: int = 0
    interest: int = 0
    results: int = 0
    liquidations: int = 0
    bad_debt: int = 0

    def total(self) -> int:
        """All sources."""
        return self.fees + self.funding + self.interest + self.results + self.liquidations + self.bad_debt


@dataclass(slots=True)
class Holding:
    """A position, as far as its events tell. size: alpha WAD. margin: wei, signed."""

    size: int = 0
    margin: int = 0


@dataclass(slots=True)
class Statement:
    """SHR-16. What all events so far say. Amounts: wei.

    vault: its cash, insurance, claimed and fed. deposits: what depositors have brought, less what they took.
    gifts: seeds, donations, what was skimmed. epochs: the income up to each settlement.
    holdings: open positions by account and market.
    """

    income: Income = field(default_factory=Income)
    vault: Vault = field(default_factory=Vault)
    deposits: int = 0
    gifts: int = 0
    epochs: list[Income] = field(default_factory=list)
    holdings: dict[tuple[int, int], Holding] = field(default_factory=dict)

    def deficits(self) -> int:
        """Σ of the margins below 0, which open positions owe."""
        return sum([-each.margin for each in self.holdings.values() if each.margin < 0])


def accrue_income(statement: Statement, event: Logged) -> None:
    """SHR-16. Books the next event; what moves nothing of the vault's is passed over."""
    if isinstance(event, Settled):
        statement.income.funding += event.funding_owed
        statement.income.interest += event.interest_owed
    match event:
        case Increased():
            statement.income.fees += event.fee
            change = event.margin - event.fee - event.funding_owed - event.interest_owed
            _move(statement, event.account, event.market, event.size, change, event.margin)
            insure(statement.vault, event.insured)
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
            statement.deposits += event.assets - event.paid
            statement.vault.cash += event.assets - event.paid
            statement.epochs.append(replace(statement.income))
        case _:
            pass


def _move(statement: Statement, account: int, market: int, size: int, change: int, net: int) -> None:
    """SHR-16. What moves a position. With what the change moves out of the margin, net is the amount of VLT-24.

    size: what is added, alpha WAD. change: of the margin, wei. net: what owner or keeper bring, wei, signed.
    """
    holding = statement.holdings.setdefault((account, market), Holding())
    before = holding.margin
    holding.size += size
    holding.margin += change
    if holding.size == 0:
        del statement.holdings[account, market]
        holding.margin = 0
    pay(statement.vault, net + max(before, 0) - max(holding.margin, 0))


def _decrease(statement: Statement, event: Decreased) -> None:
    """SHR-16. A full close costs at most the equity: POS-17."""
    holding, result = statement.holdings[event.account, event.market], event.result
    if event.size == holding.size:
        result = max(result, event.funding_owed + event.interest_owed - holding.margin)
    statement.income.results -= result
    statement.income.fees += event.fee
    change = result - event.fee - event.funding_owed - event.interest_owed
    _move(statement, event.account, event.market, -event.size, change, -event.payout)
    statement.vault.claimed += event.claimed
    insure(statement.vault, event.insured)


def _liquidate(statement: Statement, event: Liquidated) -> None:
    """SHR-16. What the reward is beyond LIQ-5, the insurance has added: LIQ-6."""
    top_up = max(event.reward - calculate_reward(event.fee, event.equity, event.is_full), 0)
    taken = max(event.equity, 0) - event.payout if event.is_full else event.fee
    statement.income.liquidations += taken - event.reward
    change = event.result - event.fee - event.funding_owed - event.interest_owed
    _move(statement, event.account, event.market, -event.size, change, top_up - event.reward - event.payout)
    statement.vault.insurance -= top_up
    _write_off(statement, event)
    insure(statement.vault, event.insured)


def _write_off(statement: Statement, event: Liquidated | WoundDownClosed) -> None:
    """SHR-16. Result, claim and bad debt of what was liquidated or wound down: VLT-27."""
    statement.income.results -= event.result
    statement.income.bad_debt -= event.debt
    statement.vault.claimed += event.claimed
    statement.vault.insurance -= event.covered
    statement.vault.cash += event.covered


def _give(statement: Statement, event: Seeded | Donated | Skimmed) -> None:
    """SHR-16. A gift to vault or insurance feeds the claims first: VLT-29."""
    statement.gifts += event.amount
    rest = receive(statement.vault, event.amount)
    if isinstance(event, Seeded) or (isinstance(event, Donated) and not event.to_insurance):
        statement.vault.cash += rest
    else:
        statement.vault.insurance += rest
