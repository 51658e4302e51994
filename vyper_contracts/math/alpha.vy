# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title alpha
@license MIT
@notice How the chain itself computes the prices that its Alpha precompile returns. Mirrors reference/math/alpha.py.
"""

ONE_TAO: public(constant(uint256)) = 10**18
PRICE_STEP: public(constant(uint256)) = 10**9
MAX_STEPS: public(constant(uint256)) = 2**64 - 1
ROOT_NETUID: public(constant(uint256)) = 0
DYNAMIC: public(constant(uint256)) = 1


@internal
@pure
def calculate_answer(price: uint256) -> uint256:
    """
    @dev CHN-1:5e7c. A price as the precompile returns it: down to a multiple of 10**9, saturating at 64 bits of them.
    """
    return min(price // PRICE_STEP, MAX_STEPS) * PRICE_STEP


@internal
@pure
def counts_in_index(netuid: uint256, price: uint256) -> bool:
    """
    @dev CHN-3:d43a. Whether getSumAlphaPrice adds a subnet: not root, and strictly below 1 TAO.
    """
    return netuid != ROOT_NETUID and price < ONE_TAO
