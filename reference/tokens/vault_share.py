"""The vault's share: an ERC-20 token with permits, minted and burnt by the vault alone."""

from dataclasses import dataclass, field
from typing import Final

from reference.block import Block
from reference.errors import AllowanceTooLow, BalanceTooLow, NotVault, PermitExpired, ReceiverInvalid, SignatureInvalid
from reference.events import Approval, Logged, Transfer
from reference.math.units import MAX_WORD

DECIMALS: Final = 24
"""TAO's 18 and six more: a first deposit of 1 TAO is 10**24 units, one share."""
UNLIMITED: Final = MAX_WORD
"""An allowance that is not used up."""


@dataclass(frozen=True, slots=True)
class Permit:
    """The message that an owner signs. The contract hashes it with the chain, the token and its domain."""

    owner: int
    spender: int
    amount: int
    nonce: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature: its signer (0: none), the permit that it is of, and whether its s is in the lower half."""

    signer: int
    signed: Permit | None
    is_low: bool = True


@dataclass(slots=True)
class VaultShare:
    """TOK-1. address: its own. vault: known from the start, and for good. Amounts: units."""

    address: int
    vault: int
    supply: int = 0
    balances: dict[int, int] = field(default_factory=dict)
    allowances: dict[tuple[int, int], int] = field(default_factory=dict)
    nonces: dict[int, int] = field(default_factory=dict)

    def copy(self) -> "VaultShare":
        """A copy that shares nothing with this one."""
        return VaultShare(
            self.address,
            self.vault,
            self.supply,
            self.balances.copy(),
            self.allowances.copy(),
            self.nonces.copy(),
        )

    def balance(self, owner: int) -> int:
        """Units of an owner."""
        return self.balances.get(owner, 0)

    def process_transfer(self, sender: int, receiver: int, amount: int) -> list[Logged]:
        """TOK-2. Errors, in this order: ReceiverInvalid, unless the vault sends; BalanceTooLow."""
        if receiver in (0, self.address) or (receiver == self.vault and sender != self.vault):
            raise ReceiverInvalid

        return [self._move(sender, receiver, amount)]

    def process_approve(self, sender: int, spender: int, amount: int) -> list[Logged]:
        """TOK-3. Sets an allowance, replacing the one before."""
        self.allowances[sender, spender] = amount
        return [Approval(sender, spender, amount)]

    def process_transfer_from(self, sender: int, owner: int, receiver: int, amount: int) -> list[Logged]:
        """TOK-4. Moves an owner's units; an allowance of UNLIMITED stays. Errors: AllowanceTooLow, those of TOK-2."""
        allowed = self.allowances.get((owner, sender), 0)
        if allowed < amount:
            raise AllowanceTooLow
        if receiver in (0, self.address, self.vault):
            raise ReceiverInvalid

        moved = self._move(owner, receiver, amount)
        if allowed != UNLIMITED:
            self.allowances[owner, sender] = allowed - amount

        return [moved]

    def process_permit(
        self, block: Block, owner: int, spender: int, amount: int, deadline: int, signature: Signature
    ) -> list[Logged]:
        """TOK-5. Sets an allowance by the owner's signature, which can be used once. deadline: the last valid second.

        Errors, in this order: PermitExpired, SignatureInvalid.
        """
        if block.timestamp > deadline:
            raise PermitExpired

        nonce = self.nonces.get(owner, 0)
        signed = Permit(owner, spender, amount, nonce, deadline)
        if not signature.is_low or owner == 0 or (signature.signer, signature.signed) != (owner, signed):
            raise SignatureInvalid

        self.nonces[owner] = nonce + 1
        self.allowances[owner, spender] = amount
        return [Approval(owner, spender, amount)]

    def process_mint(self, sender: int, receiver: int, amount: int) -> list[Logged]:
        """TOK-6. Makes units. The vault's. The supply stays below 2**112 by SHR-6. Errors: NotVault."""
        self._validate_vault(sender)
        self.supply += amount
        self.balances[receiver] = self.balance(receiver) + amount
        return [Transfer(0, receiver, amount)]

    def process_burn(self, sender: int, amount: int) -> list[Logged]:
        """TOK-7. Destroys units that the vault holds. The vault's. Errors, in this order: NotVault, BalanceTooLow."""
        self._validate_vault(sender)
        if self.balance(sender) < amount:
            raise BalanceTooLow

        self.supply -= amount
        self.balances[sender] -= amount
        return [Transfer(sender, 0, amount)]

    def process_lock(self, sender: int, owner: int, amount: int) -> list[Logged]:
        """TOK-8. Moves the units of a redemption request from its owner to the vault. The vault's.

        Errors, in this order: NotVault, BalanceTooLow.
        """
        self._validate_vault(sender)
        return [self._move(owner, sender, amount)]

    def _validate_vault(self, sender: int) -> None:
        if sender != self.vault:
            raise NotVault

    def _move(self, owner: int, receiver: int, amount: int) -> Transfer:
        held = self.balance(owner)
        if held < amount:
            raise BalanceTooLow

        self.balances[owner] = held - amount
        self.balances[receiver] = self.balance(receiver) + amount
        return Transfer(owner, receiver, amount)
