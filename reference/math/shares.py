"""The vault's shares: conversion to assets and back, and limits of a settlement."""

from typing import Final

from reference.math.units import AMOUNT_BOUND, WAD, mul_div_down, mul_div_up
from reference.math.vault import TOTAL_LIMIT

WITHDRAWAL_RESERVE: Final = 6 * 10**17
"""Part of the cash that a settlement must leave: 60% (WAD)."""
PRICE_LIMIT: Final = 5 * 10**16
"""Most that the price of a share may move between an epoch's cut-off and its settlement: 5% (WAD)."""

VIRTUAL_SHARES: Final = 10**6
"""Shares that nobody holds, so that the first depositor can't be diluted by a donation."""
VIRTUAL_ASSETS: Final = 1
"""Wei that stand beside them."""


def calculate_shares_down(assets: int, nav: int, supply: int) -> int:
    """VLT-9. Shares for assets (wei), rounded down: assets · (supply + virtual shares) / (NAV + virtual assets).

    assets: wei. nav: above or at 0, wei. supply: shares.

    pre: 0 <= assets < AMOUNT_BOUND
    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= supply < 2**136
    """
    return mul_div_down(assets, supply + VIRTUAL_SHARES, nav + VIRTUAL_ASSETS)


def calculate_assets_down(shares: int, nav: int, supply: int) -> int:
    """VLT-10. Assets (wei) for shares, rounded down: shares · (NAV + virtual assets) / (supply + virtual shares).

    shares: at most the supply. nav: above or at 0, wei. supply: shares.

    pre: 0 <= shares <= supply
    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= supply < 2**136
    """
    return mul_div_down(shares, nav + VIRTUAL_ASSETS, supply + VIRTUAL_SHARES)


def calculate_redeemable_down(cash: int, exposure: int) -> int:
    """VLT-11. Limit on the payout of one settlement (wei), rounded down.

    60% of the cash must stay, and the total exposure must be at most 80% of what stays.

    cash, exposure: wei.

    pre: 0 <= cash < AMOUNT_BOUND
    pre: 0 <= exposure < AMOUNT_BOUND
    """
    kept = max(mul_div_up(cash, WITHDRAWAL_RESERVE, WAD), mul_div_up(exposure, WAD, TOTAL_LIMIT))
    return cash - kept if cash > kept else 0


def calculate_pro_rata_down(amount: int, granted: int, requested: int) -> int:
    """VLT-12. The pro-rata part of the granted sum that one request gets: granted · amount / requested, rounded down.

    amount: of the request; requested: of all requests, above 0, in the same unit. granted: shares or wei.

    pre: 0 <= amount < AMOUNT_BOUND
    pre: 0 <= granted < AMOUNT_BOUND
    pre: 0 < requested < AMOUNT_BOUND
    """
    return mul_div_down(amount, granted, requested)


def is_price_held(nav: int, nav_before: int) -> bool:
    """VLT-35. Whether the price of a share is within PRICE_LIMIT of what it was, while the supply is the same; exact.

    nav, nav_before: wei.

    pre: 0 <= nav < AMOUNT_BOUND
    pre: 0 <= nav_before < AMOUNT_BOUND
    """
    distance = nav - nav_before if nav >= nav_before else nav_before - nav
    return distance * WAD <= (nav_before + VIRTUAL_ASSETS) * PRICE_LIMIT
