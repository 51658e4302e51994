"""Lines of the reference that no scenario of the suite reaches, some because nothing can, as things are."""

from dataclasses import replace

import pytest

from reference.block import Block
from reference.core.accrual import Context
from reference.core.pricing import calculate_increase_fill, calculate_start
from reference.errors import CheckFailed, MarginRatioTooLow, PriceZero
from reference.math.alpha import DYNAMIC
from reference.math.mark import INDEX_BAND
from reference.math.packing import pack_entry, pack_gaps, pack_signed, unpack_entry, unpack_gaps, unpack_signed
from reference.math.units import RAO, WAD, div_down, word
from reference.modules.margin import process_remove_margin
from reference.modules.view import ClaimView, read_claim
from reference.oracles.alpha_precompile import MAX_SUBNETS, SETTABLE_PRICE, AlphaPrecompile
from reference.oracles.feed import Observation
from reference.oracles.index_price import IndexPriceOracle
from reference.presets import CURRENT
from reference.state.records import MIN_NOTIONAL, OPEN, Account, Market, Position, Vault, account_key
from reference.state.storage import Protocol
from reference.tokens.vault_share import VaultShare


@pytest.mark.parametrize(
    ("netuids", "prices"),
    [([1], []), ([1], [SETTABLE_PRICE]), ([1] * (MAX_SUBNETS + 1), [1] * (MAX_SUBNETS + 1))],
)
def test_prices_that_can_not_be_set(netuids: list[int], prices: list[int]) -> None:
    with pytest.raises(CheckFailed):
        AlphaPrecompile().set_prices(netuids, prices, 0)


def test_as_many_prices_as_there_may_be() -> None:
    precompile = AlphaPrecompile()
    precompile.set_prices(list(range(1, MAX_SUBNETS + 1)), [WAD] * MAX_SUBNETS, 0)
    assert precompile.subnets[MAX_SUBNETS].price == WAD
    assert MAX_SUBNETS == 16


def test_a_published_market_fills_at_its_mark() -> None:
    context = Context(4, Market(status=OPEN, mark=WAD), CURRENT, Vault(), Observation(high=WAD, low=WAD))
    assert [calculate_start(context, is_buy, INDEX_BAND) for is_buy in (True, False)] == [WAD, WAD]


def test_no_word() -> None:
    """What the compiler's checks stop."""
    for value in (-1, 2**256):
        with pytest.raises(CheckFailed):
            word(value)
    with pytest.raises(CheckFailed):
        div_down(1, 0)


@pytest.mark.parametrize("number", [-1, 0, 1])
def test_signs_come_back(number: int) -> None:
    assert unpack_signed(pack_signed(number, 2, 3)) == (number, 2, 3)
    assert unpack_gaps(pack_gaps(number, 2, 3)) == (number, 2, 3)
    assert unpack_entry(pack_entry(2, 3, number)) == (2, 3, number)


def test_no_claim() -> None:
    protocol = Protocol(AlphaPrecompile(), IndexPriceOracle("admin"), 1, 2, 3, 4, VaultShare(5, 4), 6, 7)
    assert read_claim(protocol, 1) == ClaimView()


@pytest.mark.parametrize("low", [1, 0], ids=["fill", "start"])
def test_a_price_that_rounds_to_nothing(low: int) -> None:
    """The chain's prices are whole numbers of rao (CHN-1:5e7c): neither a start nor a fill can become 0."""
    market = Market(status=OPEN, mark=1, pool=50_000 * WAD)
    context = Context(4, market, CURRENT, Vault(cash=WAD), Observation(high=1, low=low, depth=50_000 * RAO))
    with pytest.raises(PriceZero):
        calculate_increase_fill(context, False, MIN_NOTIONAL)


def test_a_ratio_that_leverage_does_not_imply() -> None:
    """PAR-1:3a86 sets the margin that the highest leverage leaves above maintenance and buffer: POS-6:3869 asks for
    both."""
    precompile = AlphaPrecompile()
    precompile.set_subnet(4, WAD, DYNAMIC, 50_000 * RAO)
    protocol = Protocol(precompile, IndexPriceOracle("admin"), 1, 2, 3, 4, VaultShare(5, 4), 6, 7)
    account = account_key(9, 0)
    protocol.accounts[account] = Account(0, WAD, 1)
    protocol.markets[4] = Market(status=OPEN, mark=WAD, spot=WAD)
    protocol.parameters[4] = replace(CURRENT, maintenance=WAD // 2)
    protocol.positions[account, 4] = Position(True, size=2 * WAD, margin=WAD, entry_notional=2 * WAD)
    with pytest.raises(MarginRatioTooLow):
        process_remove_margin(protocol, Block(10, 10), 9, account, 4, RAO)
