"""The machines: each a world of contracts beside their reference, and one table of actions."""

from differential_tests.fuzzer.machine import Machine
from differential_tests.machines.oracle import actions as oracle_actions
from differential_tests.machines.oracle.machine import OracleWorld
from differential_tests.machines.protocol import actions as protocol_actions
from differential_tests.machines.protocol import blotter as protocol_blotter
from differential_tests.machines.protocol import opening as protocol_opening
from differential_tests.machines.protocol import states as protocol_states
from differential_tests.machines.protocol.world import ProtocolWorld
from differential_tests.machines.share import machine as share

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
