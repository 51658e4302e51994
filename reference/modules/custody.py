"""TAO that enters and leaves: deposits, withdrawals, the vault's seed, donations, claims, and TAO sent by no call."""

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
    """ACC-1. Adds free cash (wei) to anyone's account.

    Errors, in this order: those of the border, AccountUnknown, AccountCapReached, GlobalCapReached.
    """
    # authorize
    validate_border(amount)
    if owner_of(account) == 0:
        raise AccountUnknown

    # check
    owner = protocol.account(account)
    if owner.cash + owner.margin + amount > protocol.account_cap:
        raise AccountCapReached
    if protocol.free_cash + protocol.margins + amount > protocol.global_cap:
        raise GlobalCapReached

    # store
    protocol.store_account(account, replace(owner, cash=owner.cash + amount))

    # log
    return [Deposited(account, sender, amount)]


def process_withdraw(protocol: Protocol, sender: int, account: int, amount: int) -> list[Logged]:
    """ACC-2. Pays free cash (wei) to the account's owner, in every state of the protocol.

    Errors, in this order: NotOwner, those of the border, CashTooLow; TransferFailed, which is not modelled here.
    """
    # authorize
    validate_owner(account, sender)
    validate_border(amount)

    # check
    owner = protocol.account(account)
    if owner.cash < amount:
        raise CashTooLow

    # store
    protocol.store_account(account, replace(owner, cash=owner.cash - amount))

    # log
    return [Withdrawn(account, amount)]


def process_seed(protocol: Protocol, block: Block, sender: int, amount: int) -> list[Logged]:
    """VLT-28. Adds cash (wei) of the treasury to the vault. Errors, in this order: NotTreasury, those of the border."""
    # authorize
    if sender != protocol.treasury:
        raise NotTreasury
    validate_border(amount)

    # store
    _receive_cash(protocol, block, amount, False)

    # log
    return [Seeded(amount)]


def process_donate(protocol: Protocol, block: Block, sender: int, to_insurance: bool, amount: int) -> list[Logged]:
    """VLT-29. Adds anyone's gift (wei) to the vault or the insurance. Errors: those of the border."""
    # authorize
    validate_border(amount)

    # store
    _receive_cash(protocol, block, amount, to_insurance)

    # log
    return [Donated(sender, to_insurance, amount)]


def _receive_cash(protocol: Protocol, block: Block, amount: int, to_insurance: bool) -> None:
    vault = accrue_interest(protocol.vault, block)
    vault, rest = receive(vault, amount)
    if to_insurance:
        protocol.vault = replace(vault, insurance=vault.insurance + rest)
    else:
        protocol.vault = replace(vault, cash=vault.cash + rest)


def process_collect_claim(protocol: Protocol, number: int) -> list[Logged]:
    """VLT-26. Moves the fed part of a claim into its account's free cash. Open to all.

    Errors, in this order: ClaimUnknown, ClaimUnfed.
    """
    # check
    found = protocol.claims.get(number)
    if found is None:
        raise ClaimUnknown
    fed = calculate_fed(found.before, found.amount, protocol.vault.fed)
    if fed == 0:
        raise ClaimUnfed

    # store
    owner = protocol.account(found.account)
    protocol.store_account(found.account, replace(owner, cash=owner.cash + fed))
    protocol.vault = replace(protocol.vault, bucket=protocol.vault.bucket - fed)
    if fed == found.amount:
        del protocol.claims[number]
    else:
        protocol.claims[number] = replace(found, before=found.before + fed, amount=found.amount - fed)

    # log
    return [ClaimCollected(found.account, number, fed)]


def calculate_books(protocol: Protocol) -> int:
    """VLT-30. The sum of all books (wei): the TAO that has an owner."""
    vault, window = protocol.vault, protocol.window
    held = vault.cash + vault.insurance + vault.bucket + window.assets + window.payable
    return protocol.free_cash + protocol.margins + held


def process_skim(protocol: Protocol, block: Block, balance: int) -> list[Logged]:
    """VLT-30. Moves the contract's balance beyond its books (wei) to the insurance. Open to all.

    balance: of the contract, wei, without the existential deposit, which the chain hides.
    Errors: NothingToSkim.
    """
    # check
    books = calculate_books(protocol)
    if balance <= books:
        raise NothingToSkim

    # store
    _receive_cash(protocol, block, balance - books, True)

    # log
    return [Skimmed(balance - books)]
