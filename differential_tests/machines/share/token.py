"""The share's storage, as the reference's token has it."""

from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import SHARE
from differential_tests.fuzzer.world import World, words
from differential_tests.machines.prices import mapping_slot
from reference.tokens.vault_share import VaultShare


class TokenWriter:
    """Expects on a chain what a token of the reference has."""

    def __init__(self) -> None:
        self._balances: dict[int, int] = {}
        self._allowances: dict[tuple[int, int], int] = {}
        self._nonces: dict[int, int] = {}
        self._supply = 0

    def write(self, world: World, token: VaultShare) -> None:
        """Expect what has changed since the last time."""
        slot = artefact(SHARE).slot
        if token.supply != self._supply:
            self._supply = token.supply
            world.write(SHARE, slot("totalSupply"), (token.supply,), "totalSupply", ("",))
        for owner, held in token.balances.items():
            if self._balances.get(owner, 0) != held:
                self._balances[owner] = held
                at = mapping_slot(slot("balanceOf"), words(owner))
                world.write(SHARE, at, (held,), f"balanceOf[{owner:#x}]", ("",))
        for (owner, spender), allowed in token.allowances.items():
            if self._allowances.get((owner, spender), 0) != allowed:
                self._allowances[owner, spender] = allowed
                at = mapping_slot(mapping_slot(slot("allowance"), words(owner)), words(spender))
                world.write(SHARE, at, (allowed,), f"allowance[{owner:#x}, {spender:#x}]", ("",))
        for owner, nonce in token.nonces.items():
            if self._nonces.get(owner, 0) != nonce:
                self._nonces[owner] = nonce
                world.write(SHARE, mapping_slot(slot("nonces"), words(owner)), (nonce,), f"nonces[{owner:#x}]", ("",))
