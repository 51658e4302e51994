"""Calls and values as a person would write them in a test for ape: by name, in units, through ape's contracts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal, localcontext
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from differential_tests.contracts.artefacts import artefact, canonical_type, signature_of, to_snake
from differential_tests.contracts.deployment import DOUBLE, MODULES, PROXY, SHARE
from differential_tests.fuzzer.stage import find_abi, selector
from reference.math.units import RAO, WAD
from reference.presets import LAUNCH_MARKETS, PRESETS
from reference.state.records import GENERATION, INDEX_KEY, Terms

NICKNAMES = {PROXY: "protocol", SHARE: "share", DOUBLE: "precompile"}
"""Variables of contracts that are not called by their own name."""

UNITS: dict[str, tuple[str, int]] = {
    name: (unit, scale)
    for unit, scale, names in (
        (
            "tao",
            WAD,
            "account_cap amount assets bucket builder_fee cash claimed covered debt ema entry_notional equity exposure"
            " fed fee fill funding_owed global_cap insurance insured interest_owed limit_price liquidation_price margin"
            " margin_added mark min_pool nav notional other_sum paid payout pnl pool price prices promised"
            " referral_cut result returned reward spot uncovered value",
        ),
        ("alpha", WAD, "size book_size"),
        ("shares", 10**24, "minted redeemed shares supply"),
        ("times", WAD, "leverage max_leverage"),
        (
            "percent",
            WAD // 100,
            "buffer funding_weight liquidation_fee maintenance maker_fee max_funding_rate max_slippage"
            " open_interest_cap rate ratio taker_fee",
        ),
    )
    for name in names.split()
}
"""The unit in which a field is written, and what one of it is."""

MOST, LEAST = 10**12, 10**9
"""What is not below so many units, or is so little of one, is written as the number that it is."""


class Wording:
    """What a test says of one world. It remembers the names that it has used.

    actors: names by address. addresses: those of the contracts, by name.
    """

    def __init__(self, actors: Mapping[str, str], addresses: Mapping[str, str]) -> None:
        self._actors: dict[str, str] = {to_checksum_address(address): name for address, name in actors.items()}
        self._contracts = {address: name for name, address in addresses.items()}
        self.used_actors: dict[str, str] = {}
        self.used_contracts: dict[str, str] = {}
        self.used_markets: dict[str, str] = {}
        self.copies: set[str] = set()
        """Contracts that the test deploys, and does not find on the stage."""

    # ------------------------------------------------------------ who and where

    def address(self, address: str) -> str:
        """An actor, a contract, or nobody; any other address as it is."""
        if address in self._actors:
            name = self._actors[address]
            return self.used_actors.setdefault(name, name.replace(" ", "_"))
        if address in self._contracts:
            return self.contract(self._contracts[address])
        return "NOBODY" if int(address, 16) == 0 else f'"{address}"'

    def contract(self, name: str) -> str:
        """The variable of a contract."""
        variable = NICKNAMES.get(name, to_snake(name).strip("_").replace(" ", "_"))
        if name not in self.copies:
            self.used_contracts[name] = variable
        return variable

    def market(self, key: int) -> str:
        """The constant of a market."""
        netuid, generation = key % GENERATION, key // GENERATION
        tokens = {INDEX_KEY: "MTSOS", **{number: name for name, number in LAUNCH_MARKETS.items()}}
        if netuid != INDEX_KEY and netuid >= 2**16:
            return f'"{to_checksum_address(f"0x{key:040x}")}"'
        name = tokens.get(netuid, f"SUBNET_{netuid}") + (f"_{generation + 1}" if generation else "")
        given = ([] if netuid == INDEX_KEY else [str(netuid)]) + ([f"generation={generation}"] if generation else [])
        self.used_markets[name] = f"market_key({', '.join(given)})"
        return name

    # ------------------------------------------------------------ values

    def number(self, name: str, value: int) -> str:
        """A number in the unit of its name, where it is of a size that says something."""
        if name == "account" and self._is_known(value >> 96):
            owner, index = self.address(to_checksum_address(f"0x{value >> 96:040x}")), value % 2**96
            return f"account_key({owner}, {self.number('', index)})" if index else f"account_key({owner})"
        unit, scale = UNITS.get(name, ("", 1))
        if value and unit and LEAST <= abs(value) < MOST * scale:
            with localcontext(prec=100):
                amount = Decimal(value) / scale
            text = f"{amount:f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return f'{unit}("{text}")' if "." in text else f"{unit}({int(text):_})"
        if name == "pool_rao" and value and value * RAO % WAD == 0:
            return f"tao({value * RAO // WAD:_}) // RAO"
        for power in range(64, 257, 8):
            for near in (-1, 0, 1):
                if value == 2**power + near:
                    return f"2**{power}" + (f" {'+' if near > 0 else '-'} {abs(near)}" if near else "")
        return f"{value:_}"

    def value(self, entry: Mapping[str, Any], value: Any, now: int = 0) -> str:
        """A value of a parameter, a field of an event, or of what a function returns. now: of the open block."""
        name, kind = entry["name"], entry["type"]
        if kind.endswith("]"):
            return (
                f"[{', '.join(self.value({**entry, 'type': kind[: kind.rindex('[')]}, each, now) for each in value)}]"
            )
        if kind == "tuple":
            return self._record(name, entry["components"], value, now)
        if kind == "address":
            key = int(value, 16)
            return self.market(key) if name == "market" else self.address(to_checksum_address(value))
        if kind == "bool":
            return str(value)
        if kind.startswith("bytes"):
            return self._bytes(value)
        if name == "deadline" and value:
            return f"stage.now {'+' if value >= now else '-'} {abs(value - now):_}"
        return self.number(name, value)

    def _record(self, name: str, components: Sequence[Mapping[str, Any]], values: Sequence[Any], now: int) -> str:
        """The parameters of a market, or the terms of a trade."""
        fields = {each["name"]: value for each, value in zip(components, values, strict=True)}
        known = {each["name"]: self.value(each, fields[each["name"]], now) for each in components}
        if name == "parameters":
            changes = {
                preset: [each for each in fields if fields[each] != given[each]]
                for preset, given in ((preset, asdict(given)) for preset, given in PRESETS.items())
            }
            nearest = min(changes, key=lambda preset: len(changes[preset]))
            return f"preset({', '.join([repr(nearest), *(f'{each}={known[each]}' for each in changes[nearest])])})"
        left_out = asdict(Terms(-1))
        return f"terms({', '.join(f'{each}={known[each]}' for each in fields if fields[each] != left_out[each])})"

    def _bytes(self, value: bytes) -> str:
        for contract in (PROXY, DOUBLE):
            for entry in find_abi(contract):
                if entry["type"] == "function" and selector(signature_of(entry)) == value:
                    return f'selector("{signature_of(entry)}")'
        return f'bytes.fromhex("{value.hex()}")'

    def _is_known(self, owner: int) -> bool:
        address = to_checksum_address(f"0x{owner % 2**160:040x}")
        return address in self._actors or address in self._contracts

    # ------------------------------------------------------------ calls

    def call(self, contract: str, data: bytes, options: Sequence[str], now: int, sender: str = "") -> str:
        """A call through ape's contract, or of raw data where it is none of a function as its ABI has it."""
        found = self._decode(contract, data)
        if found is None:
            value = next((each.partition("=")[2] for each in options if each.startswith("value=")), "0")
            others = [each for each in options if each.startswith("gas=")]
            given = [self.contract(contract), value, f'data=bytes.fromhex("{data.hex()}")', *others]
            return f"{sender}.transfer({', '.join(given)})"
        entry, values = found
        given = self._arguments(contract, entry, values, now)
        ends = (
            [f"sender={sender}", *options] if sender and entry["stateMutability"] not in ("view", "pure") else options
        )
        return f"{self.contract(contract)}.{entry['name']}({', '.join([*given, *ends])})"

    def _arguments(self, contract: str, entry: Mapping[str, Any], values: Sequence[Any], now: int) -> list[str]:
        given = []
        for each, value in zip(entry["inputs"], values, strict=True):
            if each["name"] == "data" and self._decode(PROXY, value):
                inner = self.call(PROXY, value, (), now)
                given.append(inner.replace("(", ".encode_input(", 1))
            elif each["name"] == "selectors":
                given.append(self._selectors(value))
            elif contract == SHARE and each["name"] == "amount":
                given.append(self.number("shares", value))
            else:
                given.append(self.value(each, value, now))
        return given

    def _selectors(self, values: Sequence[bytes]) -> str:
        for module in MODULES:
            if list(artefact(module).selectors.values()) == list(values):
                return f'stage.selectors("{module}")'
        return f"[{', '.join(map(self._bytes, values))}]"

    def _decode(self, contract: str, data: bytes) -> tuple[dict[str, Any], Sequence[Any]] | None:
        """The function and its arguments, if these are encoded as ape would do it."""
        for entry in find_abi(contract):
            if entry["type"] == "function" and selector(signature_of(entry)) == data[:4]:
                types = [canonical_type(each) for each in entry["inputs"]]
                try:
                    values = decode(types, data[4:])
                except (DecodingError, OverflowError):
                    return None
                return (entry, values) if encode(types, values) == data[4:] else None
        return None
