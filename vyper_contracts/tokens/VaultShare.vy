# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title VaultShare
@license MIT
@notice A share of the vault: an ERC-20 token with permits (EIP-2612), minted and burnt by the vault alone.
        Mirrors reference/tokens/vault_share.py.
"""

from ethereum.ercs import IERC20

from vyper_contracts.interfaces import IVaultShare

implements: IERC20
implements: IVaultShare

NAME: constant(String[19]) = "MegaTAO Vault Share"
SYMBOL: constant(String[5]) = "mvTAO"
VERSION: constant(String[1]) = "1"
DECIMALS: constant(uint8) = 24
UNLIMITED: constant(uint256) = max_value(uint256)
DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
PERMIT_TYPE: constant(bytes32) = keccak256(
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
# half of secp256k1's order: of each signature there is another one, whose s is above it
HALF_ORDER: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168

vault: public(immutable(address))

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])


event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    amount: uint256


event Approval:
    owner: indexed(address)
    spender: indexed(address)
    amount: uint256


@deploy
def __init__(owner: address):
    """
    @notice TOK-1:f08c. The vault is known from the start, and for good.
    @param owner The proxy: its address before it is there.
    """
    vault = owner


@external
@pure
def name() -> String[19]:
    """
    @notice TOK-2:aa5f. What the token is called.
    @return Its name.
    """
    return NAME


@external
@pure
def symbol() -> String[5]:
    """
    @notice TOK-2:aa5f. Its short name.
    @return Its symbol.
    """
    return SYMBOL


@external
@pure
def version() -> String[1]:
    """
    @notice TOK-2:aa5f. Of the domain of permits.
    @return "1".
    """
    return VERSION


@external
@pure
def decimals() -> uint8:
    """
    @notice TOK-2:aa5f. Digits of a whole share.
    @return 24.
    """
    return DECIMALS


@external
def transfer(receiver: address, amount: uint256) -> bool:
    """
    @notice TOK-2:aa5f. Moves units of the sender.
    @param receiver Who gets them: not the empty address, not this contract, not the vault.
    @param amount Units.
    @return True.
    """
    if receiver == vault:
        assert msg.sender == vault, "ReceiverInvalid"
    assert receiver not in [empty(address), self], "ReceiverInvalid"
    self._move(msg.sender, receiver, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @notice TOK-3:570a. Sets what a spender may move of the sender's units, whatever it was.
    @param spender Who may.
    @param amount Units; the largest number is not used up.
    @return True.
    """
    self._approve(msg.sender, spender, amount)
    return True


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    """
    @notice TOK-4:25ed. Moves units of an owner who allows it.
    @param owner Whose units.
    @param receiver Who gets them: not the empty address, not this contract, not the vault.
    @param amount Units.
    @return True.
    """
    allowed: uint256 = self.allowance[owner][msg.sender]
    assert allowed >= amount, "AllowanceTooLow"
    assert receiver not in [empty(address), self, vault], "ReceiverInvalid"
    self._move(owner, receiver, amount)
    if allowed != UNLIMITED:
        # cannot underflow: asked above
        self.allowance[owner][msg.sender] = unsafe_sub(allowed, amount)
    return True


@external
def permit(owner: address, spender: address, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32):
    """
    @notice TOK-5:f95c. Sets what a spender may move, by the owner's signature, which counts once.
    @param owner Who has signed.
    @param spender Who may.
    @param amount Units.
    @param deadline The last second in which the signature counts.
    @param v Of the signature: 27 or 28.
    @param r Of the signature.
    @param s Of the signature, the lower one of the two.
    """
    assert block.timestamp <= deadline, "PermitExpired"
    nonce: uint256 = self.nonces[owner]
    content: bytes32 = keccak256(abi_encode(PERMIT_TYPE, owner, spender, amount, nonce, deadline))
    digest: bytes32 = keccak256(concat(b"\x19\x01", self._domain_separator(), content))
    assert owner != empty(address) and convert(s, uint256) <= HALF_ORDER, "SignatureInvalid"
    assert ecrecover(digest, v, r, s) == owner, "SignatureInvalid"
    # cannot overflow: one for each permit
    self.nonces[owner] = unsafe_add(nonce, 1)
    self._approve(owner, spender, amount)


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    """
    @notice TOK-5:f95c. What a permit's signature is bound to: this contract on this chain, also after a fork.
    @return The hash of EIP-712.
    """
    return self._domain_separator()


@external
def mint(receiver: address, amount: uint256):
    """
    @notice TOK-6:ccf6. Makes units. The vault's.
    @param receiver Who gets them.
    @param amount Units.
    """
    self._validate_vault()
    self.totalSupply += amount
    # cannot overflow: at most the supply
    self.balanceOf[receiver] = unsafe_add(self.balanceOf[receiver], amount)
    log Transfer(sender=empty(address), receiver=receiver, amount=amount)


@external
def burn(amount: uint256):
    """
    @notice TOK-7:51a6. Destroys units that the vault holds. The vault's.
    @param amount Units.
    """
    self._validate_vault()
    held: uint256 = self.balanceOf[msg.sender]
    assert held >= amount, "BalanceTooLow"
    # cannot underflow: asked above, and the supply is all balances
    self.balanceOf[msg.sender] = unsafe_sub(held, amount)
    self.totalSupply = unsafe_sub(self.totalSupply, amount)
    log Transfer(sender=msg.sender, receiver=empty(address), amount=amount)


@external
def lock(owner: address, amount: uint256):
    """
    @notice TOK-8:7271. Moves the units of whoever asks the vault for a redemption to the vault. The vault's.
    @param owner Who asks.
    @param amount Units.
    """
    self._validate_vault()
    self._move(owner, msg.sender, amount)


@internal
@view
def _validate_vault():
    """
    @dev TOK-6:ccf6. The sender is the vault.
    """
    assert msg.sender == vault, "NotVault"


@internal
def _move(owner: address, receiver: address, amount: uint256):
    """
    @dev TOK-2:aa5f. Moves units that the owner has; also none, also to the owner.
    """
    held: uint256 = self.balanceOf[owner]
    assert held >= amount, "BalanceTooLow"
    # cannot underflow or overflow: asked above, and at most the supply
    self.balanceOf[owner] = unsafe_sub(held, amount)
    self.balanceOf[receiver] = unsafe_add(self.balanceOf[receiver], amount)
    log Transfer(sender=owner, receiver=receiver, amount=amount)


@internal
def _approve(owner: address, spender: address, amount: uint256):
    """
    @dev TOK-3:570a. Sets an allowance.
    """
    self.allowance[owner][spender] = amount
    log Approval(owner=owner, spender=spender, amount=amount)


@internal
@view
def _domain_separator() -> bytes32:
    """
    @dev TOK-5:f95c. Of this chain's number as it is now.
    """
    return keccak256(abi_encode(DOMAIN_TYPE, keccak256(NAME), keccak256(VERSION), chain.id, self))
