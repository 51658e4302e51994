"""The proxy: the routes from selectors to modules, and their upgrades."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from reference.block import Block
from reference.errors import (
    CapOutOfRange,
    ModuleEmpty,
    NotUpgrader,
    RoutesUneven,
    SelectorReserved,
    SelectorUnknown,
    UpgradeTooEarly,
    UpgradeUnknown,
)
from reference.events import Logged
from reference.math.units import AMOUNT_BOUND, word

NO_MODULE: Final = 0
"""The empty address: to route a function to it removes the function."""

SCHEDULE: Final = 0x11C21790
"""Selector of schedule(bytes4[],address)."""
CANCEL: Final = 0xC4D252F5
"""Selector of cancel(bytes32)."""
ROUTE: Final = 0x60434799
"""Selector of route(bytes4[],address)."""
DELAY: Final = 0x6A42B8F8
"""Selector of delay()."""
RESERVED: Final = frozenset({SCHEDULE, CANCEL, ROUTE, DELAY})

Upgrade = tuple[tuple[int, ...], int]
"""Selectors and the module that they will be routed to. The contract identifies an upgrade by the hash of both."""


@dataclass(frozen=True, slots=True)
class Scheduled(Logged):
    """PRX-2. An upgrade was scheduled. ready_at: seconds."""

    upgrade: Upgrade
    module: int
    ready_at: int


@dataclass(frozen=True, slots=True)
class Cancelled(Logged):
    """PRX-3. A scheduled upgrade was cancelled."""

    upgrade: Upgrade


@dataclass(frozen=True, slots=True)
class Routed(Logged):
    """PRX-1, PRX-4. A selector was routed to a module, or to none."""

    selector: int
    module: int


@dataclass(slots=True)
class Proxy:
    """upgrader, guardian: addresses. delay: seconds. modules: by selector. upgrades: when each is ready, seconds.

    The guardian is the protocol's.
    """

    upgrader: int
    guardian: int
    delay: int
    modules: dict[int, int] = field(default_factory=dict)
    upgrades: dict[Upgrade, int] = field(default_factory=dict)

    def process_schedule(
        self, block: Block, sender: int, selectors: Sequence[int], module: int, code_size: int
    ) -> list[Logged]:
        """PRX-2. Schedules an upgrade, or restarts its delay. code_size: the module's, bytes.

        Errors, in this order: NotUpgrader, ModuleEmpty, SelectorReserved.
        """
        if sender != self.upgrader:
            raise NotUpgrader

        validate_routes(selectors, module, code_size)

        upgrade = tuple(selectors), module
        self.upgrades[upgrade] = word(block.timestamp + self.delay)
        return [Scheduled(upgrade, module, self.upgrades[upgrade])]

    def process_cancel(self, sender: int, upgrade: Upgrade) -> list[Logged]:
        """PRX-3. Cancels a scheduled upgrade. The upgrader's or the guardian's.

        Errors, in this order: NotUpgrader, UpgradeUnknown.
        """
        if sender not in (self.upgrader, self.guardian):
            raise NotUpgrader
        if upgrade not in self.upgrades:
            raise UpgradeUnknown

        del self.upgrades[upgrade]
        return [Cancelled(upgrade)]

    def process_route(
        self, block: Block, sender: int, selectors: Sequence[int], module: int, code_size: int
    ) -> list[Logged]:
        """PRX-4. Routes a scheduled upgrade whose delay has passed, once. code_size: the module's, bytes.

        Errors, in this order: NotUpgrader, UpgradeUnknown, UpgradeTooEarly, ModuleEmpty, SelectorReserved.
        """
        if sender != self.upgrader:
            raise NotUpgrader

        upgrade = tuple(selectors), module
        if upgrade not in self.upgrades:
            raise UpgradeUnknown
        if block.timestamp < self.upgrades[upgrade]:
            raise UpgradeTooEarly

        validate_routes(selectors, module, code_size)

        del self.upgrades[upgrade]
        return [self._route(selector, module) for selector in selectors]

    def module_for(self, selector: int) -> int:
        """PRX-5. The module that the proxy runs for a selector.

        Errors: SelectorUnknown.
        """
        if selector not in self.modules:
            raise SelectorUnknown

        return self.modules[selector]

    def _route(self, selector: int, module: int) -> Routed:
        if module == NO_MODULE:
            self.modules.pop(selector, None)
        else:
            self.modules[selector] = module

        return Routed(selector, module)


def process_deployment(
    proxy: Proxy,
    account_cap: int,
    global_cap: int,
    selectors: Sequence[int],
    modules: Sequence[int],
    code_sizes: Sequence[int],
) -> list[Logged]:
    """PRX-1. The caps and the first routes, on a proxy that has none yet. code_sizes: of the modules, bytes.

    Errors, in this order: CapOutOfRange, RoutesUneven, ModuleEmpty and SelectorReserved route by route.
    """
    if account_cap >= AMOUNT_BOUND or global_cap >= AMOUNT_BOUND:
        raise CapOutOfRange
    if len(selectors) != len(modules):
        raise RoutesUneven

    logged: list[Logged] = []
    for selector, module, code_size in zip(selectors, modules, code_sizes, strict=True):
        validate_routes([selector], module, code_size)
        logged.append(proxy._route(selector, module))

    return logged


def validate_routes(selectors: Sequence[int], module: int, code_size: int) -> None:
    """PRX-4. The module must be a contract or 0, and no selector the proxy's own. Checked at the scheduling, too.

    Each precompile of the chain has one byte of code.

    Errors, in this order: ModuleEmpty, SelectorReserved.
    """
    if module != NO_MODULE and code_size <= 1:
        raise ModuleEmpty
    if any(selector in RESERVED for selector in selectors):
        raise SelectorReserved
