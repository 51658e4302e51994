# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title CustodyModule
@license MIT
@notice TAO that comes in and goes out: deposits, withdrawals, the vault's seed, donations, claims, what nobody sent.
        Delegate code of MegaTAO. Mirrors reference/modules/custody.py.
"""

from vyper_contracts import events
from vyper_contracts.core import authorization
from vyper_contracts.core import vault_ledger
from vyper_contracts.math import packing
from vyper_contracts.math import units
from vyper_contracts.math import vault as vault_math
from vyper_contracts.state import records
from vyper_contracts.state import storage

initializes: storage
initializes: records[storage := storage]
initializes: authorization[records := records, storage := storage]
initializes: vault_ledger[storage := storage]

THIS: immutable(address)


@deploy
def __init__():
    THIS = self


@external
@payable
@nonreentrant
def deposit(account: uint256):
    """
    @notice ACC-1:265e. Free cash for anyone's account: the TAO that comes with the call.
    @param account The account: its owner's address times 2**96, plus an index.
    """
    # authorize
    assert self != THIS, "NotDelegated"
    authorization.validate_border(msg.value)
    assert records.owner_of(account) != empty(address), "AccountUnknown"

    # check
    account_cap: uint256 = 0
    global_cap: uint256 = 0
    keepers_only: uint256 = 0
    account_cap, global_cap, keepers_only = packing.unpack_amounts(storage.limits_word)
    owner_before: records.Account = records.load_account(account)
    assert owner_before.cash + owner_before.margin + msg.value <= account_cap, "AccountCapReached"

    free: uint256 = 0
    margins: uint256 = 0
    free, margins = packing.unpack_pair(storage.totals_word)
    assert free + margins + msg.value <= global_cap, "GlobalCapReached"

    # store
    owner_after: records.Account = owner_before
    owner_after.cash += msg.value
    records.store_account(account, owner_before, owner_after)

    # log
    log events.Deposited(account=account, sender=msg.sender, amount=msg.value)


@external
@nonreentrant
def withdraw(account: uint256, amount: uint256):
    """
    @notice ACC-2:a1eb. Free cash to the account's owner, in every state of the protocol.
    @param account The account, of the sender.
    @param amount Wei, a whole number of rao.
    """
    # authorize
    authorization.validate_owner(account)
    authorization.validate_border(amount)

    # check
    owner_before: records.Account = records.load_account(account)
    assert owner_before.cash >= amount, "CashTooLow"

    # store
    owner_after: records.Account = owner_before
    owner_after.cash -= amount
    records.store_account(account, owner_before, owner_after)

    # log
    log events.Withdrawn(account=account, amount=amount)

    # pay
    success: bool = raw_call(msg.sender, b"", value=amount, revert_on_failure=False)
    assert success, "TransferFailed"


@external
@payable
@nonreentrant
def seed():
    """
    @notice VLT-28:e3af. Cash of the treasury for the vault: the TAO that comes with the call.
    """
    # authorize
    assert self != THIS, "NotDelegated"
    assert msg.sender == storage.treasury, "NotTreasury"
    authorization.validate_border(msg.value)

    # store
    self._receive_cash(msg.value, False)

    # log
    log events.Seeded(amount=msg.value)


@external
@payable
@nonreentrant
def donate(to_insurance: bool):
    """
    @notice VLT-29:dd9e. Anyone's gift to the vault or the insurance: the TAO that comes with the call.
    @param to_insurance Whether it is for the insurance.
    """
    # authorize
    assert self != THIS, "NotDelegated"
    authorization.validate_border(msg.value)

    # store
    self._receive_cash(msg.value, to_insurance)

    # log
    log events.Donated(sender=msg.sender, to_insurance=to_insurance, amount=msg.value)


@external
@nonreentrant
def collect_claim(number: uint256):
    """
    @notice VLT-26:862a. Moves what is fed of a claim into its account's free cash. Open to all.
    @param number The claim's.
    """
    # check
    claimed: uint256[2] = storage.claim_words[number]
    before: uint256 = 0
    amount: uint256 = 0
    unused: uint256 = 0
    before, amount, unused = packing.unpack_amounts(claimed[1])
    assert amount > 0, "ClaimUnknown"

    vault: records.Vault = records.load_vault()
    fed: uint256 = vault_math.calculate_fed(before, amount, vault.fed)
    assert fed > 0, "ClaimUnfed"

    # store
    owner_before: records.Account = records.load_account(claimed[0])
    owner_after: records.Account = owner_before
    owner_after.cash += fed
    records.store_account(claimed[0], owner_before, owner_after)

    vault.bucket -= fed
    records.store_vault(vault)

    if fed == amount:
        storage.claim_words[number] = empty(uint256[2])
    else:
        storage.claim_words[number][1] = packing.pack_amounts(before + fed, amount - fed, 0)
    # log
    log events.ClaimCollected(account=claimed[0], claim=number, amount=fed)


@external
@nonreentrant
def skim():
    """
    @notice VLT-30:a974. What the contract holds beyond its books goes to the insurance. Open to all.
    """
    # check
    known: uint256 = self._calculate_books()
    assert self.balance > known, "NothingToSkim"

    # store
    amount: uint256 = self.balance - known
    self._receive_cash(amount, True)

    # log
    log events.Skimmed(amount=amount)


@internal
@view
def _calculate_books() -> uint256:
    """
    @dev VLT-30:a974. All TAO that the books know of.
    """
    free: uint256 = 0
    margins: uint256 = 0
    free, margins = packing.unpack_pair(storage.totals_word)

    vault: records.Vault = records.load_vault()

    asked: uint256 = storage.epoch_words[storage.window_word >> 224][0]
    held: uint256 = (
        vault.cash
        + vault.insurance
        + vault.bucket
        + asked % units.AMOUNT_BOUND
        + storage.payable_word % records.SETTLED
    )

    return free + margins + held


@internal
def _receive_cash(amount: uint256, to_insurance: bool):
    """
    @dev VLT-24:9213. Accrues, feeds claims, and leaves the rest to the vault or the insurance.
    """
    vault: records.Vault = records.load_vault()
    vault.interest_index = vault_ledger.accrue_interest(vault)
    vault.interest_at = block.timestamp

    rest: uint256 = 0
    vault.fed, vault.bucket, rest = vault_ledger.receive(vault.claimed, vault.fed, vault.bucket, amount)

    if to_insurance:
        vault.insurance += rest
    else:
        vault.cash += rest

    records.store_vault(vault)
