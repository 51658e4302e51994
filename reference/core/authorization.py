"""Who may act, and which amounts may cross the contract's border."""

from reference.block import Block
from reference.errors import AmountZero, DeadlinePassed, NotAdmin, NotAvailable, NotOwner, NotWholeRao, Paused
from reference.math.units import RAO
from reference.state.records import Terms, owner_of, validate_amount
from reference.state.storage import Protocol


def validate_owner(account: int, sender: int) -> None:
    """ACC-3. The sender owns the account. Errors: NotOwner."""
    if owner_of(account) != sender:
        raise NotOwner


def validate_running(protocol: Protocol) -> None:
    """ADM-6. The guardian has not paused the protocol. Errors: Paused."""
    if protocol.vault.is_paused:
        raise Paused


def validate_terms(terms: Terms, block: Block) -> None:
    """POS-18. The trade is in time, and asks for nothing that is not built yet.

    Errors, in this order: DeadlinePassed, NotAvailable.
    """
    if terms.deadline != 0 and block.timestamp > terms.deadline:
        raise DeadlinePassed
    if terms.makers != 0 or not terms.has_vault or terms.route != 0:
        raise NotAvailable


def validate_border(amount: int) -> None:
    """ACC-1. An amount (wei) that crosses the border is above 0 and a whole number of rao: the chain moves no less.

    Errors, in this order: AmountZero, NotWholeRao, AmountTooLarge.
    """
    if amount == 0:
        raise AmountZero
    if amount % RAO:
        raise NotWholeRao

    validate_amount(amount)


def validate_admin(protocol: Protocol, sender: int) -> None:
    """ADM-1. The sender is the admin. Errors: NotAdmin."""
    if sender != protocol.admin:
        raise NotAdmin
