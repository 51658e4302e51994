# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title authorization
@license MIT
@notice Who may act, and what may cross the border. Mirrors reference/core/authorization.py.
"""

from vyper_contracts.math import units
from vyper_contracts.state import records
from vyper_contracts.state import storage

uses: records
uses: storage


@internal
@pure
def validate_border(amount: uint256):
    """
    @dev ACC-1:265e. What crosses the contract's border is above 0 and a whole number of rao: the chain moves no less.
    """
    assert amount > 0, "AmountZero"
    assert amount % units.RAO == 0, "NotWholeRao"
    assert amount < units.AMOUNT_BOUND, "AmountTooLarge"


@internal
@view
def validate_owner(account: uint256):
    """
    @dev ACC-3:db00. Only its owner may use an account.
    """
    assert records.owner_of(account) == msg.sender, "NotOwner"


@internal
@view
def validate_admin():
    """
    @dev ADM-1:4cdc. The sender is the admin.
    """
    assert msg.sender == storage.admin, "NotAdmin"


@internal
@view
def validate_running(is_paused: bool):
    """
    @dev ADM-6:aeec. The guardian has not paused the protocol.
    """
    assert not is_paused, "Paused"


@internal
@view
def validate_terms(terms: records.Terms):
    """
    @dev POS-18:f833. The trade is in time, and asks for nothing that is not built yet.
    """
    assert terms.deadline == 0 or block.timestamp <= terms.deadline, "DeadlinePassed"
    assert terms.makers == 0 and terms.has_vault and terms.route == 0, "NotAvailable"


@internal
@view
def begin(account: uint256, market: address) -> (records.Vault, records.Position):
    """
    @dev ADM-6:aeec, ACC-3:db00. Vault and position for an action of the account's owner that a pause stops.
    """
    vault: records.Vault = records.load_vault()
    self.validate_running(vault.is_paused)
    self.validate_owner(account)
    return vault, records.load_position(records.position_id(account, market))
