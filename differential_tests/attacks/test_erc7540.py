"""Names and shapes of ERC-7540, as the standard has them; where the contract differs, spec/shares.md says why."""

from differential_tests.contracts.artefacts import artefact, signature_of
from differential_tests.contracts.build import proxy_abi
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.reference_only import ReferenceWorld
from differential_tests.machines.protocol.roles import ADMIN, TRADERS
from reference.math.units import WAD
from reference.modules.shares import CUT_PERIOD, WINDOW_PERIOD
from reference.modules.view import (
    read_claimable_deposit_request,
    read_claimable_redeem_request,
    read_pending_deposit_request,
    read_pending_redeem_request,
)

SELECTORS = {
    "requestRedeem(uint256,address,address)": "7d41c86e",
    "pendingDepositRequest(uint256,address)": "26c6f96c",
    "claimableDepositRequest(uint256,address)": "995ea21a",
    "pendingRedeemRequest(uint256,address)": "f5a23d8d",
    "claimableRedeemRequest(uint256,address)": "eaed1d07",
    "share()": "a8d5fd65",
}
"""Of the standard's interfaces."""
EVENTS = {
    "DepositRequest": ("controller", "owner", "requestId", "sender", "assets"),
    "RedeemRequest": ("controller", "owner", "requestId", "sender", "shares"),
}
"""Fields; the first three are indexed."""


def test_functions_have_the_standards_selectors() -> None:
    selectors = artefact("SharesModule").selectors | artefact("ViewModule").selectors
    assert {name: selectors[name].hex() for name in SELECTORS} == SELECTORS
    outputs = {each["name"]: each["outputs"] for each in proxy_abi() if each["type"] == "function"}
    returned = [outputs[name.partition("(")[0]] for name in SELECTORS if name != "share()"]
    assert [[output["type"] for output in each] for each in (*returned, outputs["requestDeposit"])] == 6 * [["uint256"]]


def test_events_are_the_standards() -> None:
    for name, fields in EVENTS.items():
        [event] = [each for each in artefact("SharesModule").abi if each["type"] == "event" and each["name"] == name]
        assert signature_of(event) == f"{name}(address,address,uint256,address,uint256)"
        assert tuple(each["name"] for each in event["inputs"]) == fields
        assert [each["indexed"] for each in event["inputs"]] == [True, True, True, False, False]


def test_request_is_pending_then_claimable_then_nothing() -> None:
    """SHR-11:8d79."""
    world, controller = ReferenceWorld(), TRADERS[0]

    def read(number: int) -> list[int]:
        asked = world.protocol, number, world.keys[controller]
        return [
            read_pending_deposit_request(*asked),
            read_claimable_deposit_request(*asked),
            read_pending_redeem_request(*asked),
            read_claimable_redeem_request(*asked),
        ]

    def settle() -> None:
        world.advance(1, WINDOW_PERIOD)
        world.do("cut_off", KEEPER)
        world.advance(1, CUT_PERIOD)
        world.do("settle", KEEPER)

    world.do("request_deposit", controller, controller, 5 * WAD)
    assert read(0) == [5 * WAD, 0, 0, 0]
    settle()
    assert read(0) == [0, 5 * WAD, 0, 0]
    world.do("claim_request", ADMIN, 0, controller)
    assert read(0) == [0, 0, 0, 0]
    world.do("request_redeem", controller, 10**24, controller)
    assert read(1) == [0, 0, 10**24, 0]
    settle()
    assert read(1) == [0, 0, 0, 10**24]
    world.do("claim_request", ADMIN, 1, controller)
    assert read(1) == [0, 0, 0, 0]
    assert set(world.outcomes) == {"success"}
