"""Lines of the reference that no scenario of the suite reaches."""

import pytest

from reference.alpha_precompile import MAX_SUBNETS, AlphaPrecompile
from reference.block import Block
from reference.errors import CheckFailed
from reference.index_price_oracle import IndexPriceOracle
from reference.mark_keeper import MAX_TOUCHES, MarkKeeper
from reference.protocol import Protocol
from reference.share_token import ShareToken
from reference.views import ClaimView, read_claim


@pytest.mark.parametrize(("netuids", "prices"), [([1], []), ([1] * (MAX_SUBNETS + 1), [1] * (MAX_SUBNETS + 1))])
def test_prices_that_can_not_be_set(netuids: list[int], prices: list[int]) -> None:
    with pytest.raises(CheckFailed):
        AlphaPrecompile().set_prices(netuids, prices, 0)


def test_too_many_touches() -> None:
    precompile = AlphaPrecompile()
    keeper = MarkKeeper(precompile, IndexPriceOracle(initializer="admin"))
    with pytest.raises(CheckFailed):
        keeper.process_touch_many(Block(1, 1), [1] * (MAX_TOUCHES + 1))


def test_no_claim() -> None:
    protocol = Protocol(AlphaPrecompile(), IndexPriceOracle("admin"), 1, 2, 3, 4, ShareToken(5, 4), 6, 7)
    assert read_claim(protocol, 1) == ClaimView()
