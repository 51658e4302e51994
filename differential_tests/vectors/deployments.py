"""Vectors of the proxy's constructor: each way in which it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eth_utils.crypto import keccak

from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import MODULES, PROXY, Settings, list_routes, proxy_initcode
from differential_tests.fuzzer.world import words
from differential_tests.vectors.abi import describe_creation
from reference.errors import MegaTAOError
from reference.math.units import AMOUNT_BOUND
from reference.proxy import SCHEDULE, Proxy, process_deployment

GAS = 8_000_000


def build_deployments(accounts: dict[str, Any]) -> list[dict[str, Any]]:
    """The vectors; accounts: those of the world."""
    address = {name: account["address"] for name, account in accounts.items()}
    roles = (address["admin"], address["guardian"], address["treasury"], address["upgrader"])
    fair = Settings(*roles, delay=1, account_cap=1, global_cap=1)
    [selector, module] = next(iter(list_routes().items()))
    modules = {each: address[each] for each in MODULES}
    route = {selector: module}
    target = int(modules[module], 16)
    number = int.from_bytes(selector, "big")
    uneven = proxy_initcode(fair, modules, route)[:-64] + words(2, target, target)
    empty = int(address["trader 0"], 16)
    cases = [
        (proxy_initcode(replace(fair, account_cap=AMOUNT_BOUND), modules, route), AMOUNT_BOUND, [number], [target]),
        (uneven, 1, [number], [target, target]),
        (proxy_initcode(fair, {**modules, module: address["trader 0"]}, route), 1, [number], [empty]),
        (proxy_initcode(fair, modules, {SCHEDULE.to_bytes(4, "big"): module}), 1, [SCHEDULE], [target]),
    ]
    return [_describe(address["admin"], *case, empty) for case in cases]


def _describe(
    sender: str, initcode: bytes, cap: int, selectors: list[int], modules: list[int], empty: int
) -> dict[str, Any]:
    proxy = Proxy(upgrader=1, guardian=1, delay=1)
    try:
        process_deployment(proxy, cap, 1, selectors, modules, [0 if each == empty else 1_000 for each in modules])
    except MegaTAOError as failure:
        name = failure.revert_name()
    else:
        raise RuntimeError("a deployment that should fail does not")
    data = initcode.removeprefix(artefact(PROXY).initcode)
    nonce_0 = keccak(bytes.fromhex(f"d694{sender[2:]}80"))[12:]
    return {
        "id": f"__init__/{name}/1",
        "block": {"number": 1_000, "timestamp": 1_800_000_000},
        "pre": {},
        "call": {
            "from": "admin",
            "to": None,
            "address": f"0x{nonce_0.hex()}",
            "code": {"artefact": PROXY},
            "value": "0",
            "gas": GAS,
            "data": f"0x{data.hex()}",
            **describe_creation(PROXY, data),
        },
        "revert": name,
    }
