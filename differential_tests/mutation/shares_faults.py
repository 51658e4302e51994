"""Seeded faults of the shares and of their token, for the machines that must find them."""

from differential_tests.mutation.faults import Fault

SHARES = "vyper_contracts/modules/SharesModule.vy"
SHARE = "vyper_contracts/tokens/VaultShare.vy"
VIEWS = "vyper_contracts/modules/ViewModule.vy"
CUSTODY = "vyper_contracts/modules/CustodyModule.vy"


def _faults(file: str, *rows: tuple[str, str, str, str]) -> list[Fault]:
    return [Fault(name, rule, file, good, bad, False) for name, rule, good, bad in rows]


SHARES_FAULTS = [
    *_faults(
        SHARES,
        ("void a second late", "SHR-1", ">= VOID_PERIOD", "> VOID_PERIOD"),
        ("controller may be nobody", "SHR-2", "controller not in [empty(address), self, ", "controller not in [self, "),
        ("request is not added to", "SHR-2", "unsafe_add(storage.request_words[id], words", "unsafe_add(0, words"),
        ("shares are asked without being taken", "SHR-3", "    extcall SHARE.lock(msg.sender, shares)\n", ""),
        (
            "shares are asked of another",
            "SHR-3",
            "    records.validate_owner(convert(owner, uint256) << 96)\n    assert shares > 0",
            "    assert shares > 0",
        ),
        (
            "next epoch's number is returned",
            "SHR-2",
            "assets=msg.value)\n    return number",
            "assets=msg.value)\n    return number + 1",
        ),
        ("request taken twice", "SHR-4", "    storage.request_words[id] = 0\n", ""),
        ("cancelled after the cut-off", "SHR-4", 'assert self._is_open(w), "WindowClosed"', "pass"),
        ("window a second short", "SHR-5", ">= WINDOW_PERIOD", "> WINDOW_PERIOD"),
        ("void window opens at its cut-off", "SHR-5", "opened_at = w.cut_at + VOID_PERIOD", "opened_at = w.cut_at"),
        ("markets are valued as they were", "SHR-5", "if sizes >> 224 != block.number:", "if False:"),
        ("band not asked", "SHR-5", "assert mark.is_in_band(price, spot, band)", "assert True"),
        ("unfed claims forgotten", "SHR-5", "assert v.claimed == v.fed", "assert True"),
        ("interest by the cash after", "SHR-5", "    v.interest_at = block.timestamp\n", ""),
        ("settled too early", "SHR-6", ">= CUT_PERIOD", ">= CUT_PERIOD - 1"),
        ("price bound forgotten", "SHR-6", "assert vault.is_price_held(nav, w.nav)", "assert True"),
        (
            "deposits after redemptions",
            "SHR-6",
            "self._calculate_redemption(shares, nav, supply, v)",
            "self._calculate_redemption(shares, nav, supply + minted, v)",
        ),
        ("treasury gets nothing", "SHR-6", "if owned > 0:\n        extcall", "if False:\n        extcall"),
        ("more is burnt than granted", "SHR-6", "extcall SHARE.burn(granted)", "extcall SHARE.burn(shares)"),
        (
            "paid is forgotten",
            "SHR-6",
            "unsafe_add(storage.payable_word, paid) | records.SETTLED",
            "paid | records.SETTLED",
        ),
        ("limits forgotten", "SHR-6", "if assets <= limit:", "if True:"),
        ("nothing comes back", "SHR-7", "unsafe_sub(requested, all_granted), requested)", "0, requested)"),
        (
            "paid for all, granted a part",
            "SHR-7",
            "calculate_assets_down(granted, nav, supply),\n    )",
            "calculate_assets_down(shares, nav, supply),\n    )",
        ),
        ("claimed before it is settled", "SHR-7", 'assert priced >= records.SETTLED, "EpochUnsettled"', "pass"),
    ),
    *_faults(
        VIEWS,
        (
            "settled is still pending",
            "SHR-11",
            "(storage.epoch_words[number][0] >= records.SETTLED) != is_settled",
            "False",
        ),
    ),
    *_faults(
        CUSTODY,
        ("asked deposits are skimmed", "VLT-30", " + asked % units.AMOUNT_BOUND", ""),
        ("redemptions are skimmed", "VLT-30", " + storage.payable_word % records.SETTLED", ""),
    ),
]
"""Those that the protocol machine must find."""

TOKEN_FAULTS = _faults(
    SHARE,
    (
        "units to the vault are lost",
        "TOK-2",
        "    if receiver == vault:\n        assert msg.sender == vault",
        "    if False:\n        assert msg.sender == vault",
    ),
    ("unlimited is used up", "TOK-4", "if allowed != UNLIMITED:", "if True:"),
    ("allowance is not used up", "TOK-4", "unsafe_sub(allowed, amount)", "allowed"),
    ("allowance not asked", "TOK-4", "assert allowed >= amount", "assert True"),
    (
        "self transfer doubles",
        "TOK-2",
        "    self.balanceOf[owner] = unsafe_sub(held, amount)\n",
        "    if owner != receiver:\n        self.balanceOf[owner] = unsafe_sub(held, amount)\n",
    ),
    ("permit lasts a second less", "TOK-5", "block.timestamp <= deadline", "block.timestamp < deadline"),
    ("permit is replayed", "TOK-5", "unsafe_add(nonce, 1)", "nonce"),
    (
        "either s counts",
        "TOK-5",
        "owner != empty(address) and convert(s, uint256) <= HALF_ORDER",
        "owner != empty(address)",
    ),
    ("anybody signs for nobody", "TOK-5", "owner != empty(address) and ", ""),
    ("permit of any token", "TOK-5", "chain.id, self))", "chain.id, empty(address)))"),
    (
        "permit of any amount",
        "TOK-5",
        "abi_encode(PERMIT_TYPE, owner, spender, amount, nonce, deadline)",
        "abi_encode(PERMIT_TYPE, owner, spender, amount - amount, nonce, deadline)",
    ),
    ("anybody mints", "TOK-6", '    assert msg.sender == vault, "NotVault"', "    pass"),
    ("burnt, and still counted", "TOK-7", "    self.totalSupply = unsafe_sub(self.totalSupply, amount)\n", ""),
)
"""Those that the share's machine must find."""
