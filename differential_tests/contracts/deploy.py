"""`megatao deploy`: the whole protocol on a network, wired, compared with what was asked for, and recorded."""

from dataclasses import asdict, astuple
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from eth_utils.address import is_address, to_checksum_address

from differential_tests.chains.base import ChainUnavailableError
from differential_tests.cli.tools import FILE, network_option, prepare, replace_json
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import (
    DOUBLE,
    INDEX_ORACLE,
    PRICE_ORACLE,
    Deployment,
    DeploymentError,
    Settings,
    deploy,
    selectors_by_name,
)
from differential_tests.contracts.record import ListedMarket, Record, add_contract, complete, describe_sources
from differential_tests.contracts.verify import compare, count_fields, read_oracle
from differential_tests.fuzzer.world import words
from reference.math.alpha import DYNAMIC
from reference.math.units import AMOUNT_BOUND, RAO, WAD
from reference.presets import CURRENT, INDEX, LAUNCH_MARKETS
from reference.state.records import INDEX_KEY, Parameters

PRECOMPILE = to_checksum_address(f"0x{0x808:040x}")
"""Where Bittensor has its Alpha precompile."""
DOUBLE_PRICE, DOUBLE_POOL = WAD // 10, 50_000 * RAO
"""Price (WAD) and pool (rao) of each launch market on a network that has no precompile."""

if TYPE_CHECKING:
    from differential_tests.chains.network import Network


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
@network_option
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
@click.option("--json", "file", type=FILE, metavar="FILE", help="Write a record for `megatao verify`: a new file.")
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
    file: Path | None,
) -> None:
    """Deploy the protocol on a network, route all functions, hold the chain against what was asked for, and print the
    addresses.

    Exit code 0: all is there and as it should be. 1: it is not; the addresses are those of what is there. 2: the
    network or the account can't be had, and nothing is deployed.
    """
    from differential_tests.chains.network import open_network

    if file:
        if file.exists():
            raise click.UsageError(f"{file} is there already: a record is not overwritten")
        prepare(file)
    try:
        with open_network(network, account) as chain:
            if not (file or chain.is_local):
                raise click.UsageError(f"a deployment on {chain.name} is recorded: --json FILE")
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
            if not (double or chain.code(precompile)):
                raise click.UsageError(
                    f"{chain.name} has no code at {precompile}, where its precompile should be: --double deploys one"
                )
            record = deploy_protocol(chain, settings, "" if double else precompile, markets, file)
    except ChainUnavailableError as error:
        raise click.UsageError(str(error)) from error
    for name, contract in record.contracts.items():
        click.echo(f"{name:18}{contract.address}")
    if record.is_double:
        click.echo(f"{'precompile':18}{record.precompile}")
    if record.failure:
        raise click.ClickException(record.failure)


def deploy_protocol(
    chain: "Network", settings: Settings, precompile: str, markets: bool, file: Path | None = None
) -> Record:
    """Deploy, list the launch markets if wanted, and compare; the record, also written to a file after each step.

    precompile: its address, or "" for a double of it. What fails is in the record.
    """
    record = Record(chain.name, chain.chain_id, chain.sender, precompile, not precompile, settings, describe_sources())
    _Deploying(chain, record, file).run(markets)
    return record


class _Deploying:
    """A deployment on its way."""

    def __init__(self, chain: "Network", record: Record, file: Path | None) -> None:
        self._chain, self._record, self._file = chain, record, file

    def run(self, markets: bool) -> None:
        """All of it; what fails is in the record."""
        chain, record = self._chain, self._record
        self._say(f"deploying on {chain.name}, chain {chain.chain_id}, as {chain.sender}")
        try:
            if record.is_double:
                self._deploy_double()
            deployed = deploy(chain, chain.sender, record.precompile, record.settings, self._add)
            complete(record, deployed)
            if markets:
                self._list_markets(deployed)
            differences = [str(difference) for difference in compare(chain, record)]
            record.failure = "; ".join(differences)
        except (DeploymentError, ChainUnavailableError) as error:
            record.failure = str(error)
        self._write()
        if not record.failure:
            self._say(f"the chain is as it should be: {count_fields(record)}")

    def _say(self, text: str) -> None:
        click.echo(text, err=True)

    def _write(self) -> None:
        if self._file:
            self._record.transactions = [str(receipt.txn_hash) for receipt in self._chain.sent]
            replace_json(self._file, self._record.to_json())

    def _add(self, name: str, address: str) -> None:
        receipt = self._chain.sent[-1]
        add_contract(self._record, name, address, str(receipt.txn_hash), receipt.block_number)
        self._write()
        self._say(f"{name} is at {address}")
        if name == PRICE_ORACLE:  # it is asked before anything is bound to it
            for difference in read_oracle(self._chain, self._record):
                raise DeploymentError(str(difference))

    def _deploy_double(self) -> None:
        chain = self._chain
        self._record.precompile = chain.deploy(chain.sender, artefact(DOUBLE).initcode)
        selector = artefact(DOUBLE).selectors["set_subnet(uint16,uint256,uint256,uint64)"]
        for netuid in LAUNCH_MARKETS.values():
            chain.send(self._record.precompile, selector + words(netuid, DOUBLE_PRICE, DYNAMIC, DOUBLE_POOL))

    def _list_markets(self, deployed: Deployment) -> None:
        self._chain.send(deployed.index_oracle, artefact(INDEX_ORACLE).selectors["initEma()"])
        self._list_market(deployed, "MTSOS", INDEX_KEY, INDEX)
        for name, netuid in LAUNCH_MARKETS.items():
            self._list_market(deployed, name, netuid, CURRENT)

    def _list_market(self, deployed: Deployment, name: str, market: int, parameters: Parameters) -> None:
        arguments = words(market, True, *astuple(parameters))
        self._chain.send(deployed.proxy, selectors_by_name()["list_market"] + arguments)
        listed = ListedMarket(name, to_checksum_address(f"0x{market:040x}"), True, asdict(parameters))
        self._record.markets.append(listed)
        self._write()
        self._say(f"listed {name}")
