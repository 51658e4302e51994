"""The protocol's records and events as the contracts keep and log them: words of storage, topics and data."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any

from eth_utils.crypto import keccak

from differential_tests.contracts.artefacts import artefact, to_snake
from differential_tests.contracts.deployment import MODULES, PROXY, SHARE
from differential_tests.contracts.layout import variable_slots
from differential_tests.fuzzer.world import Divergence, Event, words
from differential_tests.machines.prices import getter
from reference.events import Logged
from reference.math.packing import (
    pack_amounts,
    pack_entry,
    pack_flags,
    pack_gaps,
    pack_pair,
    pack_parameters,
    pack_pools,
    pack_position,
    pack_signed,
    pack_value,
)
from reference.math.units import MAX_WORD, RAO
from reference.state.records import Account, Claim, Epoch, Market, Parameters, Position, Request, Vault, Window
from reference.state.storage import Protocol

SLOTS: dict[str, int] = {name: variable["slot"] for name, variable in variable_slots().items()}
"""First slot of each variable of the protocol."""

LOCK_SLOT = 0
FREE = 3
"""The reentrancy lock, after the first call that took it; 0 before."""

MARKET_FIELDS = (
    "longs.size, shorts.size, fed_block",
    "mark, spot, fed_at",
    "funding_index, gap_up, gap_down or read_at, apart_at",
    "longs.entry_notional, longs.margin, dead_since",
    "shorts.entry_notional, shorts.margin, flags",
    "longs.carry",
    "shorts.carry",
    "value, pool, utilization, touched_at",
    "readings",
)
POSITION_FIELDS = ("size, margin, increased_at, is_long", "entry_notional, interest_index, funding_index")
PARAMETER_FIELDS = ("ratios, rates and class", "min_pool, pool, raised_at, moved_at")
CLAIM_FIELDS = ("account", "before, amount")
EPOCH_FIELDS = ("nav, supply, settled_at", "granted, requested")
GONE_POSITION = (0, 0)
GONE_CLAIM = (0, 0)

RESERVED: dict[str, dict[int, Sequence[int]]] = {
    "account_words": {0: range(232, 256)},
    "position_words": {0: range(253, 254)},
    "market_words": {4: (*range(228, 233), *range(247, 256)), 8: range(240, 256)},
    "parameter_words": {0: range(255, 256), 1: range(192, 256)},
}
"""Bits that nothing fills yet, by variable and word: they are 0."""

Record = tuple[int, tuple[int, ...], str, tuple[str, ...]]
"""First slot, words, and the names for reports: of the record, and of each of its words."""


@lru_cache(maxsize=2**16)
def key_slot(variable: str, key: int) -> int:
    """First slot of a record in a mapping by number or address."""
    return int.from_bytes(keccak(words(SLOTS[variable], key)), "big")


@lru_cache(maxsize=2**16)
def hashed_slot(variable: str, key: bytes) -> int:
    """First slot of a record in a mapping by the hash of a key."""
    return int.from_bytes(keccak(words(SLOTS[variable]) + keccak(key)), "big")


def position_slot(account: int, market: int) -> int:
    """First slot of a position."""
    return hashed_slot("position_words", words(account, market))


@lru_cache(maxsize=2**12)
def selector_slot(selector: bytes) -> int:
    """Slot of the module to which a selector is routed."""
    return int.from_bytes(keccak(words(SLOTS["module_of"]) + selector.ljust(32, b"\0")), "big")


def account_word(account: Account) -> int:
    """STO-1:284d. An account."""
    return pack_amounts(account.cash, account.margin, account.count)


def position_words(position: Position) -> tuple[int, ...]:
    """STO-11:65df, STO-21:83d9. A position."""
    return (
        pack_position(position.size, position.margin, position.increased_at, position.is_long),
        pack_entry(position.entry_notional, position.interest_index, position.funding_index),
    )


def market_words(market: Market) -> tuple[int, ...]:
    """STO-1:284d, STO-5:613f, STO-24:d50c, STO-26:75ca. A market."""
    longs, shorts = market.longs, market.shorts
    flags = pack_flags(market.status, market.is_guarded, bool(longs.deficit or shorts.deficit), market.number)
    return (
        pack_amounts(longs.size, shorts.size, market.fed_block),
        pack_amounts(market.mark, market.spot, market.fed_at),
        # a subnet has no gaps: two times stand in their place
        pack_gaps(market.funding_index, market.gap_up + market.read_at + market.apart_at * 2**32, market.gap_down),
        pack_amounts(longs.entry_notional, longs.margin, market.dead_since),
        pack_amounts(shorts.entry_notional, shorts.margin, flags),
        longs.carry & MAX_WORD,
        shorts.carry & MAX_WORD,
        pack_value(market.value, market.pool // RAO, market.utilization // RAO, market.touched_at),
        market.readings,
    )


def parameter_words(parameters: Parameters, raised_at: int, moved_at: int) -> tuple[int, ...]:
    """STO-9:57e2, STO-28:c283. A market's parameters."""
    rates = (*parameters.values()[:9], parameters.cross_class)
    return pack_parameters(*rates), pack_pools(parameters.min_pool // RAO, parameters.pool // RAO, raised_at, moved_at)


def kept_words(protocol: Protocol) -> dict[str, list[tuple[int, ...]]]:
    """The words of every record that has reserved bits, by kind."""
    return {
        "account_words": [(account_word(each),) for each in protocol.accounts.values()],
        "position_words": [position_words(each) for each in protocol.positions.values()],
        "market_words": [market_words(each) for each in protocol.markets.values()],
        "parameter_words": [
            parameter_words(each, protocol.raised_at[key], protocol.moved_at[key])
            for key, each in protocol.parameters.items()
        ],
    }


def check_reserved_bits(protocol: Protocol) -> None:
    """STO-26:75ca, STO-28:c283. What nothing fills yet is 0. Errors: Divergence."""
    for kind, records in kept_words(protocol).items():
        for place, bits in RESERVED[kind].items():
            mask = sum(1 << bit for bit in bits)
            for record in records:
                if record[place] & mask:
                    raise Divergence(f"invariant: reserved bits of {kind} {place}", "0", hex(record[place] & mask))


def claim_words(claim: Claim) -> tuple[int, ...]:
    """A claim."""
    return claim.account, pack_amounts(claim.before, claim.amount, 0)


def window_words(window: Window) -> tuple[int, ...]:
    """STO-1:284d. The epoch that is open or cut off, and what redemptions have not claimed."""
    times = window.opened_at + window.cut_at * 2**32
    return pack_amounts(window.nav, times, window.number), pack_amounts(window.payable, 0, min(window.number, 1))


def asked_words(window: Window) -> tuple[int, ...]:
    """STO-1:284d. What is asked of an epoch that is not settled."""
    return pack_amounts(window.assets, window.shares, 0), 0


def epoch_words(epoch: Epoch) -> tuple[int, ...]:
    """STO-1:284d. A settled epoch."""
    return (
        pack_amounts(epoch.nav, epoch.supply, epoch.settled_at),
        pack_amounts(epoch.granted, epoch.requested, 0),
    )


def request_word(request: Request | None) -> int:
    """STO-1:284d. A request; 0 of one that is gone."""
    return pack_amounts(request.assets, request.shares, 0) if request else 0


def vault_records(vault: Vault) -> Iterator[Record]:
    """The words of the vault."""
    flags = (
        vault.is_tripped + 2 * vault.is_auto_paused + 4 * vault.is_paused + 8 * bool(vault.uncovered or vault.claims)
    )
    yield (
        SLOTS["interest_word"],
        (pack_signed(vault.value, vault.interest_index, vault.interest_at),),
        "interest_word",
        ("",),
    )
    yield (
        SLOTS["vault_word"],
        (
            pack_amounts(vault.cash, vault.insurance, flags),
            pack_pair(vault.exposure, vault.promised),
            pack_amounts(vault.uncovered, vault.bucket, 0),
            pack_amounts(vault.claimed, vault.fed, vault.claims),
        ),
        "",
        ("vault_word", "exposure_word", "debt_word", "claims_word"),
    )


def total_records(protocol: Protocol) -> Iterator[Record]:
    """The sums over all accounts, the limits and the roles."""
    limits = pack_amounts(protocol.account_cap, protocol.global_cap, protocol.keepers_only)
    totals = pack_pair(protocol.free_cash, protocol.margins)
    yield SLOTS["totals_word"], (totals, limits), "", ("totals_word", "limits_word")
    roles = (protocol.admin, protocol.pending_admin, protocol.guardian, protocol.treasury)
    yield SLOTS["admin"], roles, "", ("admin", "pending_admin", "guardian", "treasury")


@cache
def event_encoder(kind: type[Logged]) -> Callable[[Logged], Event]:
    """What encodes an event of the reference as the contract that declares it logs it; a module does for the proxy."""
    name = kind.__name__
    declared = [
        (contract, entry)
        for contract in (*MODULES, PROXY, SHARE)
        for entry in artefact(contract).abi
        if entry["type"] == "event" and entry["name"] == name
    ]
    if not declared:
        raise LookupError(f"no contract has the event {name}")
    contract, entry = declared[0]
    if any(other["inputs"] != entry["inputs"] for _, other in declared):
        raise LookupError(f"the contracts do not agree on the event {name}")
    names = tuple(each.name for each in fields(kind))  # type: ignore[arg-type]  # every event is a dataclass
    if names != tuple(to_snake(each["name"]) for each in entry["inputs"]):
        raise LookupError(f"the contracts have other names in the event {name}, or another order")
    indexed = [each["indexed"] for each in entry["inputs"]]
    topic = artefact(contract).events[name]
    emitter = SHARE if contract == SHARE else PROXY
    get_topics = _getter(names, indexed, True)
    get_data = _getter(names, indexed, False)

    def encode(event: Logged) -> Event:
        topics = (topic, *(words(value) for value in get_topics(event)))
        return Event(emitter, topics, words(*get_data(event)))

    return encode


def _getter(names: tuple[str, ...], indexed: list[bool], wanted: bool) -> Callable[[Any], tuple[int, ...]]:
    chosen = tuple(name for name, flag in zip(names, indexed, strict=True) if flag == wanted)
    return getter(chosen) if chosen else lambda _: ()


def encode_event(event: Logged) -> Event:
    """An event of the reference as it is logged."""
    return event_encoder(type(event))(event)  # type: ignore[arg-type]  # a class can be hashed


def flatten(value: Any) -> list[int]:
    """The words of what a view returns."""
    if is_dataclass(value):
        return [word for each in fields(value) for word in flatten(getattr(value, each.name))]
    if isinstance(value, tuple):
        return [word for each in value for word in flatten(each)]
    return [int(value)]
