"""Opens a position of MegaTAO and closes it, through ape.

On a chain where `megatao deploy --json deployment.json` has deployed the protocol:

    ape run trade --network ethereum:bittensor:http://127.0.0.1:8545 --deployment deployment.json

Without a deployment, on ape's own chain, the script deploys the protocol first:

    ape run trade --network ethereum:local:test
"""

import time
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

import ape
import click
from ape.api import ReceiptAPI, TestProviderAPI
from ape.cli import ConnectedProviderCommand
from ape.exceptions import ProviderError

from differential_tests.chains.network import Network, find_account
from differential_tests.contracts.deploy import deploy_protocol
from differential_tests.contracts.deployment import Settings
from differential_tests.contracts.instances import account_key, load_contracts
from differential_tests.contracts.record import Record, RecordError, read_record
from reference.math.hidden import HOLD
from reference.state.records import Terms

TAO = 10**18
RAO = 10**9
"""Wei. What crosses the protocol's border is a whole number of rao."""
WAD = 10**18
"""1, of a leverage or a ratio."""
TERMS = asdict(Terms(max_slippage=WAD // 100))
"""What the trader allows: 1% of slippage, no limit price, no deadline."""


@click.command(cls=ConnectedProviderCommand)
@click.option("--deployment", type=click.Path(path_type=Path, exists=True), help="Of `megatao deploy`.")
@click.option("--account", default="1", show_default=True, help="The trader, in ape; a test account by its number.")
@click.option("--treasury", default="0", show_default=True, help="Who fills the vault, if it is empty.")
@click.option("--index", default=0, show_default=True, help="Of the trader's account in the protocol.")
@click.option("--market", default="CHUTES", show_default=True)
@click.option("--margin", default=1, show_default=True, help="TAO.")
@click.option("--leverage", default=2, show_default=True)
def cli(
    deployment: Path | None, account: str, treasury: str, index: int, market: str, margin: int, leverage: int
) -> None:
    """Open a position, look at it, close it, and take the money out."""
    try:
        record = read_record(deployment) if deployment else deploy_here(treasury)
    except RecordError as error:
        raise click.ClickException(str(error)) from error
    protocol = load_contracts(record)["MegaTAO"]
    trader = find_account(account)
    key = account_key(trader, index)
    subnet = next(each.market for each in record.markets if each.name == market)

    if protocol.vault().cash == 0:
        protocol.seed(sender=find_account(treasury), value=1_000 * TAO)
    protocol.deposit(key, sender=trader, value=2 * margin * TAO)

    wait_for_a_reading(protocol, subnet)
    show(protocol.open(key, subnet, True, margin * TAO, leverage * WAD, TERMS, sender=trader))
    position = protocol.position(key, subnet)
    click.echo(f"{position.size / WAD:,.4f} alpha of {market}, worth {position.equity / TAO:,.4f} TAO after costs")

    # nodes estimate gas in the latest block, which is that of the open: there the close would be refused (SameBlock)
    show(protocol.close(key, subnet, TERMS, sender=trader, gas=1_000_000))
    cash = protocol.account(key).cash // RAO * RAO
    protocol.withdraw(key, cash, sender=trader)
    click.echo(f"{cash / TAO:,.6f} TAO are out again, of {2 * margin} TAO that went in")


def wait_for_a_reading(protocol: Any, subnet: str) -> None:
    """Let a minute pass after a listing: a test node's clock is moved, any other chain's is waited for."""
    missing = protocol.market(subnet).read_at + HOLD - ape.chain.blocks.head.timestamp
    if missing <= 0:
        return

    provider = ape.networks.provider
    if isinstance(provider, TestProviderAPI):
        ape.chain.mine(timestamp=ape.chain.blocks.head.timestamp + missing)
        return
    try:
        provider.make_request("evm_increaseTime", [missing])
        provider.make_request("evm_mine", [])
    except ProviderError:
        time.sleep(missing)


def deploy_here(account: str) -> Record:
    """The protocol with a double of the precompile and the launch markets, all roles with one account."""
    chain = Network(ape.networks.provider, find_account(account))
    settings = Settings(chain.sender, chain.sender, chain.sender, chain.sender, 172_800, 1_000 * TAO, 100_000 * TAO)
    record = deploy_protocol(chain, settings, precompile="", markets=True)
    if record.failure:
        raise click.ClickException(record.failure)
    return record


def show(receipt: ReceiptAPI) -> None:
    """The events of a transaction, and its trace where the chain tells one, without the copies of memory in it."""
    for event in receipt.events:
        fields = ", ".join(f"{name}={value}" for name, value in event.event_arguments.items())
        click.echo(f"{event.event_name}: {fields}")
    if ape.networks.provider.network.name != "local":
        told = StringIO()
        receipt.show_trace(file=told)
        click.echo("".join(line for line in told.getvalue().splitlines(keepends=True) if not line.endswith(" 4.()\n")))
