"""Puts the whole protocol on a chain: the oracles, the share, the modules, and the proxy that routes to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from differential_tests.contracts.artefacts import artefact
from differential_tests.fuzzer.world import words

PROXY = "MegaTAO"
SHARE = "VaultShare"
PRICE_ORACLE = "PriceOracle"
INDEX_ORACLE = "IndexPriceOracle"
DOUBLE = "AlphaPrecompile"
"""Stands in for the chain's Alpha precompile, where there is none."""

MODULES = (
    "OpenModule",
    "DecreaseModule",
    "MarginModule",
    "LiquidationModule",
    "CustodyModule",
    "MarketModule",
    "AdminModule",
    "ViewModule",
    "SharesModule",
)
"""The modules, in the order in which they are deployed."""

WITHOUT_PRICES = ("CustodyModule", "AdminModule")
"""Modules that read no price, and are made without saying where prices are."""


class DeploymentError(Exception):
    """Something was not deployed, or is not what it should be; the text says what in one line."""


class Deployer(Protocol):
    """What a deployment needs of a chain."""

    @property
    def timestamp(self) -> int:
        """Of the block that is open, or the latest one (seconds)."""
        ...

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Deploy a contract; its checksummed address."""
        ...


@dataclass(frozen=True)
class Settings:
    """Who has which role (addresses), how long an upgrade waits (seconds), and the caps on deposits (wei)."""

    admin: str
    guardian: str
    treasury: str
    upgrader: str
    delay: int
    account_cap: int
    global_cap: int


@dataclass(frozen=True)
class Deployment:
    """Where everything is. routes: module of each selector of the proxy, by name. deployed_at: the proxy, seconds."""

    price_oracle: str
    index_oracle: str
    share: str
    proxy: str
    modules: dict[str, str]
    routes: dict[bytes, str]
    deployed_at: int

    def contracts(self) -> dict[str, str]:
        """The address of each contract."""
        oracles = {PRICE_ORACLE: self.price_oracle, INDEX_ORACLE: self.index_oracle}
        return {PROXY: self.proxy, SHARE: self.share, **oracles, **self.modules}


def module_initcode(module: str, price_oracle: str, index_oracle: str, share: str) -> bytes:
    """What deploys a module."""
    initcode = artefact(module).initcode
    if module in WITHOUT_PRICES:
        return initcode
    initcode += words(int(price_oracle, 16), int(index_oracle, 16))
    return initcode + words(int(share, 16)) if module == "SharesModule" else initcode


def list_routes(modules: Sequence[str] = MODULES) -> dict[bytes, str]:
    """The module of each selector. ValueError if two modules have the same one."""
    routes: dict[bytes, str] = {}
    for module in modules:
        for signature, selector in artefact(module).selectors.items():
            if selector in routes:
                raise ValueError(f"both {routes[selector]} and {module} have {signature}")
            routes[selector] = module
    return routes


def selectors_by_name(modules: Sequence[str] = MODULES) -> dict[str, bytes]:
    """The selector of each function of the modules, by its name, of which there is one each."""
    return {
        signature.partition("(")[0]: selector
        for module in modules
        for signature, selector in artefact(module).selectors.items()
    }


def proxy_initcode(settings: Settings, modules: dict[str, str], routes: dict[bytes, str]) -> bytes:
    """What deploys the proxy; modules: their addresses."""
    roles = (settings.admin, settings.guardian, settings.treasury, settings.upgrader)
    numbers = (*(int(role, 16) for role in roles), settings.delay, settings.account_cap, settings.global_cap)
    head = 32 * (len(numbers) + 2)
    selectors = words(len(routes)) + b"".join(selector.ljust(32, b"\0") for selector in routes)
    targets = words(len(routes), *(int(modules[module], 16) for module in routes.values()))
    return artefact(PROXY).initcode + words(*numbers, head, head + len(selectors)) + selectors + targets


def predict(deployer: str, latest: str, later: int) -> str:
    """The address of the contract that an account deploys `later` deployments after its latest one.

    The share knows the proxy, the proxy its modules, one of them the share: one address must be known before.
    Errors: DeploymentError, if `latest` is not of the account's first million transactions.
    """
    sender = bytes.fromhex(deployer[2:])

    def create(nonce: int) -> str:
        return to_checksum_address(keccak(rlp.encode([sender, nonce]))[12:])

    nonce = next((nonce for nonce in range(10**6) if create(nonce) == latest), None)
    if nonce is None:
        raise DeploymentError(f"{latest} is not what {deployer} deployed")
    return create(nonce + later)


def deploy(
    chain: Deployer,
    deployer: str,
    precompile: str,
    settings: Settings,
    on_contract: Callable[[str, str], object] = lambda _name, _address: None,
) -> Deployment:
    """Deploy the protocol; precompile: address of the Alpha precompile. The deployer starts the index later.

    on_contract: is given name and address of each contract once it is there.
    """

    def put(name: str, initcode: bytes) -> str:
        address = chain.deploy(deployer, initcode)
        on_contract(name, address)
        return address

    price_oracle = put(PRICE_ORACLE, artefact(PRICE_ORACLE).initcode + words(int(precompile, 16)))
    index_oracle = put(INDEX_ORACLE, artefact(INDEX_ORACLE).initcode + words(int(precompile, 16)))
    expected = predict(deployer, index_oracle, len(MODULES) + 2)
    share = put(SHARE, artefact(SHARE).initcode + words(int(expected, 16)))
    modules = {module: put(module, module_initcode(module, price_oracle, index_oracle, share)) for module in MODULES}
    routes = list_routes()
    deployed_at = chain.timestamp
    proxy = put(PROXY, proxy_initcode(settings, modules, routes))
    if proxy != expected:
        raise DeploymentError(f"the proxy is at {proxy}, and the share was made for {expected}")
    return Deployment(price_oracle, index_oracle, share, proxy, modules, routes, deployed_at)
