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

    epochs: the settled ones, by number. requests: by epoch and controller. free_cash, margins: sums over all accounts,
    wei. An action computes new records first and stores them when nothing can fail any more.
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
    moved_at: dict[int, int] = field(default_factory=dict)
    vault: Vault = field(default_factory=Vault)
    claims: dict[int, Claim] = field(default_factory=dict)
    window: Window = field(default_factory=Window)
    epochs: dict[int, Epoch] = field(default_factory=dict)
    requests: dict[tuple[int, int], Request] = field(default_factory=dict)
    free_cash: int = 0
    margins: int = 0

    def account(self, account: int) -> Account:
        """An account; one that never had anything is empty."""
        return self.accounts.get(account, Account())

    def position(self, account: int, market: int) -> Position:
        """An account's position in a market. Errors: PositionUnknown."""
        found = self.positions.get((account, market))
        if found is None:
            raise PositionUnknown

        return found

    def store_account(self, key: int, account: Account) -> None:
        """Store an account, and renew the sums over all accounts."""
        before = self.account(key)
        self.free_cash += account.cash - before.cash
        self.margins += account.margin - before.margin
        self.accounts[key] = account


def store_position(protocol: Protocol, key: int, market: int, account: Account, position: Position) -> None:
    """POS-8. Stores an account and its position in a market; a position of size 0 is deleted."""
    protocol.store_account(key, account)
    if position.size:
        protocol.positions[key, market] = position
    else:
        del protocol.positions[key, market]
