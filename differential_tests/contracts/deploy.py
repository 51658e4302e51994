"""`megatao deploy`: the whole protocol on a network, wired, looked at, and its addresses."""

from collections.abc import Callable
from dataclasses import asdict, astuple
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from eth_utils.address import is_address, to_checksum_address

from differential_tests.chains.base import ChainUnavailableError
from differential_tests.cli.tools import json_option, make_folder, write_json
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import (
    INDEX_ORACLE,
    Deployment,
    DeploymentError,
    Settings,
    deploy,
    selectors_by_name,
)
from differential_tests.fuzzer.world import words
from reference.math.alpha import DYNAMIC
from reference.math.units import AMOUNT_BOUND, RAO, WAD
from reference.presets import CURRENT, INDEX, LAUNCH_MARKETS
from reference.state.records import INDEX_KEY, Parameters

PRECOMPILE = to_checksum_address(f"0x{0x808:040x}")
"""Where Bittensor has its Alpha precompile."""
DOUBLE = "AlphaPrecompile"
DOUBLE_PRICE, DOUBLE_POOL = WAD // 10, 50_000 * RAO
"""Price (WAD) and pool (rao) of each launch market on a network that has no precompile."""

if TYPE_CHECKING:
    from differential_tests.chains.network import Network

Say = Callable[[str], object]


class Address(click.ParamType):
    """An address, with the right checksum if it has one."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The checksummed address."""
        if not is_address(value):
            self.fail(f"{value!r} is no address", param, ctx)
        return to_checksum_address(value)


class Tao(click.ParamType):
    """TAO, as a decimal number."""

    name = "tao"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Wei."""
        try:
            wei = Decimal(value) * WAD
        except InvalidOperation:
            self.fail(f"{value!r} is no number", param, ctx)
        if not 0 <= wei < AMOUNT_BOUND or wei != int(wei):
            self.fail(f"{value} TAO is out of range", param, ctx)
        return int(wei)


ADDRESS, TAO = Address(), Tao()


@click.command("deploy")
@click.option(
    "--network",
    required=True,
    metavar="CHOICE",
    help="As ape names it, ethereum:local:foundry for one, or ethereum:mainnet:RPC-ADDRESS.",
)
@click.option("--account", required=True, metavar="ALIAS", help="Who signs, in ape; a test account by its number.")
@click.option("--admin", type=ADDRESS, help="Lists markets and sets parameters.  [default: the account]")
@click.option("--guardian", type=ADDRESS, help="Pauses.  [default: the account]")
@click.option("--treasury", type=ADDRESS, help="Fills the vault.  [default: the account]")
@click.option("--upgrader", type=ADDRESS, help="Upgrades, after the delay.  [default: the account]")
@click.option("--delay", type=click.IntRange(0, 2**32 - 1), default=172_800, show_default=True, help="Seconds.")
@click.option("--account-cap", type=TAO, default="1000", show_default=True, help="Of an account's deposits.")
@click.option("--global-cap", type=TAO, default="100000", show_default=True, help="Of all deposits.")
@click.option("--precompile", type=ADDRESS, default=PRECOMPILE, show_default=True, help="The chain's Alpha precompile.")
@click.option("--double", is_flag=True, help="Deploy a settable double of the precompile, where the chain has none.")
@click.option("--markets", is_flag=True, help="Start the index, and list MTSOS and the twelve launch markets, guarded.")
@json_option
def deploy_command(
    network: str,
    account: str,
    admin: str | None,
    guardian: str | None,
    treasury: str | None,
    upgrader: str | None,
    delay: int,
    account_cap: int,
    global_cap: int,
    precompile: str,
    double: bool,
    markets: bool,
    json_file: Path | None,
) -> None:
    """Deploy the protocol on a network, route all functions, check what is there, and print the addresses.

    Exit code 0: all is there and as it should be. 1: it is not; the addresses are those of what is there. 2: the
    network or the account can't be had.
    """
    from differential_tests.chains.network import open_network

    if json_file:
        make_folder(json_file.parent)
    try:
        with open_network(network, account) as chain:
            settings = Settings(
                admin or chain.sender,
                guardian or chain.sender,
                treasury or chain.sender,
                upgrader or chain.sender,
                delay,
                account_cap,
                global_cap,
            )
            if markets and settings.admin != chain.sender:
                raise click.UsageError("--markets needs the account to be the admin")
            contracts, failure = run(chain, settings, precompile, double, markets, partial(click.echo, err=True))
    except ChainUnavailableError as error:
        raise click.UsageError(str(error)) from error
    for name, address in contracts.items():
        click.echo(f"{name:18}{address}")
    if json_file:
        content = {"network": chain.name, "contracts": contracts, "settings": asdict(settings), "failure": failure}
        write_json(json_file, content)
    if failure:
        raise click.ClickException(failure)


def run(
    chain: "Network", settings: Settings, precompile: str, double: bool, markets: bool, say: Say
) -> tuple[dict[str, str], str]:
    """Deploy, check, and list markets if wanted: the address of each contract that is there, and what failed."""
    contracts: dict[str, str] = {}
    say(f"deploying on {chain.name} as {chain.sender}")
    try:
        if double:
            precompile = chain.deploy(chain.sender, artefact(DOUBLE).initcode)
            contracts["precompile"] = precompile
            _set_double(chain, precompile)
        deployed = deploy(chain, chain.sender, precompile, settings, contracts.__setitem__)
        contracts["precompile"] = precompile
        check(chain, deployed, settings)
        say(f"{len(deployed.routes)} functions are routed, and the code is that of this source")
        if markets:
            _list_markets(chain, deployed, say)
    except DeploymentError as error:
        return contracts, str(error)
    return contracts, ""


def check(chain: "Network", deployed: Deployment, settings: Settings) -> None:
    """Whether the chain holds what it should. Errors: DeploymentError."""
    for name, address in deployed.contracts().items():
        if not chain.code(address).startswith(artefact(name).runtime):
            raise DeploymentError(f"{name} at {address} has other code than its source")
    selector = selectors_by_name()
    for function, module in deployed.routes.items():
        found = chain.call(deployed.proxy, selector["module_of"] + function.ljust(32, b"\0"))
        if found != words(int(deployed.modules[module], 16)):
            raise DeploymentError(f"0x{function.hex()} is not routed to {module}")
    roles = (settings.admin, "0x0", settings.guardian, settings.treasury, settings.upgrader)
    if chain.call(deployed.proxy, selector["roles"]) != words(*(int(role, 16) for role in roles)):
        raise DeploymentError("the roles are not those that were asked for")
    if chain.call(deployed.proxy, selector["limits"]) != words(settings.account_cap, settings.global_cap, 0):
        raise DeploymentError("the caps are not those that were asked for")


def _set_double(chain: "Network", double: str) -> None:
    selector = artefact(DOUBLE).selectors["set_subnet(uint16,uint256,uint256,uint64)"]
    for netuid in LAUNCH_MARKETS.values():
        chain.send(double, selector + words(netuid, DOUBLE_PRICE, DYNAMIC, DOUBLE_POOL))


def _list_markets(chain: "Network", deployed: Deployment, say: Say) -> None:
    chain.send(deployed.index_oracle, artefact(INDEX_ORACLE).selectors["initEma()"])
    _list_market(chain, deployed, INDEX_KEY, INDEX)
    for name, netuid in LAUNCH_MARKETS.items():
        _list_market(chain, deployed, netuid, CURRENT)
        say(f"listed {name}, subnet {netuid}")


def _list_market(chain: "Network", deployed: Deployment, market: int, parameters: Parameters) -> None:
    arguments = words(market, True, *astuple(parameters))
    chain.send(deployed.proxy, selectors_by_name()["list_market"] + arguments)
