# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title MegaTAO
@license MIT
@notice The proxy: it holds all state and all TAO, and hands each call to the module that its selector is routed to.
        Mirrors reference/proxy.py.
"""

from vyper_contracts.math import packing
from vyper_contracts.math import units
from vyper_contracts.state import storage

initializes: storage

# the longest answer of a module: what is longer would be cut
MAX_ANSWER: constant(uint256) = 4096
SCHEDULE: constant(bytes4) = method_id("schedule(bytes4[],address)", output_type=bytes4)
CANCEL: constant(bytes4) = method_id("cancel(bytes32)", output_type=bytes4)
ROUTE: constant(bytes4) = method_id("route(bytes4[],address)", output_type=bytes4)
DELAY: constant(bytes4) = method_id("delay()", output_type=bytes4)

UPGRADE_DELAY: immutable(uint256)


event Scheduled:
    id: indexed(bytes32)
    module: indexed(address)
    selectors: DynArray[bytes4, 32]
    ready_at: uint256


event Cancelled:
    id: indexed(bytes32)


event Routed:
    selector: indexed(bytes4)
    module: indexed(address)


@deploy
def __init__(
    admin: address,
    guardian: address,
    treasury: address,
    upgrader: address,
    delay: uint256,
    account_cap: uint256,
    global_cap: uint256,
    selectors: DynArray[bytes4, 96],
    modules: DynArray[address, 96],
):
    """
    @notice PRX-1:6af2. The roles, the caps and the first routes.
    @param admin Sets parameters and lists markets.
    @param guardian Pauses, and cancels upgrades.
    @param treasury Puts cash into the vault.
    @param upgrader Changes routes, after the delay.
    @param delay Seconds between an upgrade's schedule and its earliest time.
    @param account_cap Highest deposits of an account, in wei.
    @param global_cap Highest deposits of all accounts, in wei.
    @param selectors The functions that are routed from the start.
    @param modules The module of each.
    """
    assert account_cap < units.AMOUNT_BOUND and global_cap < units.AMOUNT_BOUND, "CapOutOfRange"
    assert len(selectors) == len(modules), "RoutesUneven"
    storage.admin = admin
    storage.guardian = guardian
    storage.treasury = treasury
    storage.upgrader = upgrader
    UPGRADE_DELAY = delay
    storage.limits_word = packing.pack_amounts(account_cap, global_cap, 0)
    storage.interest_word = packing.pack_signed(0, 0, block.timestamp)
    for i: uint256 in range(len(selectors), bound=96):
        self._validate_module(modules[i])
        self._validate_selector(selectors[i])
        self._route(selectors[i], modules[i])


@external
def schedule(selectors: DynArray[bytes4, 32], module: address):
    """
    @notice PRX-2:0972. Announces an upgrade: anyone has UPGRADE_DELAY seconds to see it. A second time starts them
            anew.
    @param selectors The functions that will be routed to the module.
    @param module The module; the empty address removes the functions.
    """
    assert msg.sender == storage.upgrader, "NotUpgrader"
    self._validate_routes(selectors, module)
    ready_at: uint256 = block.timestamp + UPGRADE_DELAY
    id: bytes32 = keccak256(abi_encode(selectors, module))
    storage.upgrades[id] = ready_at
    log Scheduled(id=id, module=module, selectors=selectors, ready_at=ready_at)


@external
def cancel(id: bytes32):
    """
    @notice PRX-3:aa01. Takes an announced upgrade back.
    @param id The upgrade's: the hash of its encoded selectors and module.
    """
    assert msg.sender in [storage.upgrader, storage.guardian], "NotUpgrader"
    assert storage.upgrades[id] != 0, "UpgradeUnknown"
    storage.upgrades[id] = 0
    log Cancelled(id=id)


@external
def route(selectors: DynArray[bytes4, 32], module: address):
    """
    @notice PRX-4:396a. Carries out an upgrade that was announced long enough ago.
    @param selectors The functions, as they were announced.
    @param module The module, as it was announced.
    """
    assert msg.sender == storage.upgrader, "NotUpgrader"
    id: bytes32 = keccak256(abi_encode(selectors, module))
    ready_at: uint256 = storage.upgrades[id]
    assert ready_at != 0, "UpgradeUnknown"
    assert block.timestamp >= ready_at, "UpgradeTooEarly"
    self._validate_routes(selectors, module)
    storage.upgrades[id] = 0
    for selector: bytes4 in selectors:
        self._route(selector, module)


@external
@view
def delay() -> uint256:
    """
    @notice PRX-2:0972. How long an upgrade waits, for good.
    @return Seconds.
    """
    return UPGRADE_DELAY


@external
@payable
@raw_return
def __default__() -> Bytes[MAX_ANSWER]:
    """
    @notice PRX-5:2221. Everything else: the module of the selector runs on this contract's state and TAO.
    @return What the module returns.
    """
    assert len(msg.data) >= 4, "SelectorUnknown"
    module: address = storage.module_of[convert(slice(msg.data, 0, 4), bytes4)]
    assert module != empty(address), "SelectorUnknown"
    return raw_call(module, msg.data, max_outsize=MAX_ANSWER, is_delegate_call=True)


@internal
@view
def _validate_routes(selectors: DynArray[bytes4, 32], module: address):
    """
    @dev PRX-4:396a. Asked at the announcement, and again when it is carried out.
    """
    self._validate_module(module)
    for selector: bytes4 in selectors:
        self._validate_selector(selector)


@internal
@view
def _validate_module(module: address):
    """
    @dev PRX-4:396a. A contract, or none. The chain gives each of its precompiles one byte of code: they are no modules.
    """
    assert module == empty(address) or module.codesize > 1, "ModuleEmpty"


@internal
@pure
def _validate_selector(selector: bytes4):
    """
    @dev PRX-4:396a. The proxy's own functions can't be routed: the route would never be taken.
    """
    assert selector not in [SCHEDULE, CANCEL, ROUTE, DELAY], "SelectorReserved"


@internal
def _route(selector: bytes4, module: address):
    """
    @dev PRX-4:396a. The last route of a selector counts.
    """
    storage.module_of[selector] = module
    log Routed(selector=selector, module=module)
