# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title AlphaPrecompile
@license MIT
@notice A double of the chain's Alpha precompile for tests: settable subnets, the answers and the revert texts of the
        real one, and the ways in which it can fail. Mirrors reference/oracles/alpha_precompile.py.
@dev Only the six views that the protocol uses are answered; the real one has more.
"""

from vyper_contracts.math import alpha

GET_SUM: constant(bytes4) = method_id("getSumAlphaPrice()", output_type=bytes4)
GET_PRICE: constant(bytes4) = method_id("getAlphaPrice(uint16)", output_type=bytes4)
GET_MECHANISM: constant(bytes4) = method_id("getSubnetMechanism(uint16)", output_type=bytes4)
GET_POOL: constant(bytes4) = method_id("getTaoInPool(uint16)", output_type=bytes4)
GET_ALPHA: constant(bytes4) = method_id("getAlphaInPool(uint16)", output_type=bytes4)
GET_VOLUME: constant(bytes4) = method_id("getSubnetVolume(uint16)", output_type=bytes4)

# modes of a selector; any other is normal
DISABLED: constant(uint256) = 1
SHORT: constant(uint256) = 2
WIDE: constant(uint256) = 3
REVERTING: constant(uint256) = 4


# pool: TAO in rao, 64 bits, alpha in rao, 64, counter in rao, 128: a read of the protocol's pays for fewer cold words
struct Subnet:
    price: uint256
    mechanism: uint256
    pool: uint256


subnets: HashMap[uint16, Subnet]
modes: HashMap[bytes4, uint256]
index_sum: uint256
other_sum: uint256


@external
@payable
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice CHN-4:5ce6. Answers as the precompile does, in the mode that is set for the selector.
    """
    assert len(msg.data) >= 4, "Tried to read selector out of bounds"
    selector: bytes4 = convert(slice(msg.data, 0, 4), bytes4)
    mode: uint256 = self.modes[selector]
    if mode == DISABLED:
        raise UNREACHABLE  # the real one fails with no data and burns all gas
    assert mode != REVERTING, "Precompile reverts"
    answer: uint256 = self._answer(selector, msg.value)
    if mode == WIDE:
        answer = max_value(uint256)
    if mode == SHORT:
        return slice(abi_encode(answer), 0, 31)
    return abi_encode(answer)


@external
def set_subnet(netuid: uint16, price: uint256, mechanism: uint256, pool_rao: uint64):
    """
    @notice Registers or changes a subnet, with a pool of even weights; with all of it 0 the subnet is unknown again.
            Its counter stays.
    @param netuid The subnet; 0 is root, which a true chain never lets have a pool.
    @param price TAO per alpha (WAD, below 2**128), finer than the precompile states it.
    @param mechanism 1 where there is a pool.
    @param pool_rao TAO in the pool (rao).
    """
    self._set_price(netuid, price, mechanism)
    self.subnets[netuid].mechanism = mechanism
    self._set_pool(
        netuid,
        convert(pool_rao, uint256),
        self._even_alpha_down(convert(pool_rao, uint256), price),
        self.subnets[netuid].pool >> 128,
    )


@external
def set_pool(netuid: uint16, price: uint256, pool_rao: uint64, alpha_rao: uint64, volume: uint128):
    """
    @notice CHN-5:e176, CHN-6:1870. What a swap, an emission or a new registration leaves: any pool, any counter.
    @param netuid The subnet; its mechanism stays.
    @param price TAO per alpha (WAD, below 2**128).
    @param pool_rao TAO in the pool (rao).
    @param alpha_rao Alpha in the pool (rao).
    @param volume TAO of all swaps (rao).
    """
    self._set_price(netuid, price, self.subnets[netuid].mechanism)
    self._set_pool(netuid, convert(pool_rao, uint256), convert(alpha_rao, uint256), convert(volume, uint256))


@external
def set_prices(netuids: DynArray[uint16, 16], prices: DynArray[uint256, 16], other_sum: uint256):
    """
    @notice Changes the prices of subnets, and says what all the subnets that are not kept here add to the sum. Each
            pool keeps its TAO and its counter, and is of even weights.
    @param netuids The subnets.
    @param prices Their prices (WAD, below 2**128).
    @param other_sum Sum of the prices of all others that count in the index (WAD, below 2**128).
    """
    for i: uint256 in range(len(netuids), bound=16):
        self._set_price(netuids[i], prices[i], self.subnets[netuids[i]].mechanism)
        pool: uint256 = self.subnets[netuids[i]].pool
        pool_rao: uint256 = pool % 2**64
        self._set_pool(netuids[i], pool_rao, self._even_alpha_down(pool_rao, prices[i]), pool >> 128)
    assert other_sum < 2**128
    self.other_sum = other_sum


@external
def set_mode(selector: bytes4, mode: uint256):
    """
    @notice How calls of one selector end from now on.
    @param selector The precompile's selector.
    @param mode 0 normal, 1 disabled, 2 a short answer, 3 the largest word, 4 a revert.
    """
    self.modes[selector] = mode


@internal
def _set_price(netuid: uint16, price: uint256, mechanism: uint256):
    assert price < 2**128
    before: uint256 = self._spot(self.subnets[netuid].price, self.subnets[netuid].mechanism)
    spot: uint256 = self._spot(price, mechanism)
    index_sum: uint256 = self.index_sum
    if alpha.counts_in_index(convert(netuid, uint256), before):
        index_sum -= before
    if alpha.counts_in_index(convert(netuid, uint256), spot):
        index_sum += spot
    self.index_sum = index_sum
    self.subnets[netuid].price = price


@internal
@pure
def _even_alpha_down(pool_rao: uint256, price: uint256) -> uint256:
    """
    @dev CHN-6:1870. Alpha of a pool whose weights are even, saturating at 64 bits; 0 where the price is 0.
    """
    return min(pool_rao * 10**18 // price, convert(max_value(uint64), uint256)) if price != 0 else 0


@internal
def _set_pool(netuid: uint16, pool_rao: uint256, alpha_rao: uint256, volume: uint256):
    self.subnets[netuid].pool = pool_rao + (alpha_rao << 64) + (volume << 128)


@internal
@pure
def _spot(price: uint256, mechanism: uint256) -> uint256:
    """
    @dev CHN-2:5871. What has no pool, an unknown subnet included, has the price 1.
    """
    return price if mechanism == alpha.DYNAMIC else alpha.ONE_TAO


@internal
@view
def _answer(selector: bytes4, amount: uint256) -> uint256:
    assert selector in [GET_SUM, GET_PRICE, GET_MECHANISM, GET_POOL, GET_ALPHA, GET_VOLUME], "Unknown selector"
    assert amount == 0, "Function is not payable"
    if selector == GET_SUM:
        return alpha.calculate_answer(self.index_sum + self.other_sum)
    assert len(msg.data) >= 36, "Expected at least 1 arguments"
    argument: uint256 = convert(slice(msg.data, 4, 32), uint256)
    assert argument < 2**16, "netuid: Value is too large for uint16"
    netuid: uint16 = convert(argument, uint16)
    if selector == GET_PRICE:
        return alpha.calculate_answer(self._spot(self.subnets[netuid].price, self.subnets[netuid].mechanism))
    if selector == GET_MECHANISM:
        return self.subnets[netuid].mechanism
    if selector == GET_POOL:
        return self.subnets[netuid].pool % 2**64
    return (self.subnets[netuid].pool >> 64) % 2**64 if selector == GET_ALPHA else self.subnets[netuid].pool >> 128
