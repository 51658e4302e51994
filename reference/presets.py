"""The parameters under which markets are listed, those of the beta, the index and the present; the first markets."""

from dataclasses import replace
from typing import Final

from reference.math.units import WAD
from reference.state.records import Parameters

INDEX_POOL: Final = 50_000 * WAD
"""R of the index market (wei): what stands for its pool."""

CURRENT: Final = Parameters(
    max_leverage=5 * WAD,
    maintenance=10 * 10**16,
    buffer=5 * 10**16,
    taker_fee=25 * 10**14,
    maker_fee=0,
    liquidation_fee=5 * 10**16,
    max_funding_rate=75 * 10**14,
    funding_weight=0,
    open_interest_cap=5 * 10**16,
    min_pool=1_000 * WAD,
    pool=0,
    cross_class=1,
)
"""Subnets' markets, as later published."""

BETA: Final = replace(CURRENT, max_leverage=3 * WAD, maintenance=20 * 10**16, cross_class=0)
"""Subnets' markets of the beta (seed 000)."""

INDEX: Final = replace(CURRENT, min_pool=0, pool=INDEX_POOL, cross_class=2)
"""MTSOS (seed 002)."""

PRESETS: Final = {"beta": BETA, "index": INDEX, "current": CURRENT}
"""The presets, by name."""

LAUNCH_MARKETS: Final = {
    "CHUTES": 64,
    "LIUM": 51,
    "RIDGES": 62,
    "TARGON": 4,
    "VANTA": 8,
    "AFFINE": 120,
    "TEMPLAR": 3,
    "SCORE": 44,
    "IOTA": 9,
    "GRADIENTS": 56,
    "HIPPIUS": 75,
    "BITMIND": 34,
}
"""The subnets whose markets the protocol begins with, by the name of their token; MTSOS comes with them."""
