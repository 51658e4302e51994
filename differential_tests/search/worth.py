"""What a coalition is worth, with every position at the true price: what luck and what actions do to it.

Worth: TAO outside, what undoing its swaps would bring, free cash, equity at the true price, claims, and its part of
a NAV in which each position has its equity at the true price. Equity below 0 counts as it is, so that whatever moves
TAO between the coalition and the others, and nothing else, changes the worth of both.

A part of that is bad debt, which a jump makes and an end of the position realises. The floored worth takes equity below
0 as 0, to its owner and to the vault, beyond what the insurance pays: actions can raise it by everything but bad debt.
"""

from dataclasses import dataclass

from differential_tests.search.world import COALITION, DEPOSITOR, TRADERS, World, calculate_equity_at
from reference.math.vault import calculate_nav, calculate_side_owed_down
from reference.modules.shares import calculate_claim
from reference.state.records import WOUND_DOWN, Market, Side, account_key, owner_of


@dataclass(frozen=True, slots=True)
class Worth:
    """Wei, signed. debt: its equity below 0, less its part as a depositor of what all positions together can't pay."""

    total: int
    debt: int

    @property
    def floored(self) -> int:
        """Worth with equity below 0 as 0."""
        return self.total + self.debt


def calculate_worth(world: World) -> Worth:
    """What the coalition is worth now."""
    protocol = world.protocol
    price, interest_index = find_price(world), find_interest_index(world)
    total, debt, missing = world.tao + world.calculate_pull(), 0, 0

    for (account, _), position in protocol.positions.items():
        equity = calculate_equity_at(world.market, position, price, interest_index)
        missing += max(-equity, 0)
        if owner_of(account) in COALITION:
            total += equity
            debt += max(-equity, 0)

    total += sum(protocol.account(account_key(trader, 0)).cash for trader in TRADERS)
    total += sum(claim.amount for claim in protocol.claims.values() if owner_of(claim.account) in COALITION)
    nav = calculate_spot_nav(world, price, interest_index)
    deposits = _calculate_deposits(world, nav)
    borne = deposits - _calculate_deposits(world, nav - max(missing - protocol.vault.insurance, 0))
    return Worth(total + deposits, debt - borne)


def find_price(world: World) -> int:
    """The price that counts (WAD): the true one; of a market that is wound down the frozen mark."""
    market = world.market
    return market.mark if market.status == WOUND_DOWN else world.true_price


def find_interest_index(world: World) -> int:
    """The interest index that counts in the market (WAD)."""
    market = world.market
    return market.frozen_interest_index if market.status == WOUND_DOWN else world.protocol.vault.interest_index


def _calculate_deposits(world: World, nav: int) -> int:
    """Free cash, shares and requests of the depositor at a NAV (wei)."""
    protocol, share = world.protocol, world.protocol.share
    assets, shares = protocol.account(account_key(DEPOSITOR, 0)).cash, share.balance(DEPOSITOR)
    for (number, controller), request in protocol.requests.items():
        if controller != DEPOSITOR:
            continue
        if number in protocol.epochs:
            minted, returned, paid = calculate_claim(protocol.epochs[number], request)
            assets, shares = assets + paid, shares + minted + returned
        else:
            assets, shares = assets + request.assets, shares + request.shares

    return assets + (shares * nav // share.supply if shares else 0)


def calculate_spot_nav(world: World, price: int, interest_index: int) -> int:
    """NAV with every position's equity at a price (wei, signed)."""
    vault, market = world.protocol.vault, world.market
    sides = (market.longs, True), (market.shorts, False)
    value = sum(_calculate_side(market, side, is_long, price, interest_index) for side, is_long in sides)
    return calculate_nav(vault.cash, vault.claimed - vault.fed, value)


def _calculate_side(market: Market, side: Side, is_long: bool, price: int, interest_index: int) -> int:
    """What a side owes the vault at a price, all of it (wei, signed)."""
    owed = calculate_side_owed_down(
        side.size, side.entry_notional, side.carry, price, market.funding_index, interest_index, is_long
    )
    return side.deficit + owed
