"""What the protocol machine can do, and how often."""

from differential_tests.fuzzer.actions import ActionTable
from differential_tests.machines.protocol import entries, environment
from differential_tests.machines.protocol.entries import ENTRIES
from differential_tests.machines.protocol.entry import Entry

TABLE = ActionTable(
    [
        row.to_action() if isinstance(row, Entry) else row
        for row in (
            *entries.TRADES,
            *environment.PUSHES,
            *entries.CUSTODY,
            *environment.GIFTS,
            *entries.MARKETS_LISTED,
            *environment.DRIFTS,
            *entries.MARKETS_ENDED,
            *entries.ADMINISTRATION,
            *environment.SURROUNDINGS,
            *entries.REQUESTS,
            *environment.FOR_OWNERS,
            *entries.EPOCHS,
            *environment.SHARES,
            *environment.CROWDS,
        )
    ],
    [*environment.VALUES, *(value for entry in ENTRIES for value in entry.values)],
)
"""All rows of both tables, in the order of the urn: the same seed draws the same steps as long as it stays."""
