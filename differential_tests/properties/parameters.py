"""Properties of a market's parameters (PAR-6)."""

from reference.errors import MegaTAOError
from reference.math.parameters import validate_pool_move
from reference.math.units import AMOUNT_BOUND


def pool_takes_its_time(pool: int, new_pool: int, elapsed: int) -> bool:
    """PAR-6:944b. A move that passes is by a factor of two at most, leaves no pool of 0, and may be taken back.

    pre: 0 <= pool < AMOUNT_BOUND
    pre: 0 <= new_pool < AMOUNT_BOUND
    post: _
    """
    passes, goes_back = _passes(pool, new_pool, elapsed), _passes(new_pool, pool, elapsed)
    is_near = pool <= 2 * new_pool and new_pool <= 2 * pool
    return passes == goes_back and (is_near or not passes)


def _passes(pool: int, new_pool: int, elapsed: int) -> bool:
    try:
        validate_pool_move(pool, new_pool, elapsed)
    except MegaTAOError:
        return False
    return True
