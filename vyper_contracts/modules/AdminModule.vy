# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title AdminModule
@license MIT
@notice Roles, caps and pauses. Delegate code of MegaTAO. Mirrors reference/modules/admin.py.
"""

from vyper_contracts import events
from vyper_contracts.core import authorization
from vyper_contracts.math import packing
from vyper_contracts.math import units
from vyper_contracts.state import records
from vyper_contracts.state import storage

initializes: storage
initializes: records[storage := storage]
initializes: authorization[records := records, storage := storage]


@external
@nonreentrant
def offer_admin(admin: address):
    """
    @notice ADM-1:4cdc. Offers the admin's role; nobody has it until it is taken. The admin's.
    @param admin Who may take it.
    """
    # authorize
    authorization.validate_admin()

    # store
    storage.pending_admin = admin

    # log
    log events.AdminOffered(admin=admin)


@external
@nonreentrant
def take_admin():
    """
    @notice ADM-2:de23. Takes the role that was offered to the sender.
    """
    # authorize
    assert msg.sender == storage.pending_admin, "NotPendingAdmin"

    # store
    storage.admin = msg.sender
    storage.pending_admin = empty(address)

    # log
    log events.AdminSet(admin=msg.sender)


@external
@nonreentrant
def set_guardian(guardian: address):
    """
    @notice ADM-3:3b7e. Who may pause. The admin's.
    @param guardian The new guardian.
    """
    # authorize
    authorization.validate_admin()

    # store
    storage.guardian = guardian

    # log
    log events.GuardianSet(guardian=guardian)


@external
@nonreentrant
def set_treasury(treasury: address):
    """
    @notice ADM-3:3b7e. Who may seed the vault. The admin's.
    @param treasury The new treasury.
    """
    # authorize
    authorization.validate_admin()

    # store
    storage.treasury = treasury

    # log
    log events.TreasurySet(treasury=treasury)


@external
@nonreentrant
def set_keeper(keeper: address, is_allowed: bool):
    """
    @notice ADM-4:7c15. Who may liquidate while only keepers may. The admin's.
    @param keeper Whose right it is.
    @param is_allowed Whether they may.
    """
    # authorize
    authorization.validate_admin()

    # store
    storage.keepers[keeper] = is_allowed

    # log
    log events.KeeperSet(keeper=keeper, is_allowed=is_allowed)


@external
@nonreentrant
def set_limits(account_cap: uint256, global_cap: uint256, keepers_only: bool):
    """
    @notice ADM-5:5869. Caps on what accounts hold at a deposit, and whether only keepers liquidate. The admin's.
    @param account_cap Of one account (wei).
    @param global_cap Of all accounts together (wei).
    @param keepers_only Whether only keepers may liquidate.
    """
    # authorize
    authorization.validate_admin()

    # check
    assert account_cap < units.AMOUNT_BOUND and global_cap < units.AMOUNT_BOUND, "CapOutOfRange"

    # store
    storage.limits_word = packing.pack_amounts(account_cap, global_cap, convert(keepers_only, uint256))

    # log
    log events.LimitsSet(account_cap=account_cap, global_cap=global_cap, keepers_only=keepers_only)


@external
@nonreentrant
def set_pause(is_paused: bool):
    """
    @notice ADM-6:aeec. Stops trades and liquidations, for a broken oracle; never deposits of margin, pokes and
            withdrawals.
            The guardian's.
    @param is_paused Whether they are stopped.
    """
    # authorize
    assert msg.sender == storage.guardian, "NotGuardian"

    # store
    vault: records.Vault = records.load_vault()
    vault.is_paused = is_paused
    records.store_vault(vault)

    # log
    log events.PauseSet(is_paused=is_paused)


@external
@nonreentrant
def clear_bad_debt():
    """
    @notice ADM-7:706c. Ends the auto-pause: bad debt counts from 0 again. The admin's.
    """
    # authorize
    authorization.validate_admin()

    # store
    vault: records.Vault = records.load_vault()
    uncovered: uint256 = vault.uncovered
    vault.uncovered = 0
    vault.is_auto_paused = False
    records.store_vault(vault)

    # log
    log events.BadDebtCleared(uncovered=uncovered)
