# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title ema
@license MIT
@notice The time-weighted moving average of the published index oracle. Mirrors reference/math/ema.py.
"""

INDEX_TAU: public(constant(uint256)) = 604_800
INDEX_MAX_ELAPSED: public(constant(uint256)) = 3_600


@internal
@pure
def ema(average: uint256, sample: uint256, elapsed: uint256, tau: uint256) -> uint256:
    """
    @dev EMA-1:e1f9. The average after `sample` held for `elapsed` seconds, rounded down.
    """
    return (sample * elapsed + average * tau) // (elapsed + tau)


@internal
@pure
def calculate_index(average: uint256, spot: uint256, elapsed: uint256) -> uint256:
    """
    @dev IDX-1:04ee. The index after an update `elapsed` seconds after the one before, rounded down.
    """
    return self.ema(average, spot, min(elapsed, INDEX_MAX_ELAPSED), INDEX_TAU)
