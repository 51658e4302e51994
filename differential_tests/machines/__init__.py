"""The machines: each a world of contracts beside their reference, and one table of actions."""

from differential_tests.engine.machine import Machine
from differential_tests.machines import oracle_actions
from differential_tests.machines.oracle import OracleWorld

MACHINES = {
    machine.name: machine
    for machine in [Machine("oracle", OracleWorld, oracle_actions.TABLE, oracle_actions.draw_opening)]
}
"""The machines, by name."""
