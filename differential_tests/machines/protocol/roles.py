"""Who takes part in the protocol machine, by number; and the protocol's settings there."""

from differential_tests.machines.prices import INITIALIZER, KEEPER

ADMIN = INITIALIZER
TRADERS = (2, 3, 4, 5, 6)
GUARDIAN, TREASURY, UPGRADER = 7, 8, 9
RECEIVER = 10
"""A trader that is a contract: KEEPER makes it call."""
NOBODY = 11
"""The address 0."""
ROLES = (
    "admin", "keeper", *(f"trader {number}" for number in range(len(TRADERS))), "guardian", "treasury", "upgrader",
    "receiver", "nobody",
)  # fmt: skip

DELAY = 172_800
"""Seconds that an upgrade waits."""
FIRST_CAP = 10**26
"""Caps on deposits at the start (wei)."""
MOST = 10**25
"""Most that one call brings in: what an account has is more than a scenario can use (wei)."""

__all__ = [
    "ADMIN", "DELAY", "FIRST_CAP", "GUARDIAN", "KEEPER", "MOST", "NOBODY", "RECEIVER", "ROLES", "TRADERS", "TREASURY",
    "UPGRADER",
]  # fmt: skip
