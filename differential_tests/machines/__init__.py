"""The machines: each a world of contracts beside their reference, and one table of actions."""

from differential_tests.engine.machine import Machine
from differential_tests.machines import (
    oracle_actions,
    protocol_actions,
    protocol_blotter,
    protocol_opening,
    protocol_states,
    share,
)
from differential_tests.machines.oracle import OracleWorld
from differential_tests.machines.protocol import ProtocolWorld

MACHINES = {
    machine.name: machine
    for machine in [
        Machine("oracle", OracleWorld, oracle_actions.TABLE, oracle_actions.draw_opening),
        Machine(
            "protocol",
            ProtocolWorld,
            protocol_actions.TABLE,
            protocol_opening.draw_opening,
            protocol_blotter.narrate,
            protocol_states.STATES,
        ),
        Machine("share", share.ShareWorld, share.TABLE, share.draw_opening),
    ]
}
"""The machines, by name."""
