# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title units
@license MIT
@notice Units, bounds and the two roundings that everything else is made of. Mirrors reference/math/units.py.
"""

WAD: public(constant(uint256)) = 10**18
RAO: public(constant(uint256)) = 10**9
AMOUNT_BOUND: public(constant(uint256)) = 2**112


@internal
@pure
def mul_div_down(a: uint256, b: uint256, denominator: uint256) -> uint256:
    """
    @dev UNT-3:66f3. a * b / denominator, rounded down.
    """
    return a * b // denominator


@internal
@pure
def mul_div_up(a: uint256, b: uint256, denominator: uint256) -> uint256:
    """
    @dev UNT-4:8b2e. a * b / denominator, rounded up.
    """
    product: uint256 = a * b
    if product == 0:
        return 0 // denominator
    # cannot underflow: the product is not 0; cannot overflow: a quotient by 2 or more leaves room for 1,
    # and a quotient by 1 is product - 1
    return unsafe_add(unsafe_sub(product, 1) // denominator, 1)


@internal
@pure
def signed_div_up(numerator: int256, denominator: uint256) -> int256:
    """
    @dev UNT-7:b702. Quotient of a signed numerator, rounded up (towards plus infinity).
    """
    if numerator >= 0:
        return convert(self.mul_div_up(convert(numerator, uint256), 1, denominator), int256)
    return -convert(convert(-numerator, uint256) // denominator, int256)


@internal
@pure
def signed_div_down(numerator: int256, denominator: uint256) -> int256:
    """
    @dev UNT-8:7efe. Quotient of a signed numerator, rounded down (towards minus infinity).
    """
    if numerator >= 0:
        return convert(convert(numerator, uint256) // denominator, int256)
    return -convert(self.mul_div_up(convert(-numerator, uint256), 1, denominator), int256)
