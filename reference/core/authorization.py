"""Who may act, and which amounts may cross the contract's border."""

from reference.errors import AmountZero, NotAdmin, NotOwner, NotWholeRao, Paused
from reference.math.units import RAO
from reference.state.records import owner_of, validate_amount
from reference.state.storage import Protocol


def validate_owner(account: int, sender: int) -> None:
    """ACC-3. The sender owns the account. Errors: NotOwner."""
    if owner_of(account) != sender:
        raise NotOwner


def validate_running(protocol: Protocol) -> None:
    """ADM-6. The guardian has not paused the protocol. Errors: Paused."""
    if protocol.vault.is_paused:
        raise Paused


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
