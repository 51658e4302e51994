"""TAO that comes in and goes out: deposits, withdrawals, the vault's seed, donations, claims, what nobody sent."""

from dataclasses import replace

from reference.block import Block
from reference.core.authorization import validate_border, validate_owner
from reference.core.vault_ledger import accrue_interest, receive
from reference.errors import (
    AccountCapReached,
    AccountUnknown,
    CashTooLow,
    ClaimUnfed,
    ClaimUnknown,
    GlobalCapReached,
    NothingToSkim,
    NotTreasury,
)
from reference.events import ClaimCollected, Deposited, Donated, Logged, Seeded, Skimmed, Withdrawn
from reference.math.vault import calculate_fed
from reference.state.records import owner_of
from reference.state.storage import Protocol


def process_deposit(protocol: Protocol, sender: int, account: int, amount: int) -> list[Logged]:
    """ACC-1. Free cash (wei) for anyone's account.

    Errors, in this order: those of the border, AccountUnknown, AccountCapReached, GlobalCapReached.
    """
    validate_border(amount)
    if owner_of(account) == 0:
        raise AccountUnknown
    owner = protocol.account(account)
    if owner.cash + owner.margin + amount > protocol.account_cap:
        raise AccountCapReached
    if protocol.free_cash + protocol.margins + amount > protocol.global_cap:
        raise GlobalCapReached
    owner.cash += amount
    protocol.store_account(account, owner)
    return [Deposited(account, sender, amount)]


def process_withdraw(protocol: Protocol, sender: int, account: int, amount: int) -> list[Logged]:
    """ACC-2. Free cash (wei) to the account's owner, in every state of the protocol.

    Errors, in this order: NotOwner, those of the border, CashTooLow; TransferFailed, which is not modelled here.
    """
    validate_owner(account, sender)
    validate_border(amount)
    owner = protocol.account(account)
    if owner.cash < amount:
        raise CashTooLow
    owner.cash -= amount
    protocol.store_account(account, owner)
    return [Withdrawn(account, amount)]


def process_seed(protocol: Protocol, block: Block, sender: int, amount: int) -> list[Logged]:
    """VLT-28. Cash (wei) of the treasury for the vault. Errors, in this order: NotTreasury, those of the border."""
    if sender != protocol.treasury:
        raise NotTreasury
    validate_border(amount)
    _receive_cash(protocol, block, amount, False)
    return [Seeded(amount)]


def process_donate(protocol: Protocol, block: Block, sender: int, to_insurance: bool, amount: int) -> list[Logged]:
    """VLT-29. Anyone's gift (wei) to the vault or the insurance. Errors: those of the border."""
    validate_border(amount)
    _receive_cash(protocol, block, amount, to_insurance)
    return [Donated(sender, to_insurance, amount)]


def _receive_cash(protocol: Protocol, block: Block, amount: int, to_insurance: bool) -> None:
    vault = protocol.vault.copy()
    accrue_interest(vault, block)
    rest = receive(vault, amount)
    if to_insurance:
        vault.insurance += rest
    else:
        vault.cash += rest
    protocol.vault = vault


def process_collect_claim(protocol: Protocol, number: int) -> list[Logged]:
    """VLT-26. Moves what is fed of a claim into its account's free cash. Open to all.

    Errors, in this order: ClaimUnknown, ClaimUnfed.
    """
    found = protocol.claims.get(number)
    if found is None:
        raise ClaimUnknown
    fed = calculate_fed(found.before, found.amount, protocol.vault.fed)
    if fed == 0:
        raise ClaimUnfed
    owner = protocol.account(found.account)
    owner.cash += fed
    protocol.store_account(found.account, owner)
    protocol.vault.bucket -= fed
    if fed == found.amount:
        del protocol.claims[number]
    else:
        protocol.claims[number] = replace(found, before=found.before + fed, amount=found.amount - fed)
    return [ClaimCollected(found.account, number, fed)]


def calculate_books(protocol: Protocol) -> int:
    """VLT-30. All TAO (wei) that the books know of."""
    vault = protocol.vault
    window = protocol.window
    held = vault.cash + vault.insurance + vault.bucket + window.assets + window.payable
    return protocol.free_cash + protocol.margins + held


def process_skim(protocol: Protocol, block: Block, balance: int) -> list[Logged]:
    """VLT-30. What the contract holds beyond its books goes to the insurance (wei). Open to all.

    balance: of the contract, wei. The chain hides the existential deposit of it: then there is nothing.
    Errors: NothingToSkim.
    """
    books = calculate_books(protocol)
    if balance <= books:
        raise NothingToSkim
    _receive_cash(protocol, block, balance - books, True)
    return [Skimmed(balance - books)]
