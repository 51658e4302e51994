"""Roles, caps and pauses."""

from reference.core.authorization import validate_admin
from reference.errors import CapOutOfRange, NotGuardian, NotPendingAdmin
from reference.events import (
    AdminOffered,
    AdminSet,
    BadDebtCleared,
    GuardianSet,
    KeeperSet,
    LimitsSet,
    Logged,
    PauseSet,
    TreasurySet,
)
from reference.math.units import AMOUNT_BOUND
from reference.state.storage import Protocol


def process_offer_admin(protocol: Protocol, sender: int, admin: int) -> list[Logged]:
    """ADM-1. Offers the admin's role; nobody has it until it is taken. Errors: NotAdmin."""
    validate_admin(protocol, sender)
    protocol.pending_admin = admin
    return [AdminOffered(admin)]


def process_take_admin(protocol: Protocol, sender: int) -> list[Logged]:
    """ADM-2. Takes the role that was offered. Errors: NotPendingAdmin."""
    if sender != protocol.pending_admin:
        raise NotPendingAdmin
    protocol.admin, protocol.pending_admin = sender, 0
    return [AdminSet(sender)]


def process_set_guardian(protocol: Protocol, sender: int, guardian: int) -> list[Logged]:
    """ADM-3. Errors: NotAdmin."""
    validate_admin(protocol, sender)
    protocol.guardian = guardian
    return [GuardianSet(guardian)]


def process_set_treasury(protocol: Protocol, sender: int, treasury: int) -> list[Logged]:
    """ADM-3. Errors: NotAdmin."""
    validate_admin(protocol, sender)
    protocol.treasury = treasury
    return [TreasurySet(treasury)]


def process_set_keeper(protocol: Protocol, sender: int, keeper: int, is_allowed: bool) -> list[Logged]:
    """ADM-4. Who may liquidate while only keepers may. Errors: NotAdmin."""
    validate_admin(protocol, sender)
    if is_allowed:
        protocol.keepers.add(keeper)
    else:
        protocol.keepers.discard(keeper)
    return [KeeperSet(keeper, is_allowed)]


def process_set_limits(
    protocol: Protocol, sender: int, account_cap: int, global_cap: int, keepers_only: bool
) -> list[Logged]:
    """ADM-5. Caps on what one account, and all of them, hold at a deposit (wei); whether only keepers liquidate.

    Errors, in this order: NotAdmin, CapOutOfRange.
    """
    validate_admin(protocol, sender)
    if account_cap >= AMOUNT_BOUND or global_cap >= AMOUNT_BOUND:
        raise CapOutOfRange
    protocol.account_cap, protocol.global_cap, protocol.keepers_only = account_cap, global_cap, keepers_only
    return [LimitsSet(account_cap, global_cap, keepers_only)]


def process_set_pause(protocol: Protocol, sender: int, is_paused: bool) -> list[Logged]:
    """ADM-6. Stops trades and liquidations, for a broken oracle; never deposits of margin, pokes and withdrawals.

    Errors: NotGuardian.
    """
    if sender != protocol.guardian:
        raise NotGuardian
    protocol.vault.is_paused = is_paused
    return [PauseSet(is_paused)]


def process_clear_bad_debt(protocol: Protocol, sender: int) -> list[Logged]:
    """ADM-7. Ends the auto-pause: bad debt counts from 0 again. Errors: NotAdmin."""
    validate_admin(protocol, sender)
    uncovered, protocol.vault.uncovered = protocol.vault.uncovered, 0
    protocol.vault.is_auto_paused = False
    return [BadDebtCleared(uncovered)]
