"""All state of the protocol."""

from dataclasses import dataclass, field

from reference.errors import PositionUnknown
from reference.oracles.alpha_precompile import AlphaPrecompile
from reference.oracles.index_price import IndexPriceOracle
from reference.state.records import Account, Claim, Epoch, Market, Parameters, Position, Request, Vault, Window
from reference.tokens.vault_share import VaultShare


@dataclass(slots=True)
class Protocol:
    """All state. Accounts by key (owner · 2**96 + index), positions by account and market, claims by number.

    epochs: those that are settled, by number. requests: by epoch and controller.
    """

    precompile: AlphaPrecompile
    index_oracle: IndexPriceOracle
    admin: int
    guardian: int
    treasury: int
    address: int
    share: VaultShare
    account_cap: int
    global_cap: int
    pending_admin: int = 0
    keepers_only: bool = False
    keepers: set[int] = field(default_factory=set)
    accounts: dict[int, Account] = field(default_factory=dict)
    positions: dict[tuple[int, int], Position] = field(default_factory=dict)
    markets: dict[int, Market] = field(default_factory=dict)
    parameters: dict[int, Parameters] = field(default_factory=dict)
    raised_at: dict[int, int] = field(default_factory=dict)
    vault: Vault = field(default_factory=Vault)
    claims: dict[int, Claim] = field(default_factory=dict)
    window: Window = field(default_factory=Window)
    epochs: dict[int, Epoch] = field(default_factory=dict)
    requests: dict[tuple[int, int], Request] = field(default_factory=dict)
    free_cash: int = 0
    margins: int = 0

    def account(self, account: int) -> Account:
        """A copy of an account; one that never had anything is empty."""
        found = self.accounts.get(account)
        return found.copy() if found else Account()

    def position(self, account: int, market: int) -> Position:
        """A copy of a position. Errors: PositionUnknown."""
        found = self.positions.get((account, market))
        if found is None:
            raise PositionUnknown
        return found.copy()

    def store_account(self, key: int, account: Account) -> None:
        """Store an account, and the sums over all of them."""
        before = self.accounts.get(key, Account())
        self.free_cash += account.cash - before.cash
        self.margins += account.margin - before.margin
        self.accounts[key] = account


def store_position(protocol: Protocol, key: int, market: int, account: Account, position: Position) -> None:
    """POS-8. Stores an account and a position of it; one that went is deleted."""
    protocol.store_account(key, account)
    if position.size:
        protocol.positions[key, market] = position
    else:
        del protocol.positions[key, market]
