"""Roles, caps and pauses."""

from dataclasses import replace

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
    """ADM-1. Offers the admin's role; the sender keeps it until it is taken. Errors: NotAdmin."""
    # authorize
    validate_admin(protocol, sender)

    # store
    protocol.pending_admin = admin

    # log
    return [AdminOffered(admin)]


def process_take_admin(protocol: Protocol, sender: int) -> list[Logged]:
    """ADM-2. Takes the role that was offered to the sender. Errors: NotPendingAdmin."""
    # authorize
    if sender != protocol.pending_admin:
        raise NotPendingAdmin

    # store
    protocol.admin, protocol.pending_admin = sender, 0

    # log
    return [AdminSet(sender)]


def process_set_guardian(protocol: Protocol, sender: int, guardian: int) -> list[Logged]:
    """ADM-3. Sets the guardian. Errors: NotAdmin."""
    # authorize
    validate_admin(protocol, sender)

    # store
    protocol.guardian = guardian

    # log
    return [GuardianSet(guardian)]


def process_set_treasury(protocol: Protocol, sender: int, treasury: int) -> list[Logged]:
    """ADM-3. Sets the treasury. Errors: NotAdmin."""
    # authorize
    validate_admin(protocol, sender)

    # store
    protocol.treasury = treasury

    # log
    return [TreasurySet(treasury)]


def process_set_keeper(protocol: Protocol, sender: int, keeper: int, is_allowed: bool) -> list[Logged]:
    """ADM-4. Allows or forbids a keeper to liquidate while only keepers may. Errors: NotAdmin."""
    # authorize
    validate_admin(protocol, sender)

    # store
    if is_allowed:
        protocol.keepers.add(keeper)
    else:
        protocol.keepers.discard(keeper)

    # log
    return [KeeperSet(keeper, is_allowed)]


def process_set_limits(
    protocol: Protocol, sender: int, account_cap: int, global_cap: int, keepers_only: bool
) -> list[Logged]:
    """ADM-5. Caps the holdings of one account, and of all accounts, at a deposit (wei); limits liquidation to keepers.

    Errors, in this order: NotAdmin, CapOutOfRange.
    """
    # authorize
    validate_admin(protocol, sender)

    # check
    if account_cap >= AMOUNT_BOUND or global_cap >= AMOUNT_BOUND:
        raise CapOutOfRange

    # store
    protocol.account_cap, protocol.global_cap, protocol.keepers_only = account_cap, global_cap, keepers_only

    # log
    return [LimitsSet(account_cap, global_cap, keepers_only)]


def process_set_pause(protocol: Protocol, sender: int, is_paused: bool) -> list[Logged]:
    """ADM-6. Stops trades and liquidations, for a broken oracle; never deposits of margin, pokes and withdrawals.

    Errors: NotGuardian.
    """
    # authorize
    if sender != protocol.guardian:
        raise NotGuardian

    # store
    protocol.vault = replace(protocol.vault, is_paused=is_paused)

    # log
    return [PauseSet(is_paused)]


def process_clear_bad_debt(protocol: Protocol, sender: int) -> list[Logged]:
    """ADM-7. Ends the auto-pause: uncovered bad debt counts from 0 again. Errors: NotAdmin."""
    # authorize
    validate_admin(protocol, sender)

    # store
    uncovered = protocol.vault.uncovered
    protocol.vault = replace(protocol.vault, uncovered=0, is_auto_paused=False)

    # log
    return [BadDebtCleared(uncovered)]
