"""What depositors and settlements cost on anvil; an epoch's two calls by the number of markets with open interest."""

from collections.abc import Callable

from differential_tests.chains import open_chain
from differential_tests.contracts.gas import KEEPER, LEVERAGE, MAKER, MARKET, STAFF, TAO, TERMS, TRADER, Bench, Row
from reference.modules.shares import CUT_PERIOD, WINDOW_PERIOD

MANY = 8
"""Markets with open interest, where there are several."""
OTHERS = range(200, 200 + MANY - 1)


def measure_shares(on_step: Callable[[str], None]) -> list[Row]:
    """Gas of requests, claims, cut-offs and settlements. Errors: ChainUnavailableError."""
    with open_chain("anvil") as chain:
        on_step("epochs without open interest")
        bench = Bench(chain)
        first = _epoch(bench)
        empty = _epoch(bench)
        rows = [Row(operation, first[operation], empty[operation]) for operation in first]
        on_step("epochs with one market")
        _open(bench, MARKET)
        one = _epoch(bench)
        on_step(f"epochs with {MANY} markets")
        for market in OTHERS:
            bench.list_market(market)
            _open(bench, market)
        bench.send(TRADER, "requestRedeem", 10**24, bench.address(TRADER), bench.address(TRADER))
        many = _epoch(bench)
        poked = _epoch(bench, (MARKET, *OTHERS))
    for call in ("cut off", "settle"):
        rows.append(Row(f"{call}, 1 market", one[call], 0))
        rows.append(Row(f"{call}, {MANY} markets", many[call], 0))
        rows.append(Row(f"{call}, {MANY} markets poked in the block", poked[call], 0))
    return rows


def _open(bench: Bench, market: int) -> None:
    for index, is_long in ((0, True), (1, False)):
        bench.send(MAKER, "open", bench.key(MAKER, index), market, is_long, 10 * TAO, LEVERAGE, *TERMS)


def _epoch(bench: Bench, poked: tuple[int, ...] = ()) -> dict[str, int]:
    """One epoch, in which the trader deposits and a keeper redeems a part of what it was given before."""
    trader, keeper = bench.address(TRADER), bench.address(KEEPER)
    number = bench.epoch
    bench.epoch += 1
    costs = {"request deposit": bench.send(TRADER, "requestDeposit", trader, trader, value=100 * TAO)}
    bench.send(MAKER, "requestDeposit", bench.address(MAKER), bench.address(MAKER), value=TAO)
    costs["cancel request"] = bench.send(MAKER, "cancelRequest")
    bench.send(KEEPER, "requestDeposit", keeper, keeper, value=100 * TAO)
    if number:
        costs["request redeem"] = bench.send(STAFF, "requestRedeem", 10**24, bench.address(STAFF), bench.address(STAFF))
    else:
        costs["request redeem"] = 0
    bench.wait(WINDOW_PERIOD)
    costs["cut off"] = bench.send_after_pokes(KEEPER, "cut_off", poked)
    bench.wait(CUT_PERIOD)
    costs["settle"] = bench.send_after_pokes(KEEPER, "settle", poked)
    costs["claim deposit"] = bench.send(KEEPER, "claimRequest", number, trader)
    bench.send(KEEPER, "claimRequest", number, keeper)
    costs["claim redeem"] = bench.send(KEEPER, "claimRequest", number, bench.address(STAFF)) if number else 0
    return costs
