"""One scripted scenario of the protocol: every entry point and every failure, each with the outcome it must have.

A chapter a subject. Whatever a chapter leaves behind, the next one begins with.
"""

from differential_tests.engine.actions import Step
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol_core import (
    ADMIN,
    DELAY,
    FIRST_CAP,
    GUARDIAN,
    NOBODY,
    RECEIVER,
    REENTERS,
    REJECTS,
    TAKES,
    TRADERS,
    TREASURY,
    UPGRADER,
)
from differential_tests.machines.protocol_opening import list_step
from differential_tests.machines.protocol_views import VIEWS
from reference.alpha import DYNAMIC
from reference.alpha_precompile import Mode, Question
from reference.funding import MAX_FUNDING_ELAPSED
from reference.markets import DEAD_PERIOD
from reference.protocol import GENERATION, INDEX_KEY, MAX_POSITIONS
from reference.units import AMOUNT_BOUND, RAO, WAD

Line = tuple[Step, str | None]
"""A step and the outcome that it must have; None for one of several calls, whose outcomes are those of the chapter."""

GUARDED, PUBLISHED, RUSH, LATE = 4, 34, 64, 65_535
"""Markets, by what they are for: the one of most trades; the one without a guard; the one of claims; the last."""
TRADER, MAKER, WHALE, NEWCOMER = TRADERS[:4]
PRICE = 5 * 10**17
POOL_RAO = 50_000 * RAO
DONE = "success"
DAY = 86_400


def line(outcome: str | None, action: str, **arguments: object) -> Line:
    """A step that must end so."""
    return Step(action, arguments), outcome


def subnet(netuid: int, price: int = PRICE, mechanism: int = DYNAMIC, pool_rao: int = POOL_RAO) -> Line:
    """A subnet appears or changes."""
    return line(DONE, "set_subnet", netuid=netuid, price=price, mechanism=mechanism, pool_rao=pool_rao)


def mode(question: Question, value: Mode) -> Line:
    """A view of the precompile fails, or works again."""
    return line(DONE, "set_mode", question=question.value, mode=int(value))


def wait(seconds: int = 12, blocks: int = 1) -> Line:
    """Time passes."""
    return line(None, "advance", blocks=blocks, seconds=seconds)


def listing(
    outcome: str, market: int, field: str = "", amount: int = 0, sender: int = ADMIN, is_guarded: bool = True
) -> Line:
    """A market is listed under the present preset, or the index's, with one field changed."""
    step = list_step(market, is_guarded, "index" if market % GENERATION == INDEX_KEY else "current")
    return Step(step.action, {**step.arguments, "sender": sender, "field": field, "amount": amount}), outcome


def deposit(outcome: str, owner: int, value: int, sender: int = KEEPER, index: int = 0) -> Line:
    """Somebody pays into an account."""
    return line(outcome, "deposit", sender=sender, owner=owner, index=index, value=value)


def opening(
    outcome: str,
    owner: int,
    margin: int,
    market: int = GUARDED,
    is_long: bool = True,
    leverage: int = 2 * WAD,
    max_slippage: int = WAD,
    sender: int | None = None,
) -> Line:
    """A trader opens."""
    return line(
        outcome,
        "open",
        sender=owner if sender is None else sender,
        owner=owner,
        index=0,
        market=market,
        is_long=is_long,
        margin=margin,
        leverage=leverage,
        max_slippage=max_slippage,
    )


def on_position(outcome: str, action: str, owner: int, market: int = GUARDED, **arguments: object) -> Line:
    """The owner, or who is named, does something with a position."""
    named = {"sender": owner, "owner": owner, "index": 0, "market": market, **arguments}
    return line(outcome, action, **named)


def closing(outcome: str, owner: int, market: int = GUARDED, max_slippage: int = 10 * WAD) -> Line:
    """A trader closes."""
    return on_position(outcome, "close", owner, market, max_slippage=max_slippage)


def poke(outcome: str, market: int) -> Line:
    """The keeper touches a market."""
    return line(outcome, "poke", sender=KEEPER, market=market)


def view(outcome: str, function: str, market: int = GUARDED, owner: int = TRADER, number: int = 0) -> Line:
    """A view is read; of a trade, what a whole alpha or a TAO without leverage would do."""
    asked = {"owner": owner, "index": 0, "market": market, "is_long": True, "amount": WAD, "leverage": WAD}
    return line(outcome, "view", function=function, number=number, **asked)


def views(market: int, owner: int = TRADER) -> list[Line]:
    """Every view, of a position that is there."""
    return [view(DONE, name, market, owner) for name in VIEWS if name != "claim"]


def request_views(owner: int, number: int) -> list[Line]:
    """What is pending and claimable of a request."""
    return [view(DONE, name, owner=owner, number=number) for name in VIEWS if name.endswith("Request")]


PRICES = [
    poke("MarketUnknown", GUARDED),
    line("NotInitialized", "update_index"),
    subnet(GUARDED),
    subnet(PUBLISHED),
    subnet(RUSH),
    listing("NotInitialized", INDEX_KEY, is_guarded=False),
    line("NotInitializer", "init_ema", account=TRADER),
    line(DONE, "init_ema", account=ADMIN),
    line("AlreadyInitialized", "init_ema", account=ADMIN),
]

LISTING = [
    listing("NotAdmin", GUARDED, sender=KEEPER),
    listing("MarketUnknown", INDEX_KEY + 1),
    listing("GenerationWrong", GENERATION + GUARDED),
    listing("LeverageOutOfRange", GUARDED, "max_leverage", 0),
    listing("LeverageOutOfRange", GUARDED, "max_leverage", 51 * WAD),
    listing("MaintenanceOutOfRange", GUARDED, "maintenance", 0),
    listing("BufferOutOfRange", GUARDED, "buffer", WAD),
    listing("FeeOutOfRange", GUARDED, "taker_fee", WAD),
    listing("FeeOutOfRange", GUARDED, "maker_fee", WAD),
    listing("LiquidationFeeOutOfRange", GUARDED, "liquidation_fee", WAD),
    listing("FundingOutOfRange", GUARDED, "max_funding_rate", WAD),
    listing("ParametersUnsafe", GUARDED, "max_leverage", 50 * WAD),
    listing("WeightOutOfRange", GUARDED, "funding_weight", WAD + RAO),
    listing("OpenInterestCapOutOfRange", GUARDED, "open_interest_cap", WAD + RAO),
    listing("PoolOutOfRange", GUARDED, "pool", 2**96),
    listing("ParameterTooFine", GUARDED, "taker_fee", 1),
    mode(Question.PRICE, Mode.WIDE),
    listing("ScaleWrong", GUARDED),
    mode(Question.PRICE, Mode.DISABLED),
    listing("OracleFailed", GUARDED),
    mode(Question.PRICE, Mode.SHORT),
    listing("OracleMalformed", GUARDED),
    mode(Question.PRICE, Mode.NORMAL),
    subnet(LATE, 0),
    listing("PriceZero", LATE),
    mode(Question.SUM, Mode.WIDE),
    line("PriceTooHigh", "update_index"),
    mode(Question.SUM, Mode.NORMAL),
    subnet(LATE, mechanism=0),
    listing("NotDynamic", LATE),
    subnet(LATE, pool_rao=RAO),
    listing("PoolTooShallow", LATE),
    listing(DONE, GUARDED),
    listing("MarketListed", GUARDED),
    listing(DONE, PUBLISHED, is_guarded=False),
    listing(DONE, RUSH, is_guarded=False),
    listing(DONE, INDEX_KEY),
    line("NotAdmin", "set_parameter", sender=KEEPER, market=GUARDED, field="buffer", amount=0),
    line(DONE, "set_parameter", sender=ADMIN, market=GUARDED, field="buffer", amount=6 * 10**16),
    line("MaintenanceRiseTooFast", "set_parameter", sender=ADMIN, market=GUARDED, field="buffer", amount=7 * 10**16),
    wait(DAY),
    line("MaintenanceRiseTooLarge", "set_parameter", sender=ADMIN, market=GUARDED, field="buffer", amount=9 * 10**16),
    line(DONE, "set_parameter", sender=ADMIN, market=GUARDED, field="buffer", amount=5 * 10**16),
    line("NotTreasury", "seed", sender=KEEPER, value=WAD),
    line(DONE, "seed", sender=TREASURY, value=1_000 * WAD),
]

ACCOUNTS = [
    deposit("AmountZero", TRADER, 0),
    deposit("NotWholeRao", TRADER, WAD + 1),
    deposit("AccountUnknown", NOBODY, WAD),
    *[deposit(DONE, owner, 5_000 * WAD) for owner in (TRADER, MAKER, WHALE, RECEIVER)],
    line("NotAdmin", "set_limits", sender=KEEPER, account_cap=0, global_cap=0, keepers_only=False),
    line("CapOutOfRange", "set_limits", sender=ADMIN, account_cap=AMOUNT_BOUND, global_cap=0, keepers_only=False),
    line(DONE, "set_limits", sender=ADMIN, account_cap=5_000 * WAD, global_cap=20_000 * WAD, keepers_only=False),
    deposit("AccountCapReached", TRADER, WAD),
    deposit("GlobalCapReached", NEWCOMER, WAD),
    line(DONE, "set_limits", sender=ADMIN, account_cap=FIRST_CAP, global_cap=FIRST_CAP, keepers_only=False),
    line("NotOwner", "withdraw", sender=KEEPER, owner=TRADER, index=0, amount=WAD),
    line("AmountTooLarge", "withdraw", sender=TRADER, owner=TRADER, index=0, amount=2**113 * RAO),
    line("CashTooLow", "withdraw", sender=TRADER, owner=TRADER, index=0, amount=5_001 * WAD),
    line(DONE, "withdraw", sender=TRADER, owner=TRADER, index=0, amount=WAD),
    line(DONE, "program_receiver", mode=REJECTS, function="poke"),
    line("TransferFailed", "withdraw", sender=RECEIVER, owner=RECEIVER, index=0, amount=WAD),
    line(DONE, "program_receiver", mode=REENTERS, function="withdraw"),
    line(DONE, "withdraw", sender=RECEIVER, owner=RECEIVER, index=0, amount=WAD),
    line(DONE, "program_receiver", mode=TAKES, function="poke"),
    line("NothingToSkim", "skim", sender=KEEPER),
    line(DONE, "force_tao", value=WAD),
    line(DONE, "skim", sender=KEEPER),
    line(DONE, "donate", sender=KEEPER, to_insurance=True, value=WAD),
]

TRADES = [
    opening("NotOwner", TRADER, WAD, sender=KEEPER),
    opening("MarketUnknown", TRADER, WAD, market=7),
    on_position("PositionUnknown", "increase", TRADER, margin=WAD, leverage=WAD, max_slippage=WAD),
    opening("LeverageOutOfRange", TRADER, WAD, leverage=51 * WAD),
    opening("NotionalTooSmall", TRADER, 10**13),
    opening("AmountTooLarge", TRADER, AMOUNT_BOUND),
    opening("SlippageTooHigh", TRADER, 100 * WAD, max_slippage=0),
    opening("ImpactTooHigh", TRADER, 4_000 * WAD, leverage=5 * WAD),
    opening("OpenInterestTooHigh", TRADER, 1_000 * WAD, leverage=3 * WAD),
    opening("CashTooLow", NEWCOMER, WAD),
    opening(DONE, TRADER, 10 * WAD),
    opening("PositionExists", TRADER, 10 * WAD),
    closing("SameBlock", TRADER),
    wait(),
    *views(GUARDED),
    on_position(DONE, "increase", TRADER, margin=10 * WAD, leverage=3 * WAD, max_slippage=WAD),
    on_position("LeverageTooHigh", "remove_margin", TRADER, amount=19 * WAD),
    on_position("AmountZero", "remove_margin", TRADER, amount=0),
    on_position(DONE, "remove_margin", TRADER, amount=WAD),
    on_position("AmountZero", "add_margin", TRADER, amount=0),
    on_position("CashTooLow", "add_margin", TRADER, amount=5_000 * WAD),
    on_position(DONE, "add_margin", TRADER, amount=WAD),
    wait(),
    on_position("SizeZero", "decrease", TRADER, size=0, max_slippage=WAD),
    on_position("SizeTooLarge", "decrease", TRADER, size=1_000 * WAD, max_slippage=WAD),
    on_position(DONE, "decrease", TRADER, size=10 * WAD, max_slippage=WAD),
    on_position("NotLiquidatable", "liquidate", TRADER, sender=KEEPER),
    opening(DONE, MAKER, 20 * WAD, is_long=False),
    view(DONE, "position", owner=MAKER),
    view("PositionExists", "quote_open", owner=MAKER),
    opening(DONE, WHALE, 20 * WAD, market=INDEX_KEY),
    wait(1_000, 80),
    line("NotGuardian", "set_pause", sender=ADMIN, is_paused=True),
    line(DONE, "set_pause", sender=GUARDIAN, is_paused=True),
    closing("Paused", TRADER),
    line(DONE, "set_pause", sender=GUARDIAN, is_paused=False),
    closing(DONE, TRADER),
    closing(DONE, MAKER),
    closing(DONE, WHALE, market=INDEX_KEY),
    # what of it is GasLow depends on what each chain charges for the call itself
    *[line(None, "poke_with_gas", market=GUARDED, gas=gas) for gas in range(50_000, 130_000, 10_000)],
    line(None, "crowd", owner=RECEIVER, count=MAX_POSITIONS + 1),
    wait(),
]

LIMITS = [
    subnet(LATE),
    listing(DONE, LATE, "open_interest_cap", WAD),
    opening("MarginRatioTooLow", WHALE, 1_500 * WAD, market=LATE, leverage=5 * WAD),
    subnet(GUARDED, 2 * PRICE),
    wait(),
    opening("PriceOutOfBand", WHALE, WAD),
    subnet(GUARDED),
    line(DONE, "donate", sender=KEEPER, to_insurance=False, value=WAD),
    opening("MarketLimitReached", TRADER, 300 * WAD, market=PUBLISHED),
    opening(DONE, TRADER, 100 * WAD, market=PUBLISHED),
    opening(DONE, MAKER, 240 * WAD, market=RUSH),
    opening("TotalLimitReached", WHALE, 100 * WAD, market=INDEX_KEY),
    wait(),
    closing(DONE, MAKER, market=RUSH),
    line(DONE, "set_prices", netuids=[PUBLISHED], prices=[PRICE * 17 // 10], other_sum=0),
    poke(DONE, PUBLISHED),
    opening("UtilizationTooHigh", WHALE, 237 * WAD, market=RUSH),
    opening(DONE, WHALE, 205 * WAD, market=RUSH),
    subnet(PUBLISHED, 2 * PRICE),
    poke(DONE, PUBLISHED),
    opening("BreakerTripped", MAKER, WAD, market=INDEX_KEY),
    subnet(PUBLISHED),
    wait(),
    closing(DONE, TRADER, market=PUBLISHED),
    closing(DONE, WHALE, market=RUSH),
]

LIQUIDATIONS = [
    opening(DONE, TRADER, 40 * WAD, market=PUBLISHED, leverage=5 * WAD),
    wait(),
    subnet(PUBLISHED, PRICE * 92 // 100),
    line(DONE, "set_limits", sender=ADMIN, account_cap=FIRST_CAP, global_cap=FIRST_CAP, keepers_only=True),
    on_position("NotKeeper", "liquidate", TRADER, PUBLISHED, sender=WHALE),
    line("NotAdmin", "set_keeper", sender=KEEPER, to=KEEPER, is_allowed=True),
    line(DONE, "set_keeper", sender=ADMIN, to=KEEPER, is_allowed=True),
    on_position(DONE, "liquidate", TRADER, PUBLISHED),
    subnet(PUBLISHED, PRICE * 84 // 100),
    closing("BelowMaintenance", TRADER, market=PUBLISHED),
    on_position(DONE, "liquidate", TRADER, PUBLISHED, sender=KEEPER),
    subnet(PUBLISHED),
    line(DONE, "set_limits", sender=ADMIN, account_cap=FIRST_CAP, global_cap=FIRST_CAP, keepers_only=False),
]

CLAIMS = [
    line("ClaimUnknown", "collect_claim", sender=KEEPER, number=1),
    opening(DONE, TRADER, 100 * WAD, market=RUSH),
    opening(DONE, MAKER, 100 * WAD, market=RUSH),
    wait(),
    subnet(RUSH, 8 * PRICE),
    line("VaultInsolvent", "cut_off", sender=KEEPER),
    closing(DONE, TRADER, market=RUSH),
    view(DONE, "performance"),
    on_position("VaultShort", "decrease", MAKER, RUSH, size=10 * WAD, max_slippage=10 * WAD),
    line("ClaimUnfed", "collect_claim", sender=KEEPER, number=1),
    line("ClaimsUnfed", "cut_off", sender=KEEPER),
    line(DONE, "donate", sender=KEEPER, to_insurance=True, value=WAD),
    view(DONE, "claim", number=1),
    line(DONE, "collect_claim", sender=KEEPER, number=1),
    view(DONE, "nav"),
    view(DONE, "vault"),
    line(DONE, "donate", sender=KEEPER, to_insurance=False, value=600 * WAD),
    line(DONE, "collect_claim", sender=KEEPER, number=1),
    subnet(RUSH, PRICE // 5),
    on_position(DONE, "liquidate", MAKER, RUSH, sender=KEEPER),
    opening("AutoPaused", WHALE, WAD, market=RUSH),
    line("NotAdmin", "clear_bad_debt", sender=KEEPER),
    line(DONE, "clear_bad_debt", sender=ADMIN),
    line(DONE, "seed", sender=TREASURY, value=1_000 * WAD),
    subnet(RUSH),
    wait(),
]

ENDS = [
    opening(DONE, WHALE, 10 * WAD, market=LATE),
    opening(DONE, WHALE, 10 * WAD, market=PUBLISHED, is_long=False),
    line("FeedAlive", "wind_down", sender=KEEPER, market=LATE),
    on_position("NotWoundDown", "close_wound_down", WHALE, LATE, sender=KEEPER),
    subnet(LATE, mechanism=0),
    poke(DONE, LATE),
    wait(DEAD_PERIOD),
    line(DONE, "wind_down", sender=KEEPER, market=LATE),
    view(DONE, "market_now", LATE),
    opening("MarketClosed", TRADER, WAD, market=LATE),
    closing("MarketWoundDown", WHALE, market=LATE),
    view("MarketWoundDown", "quote_decrease", LATE, WHALE),
    on_position(DONE, "close_wound_down", WHALE, LATE, sender=KEEPER),
    subnet(LATE),
    listing(DONE, GENERATION + LATE),
    opening(DONE, WHALE, 10 * WAD, market=GENERATION + LATE),
    line("NotAdmin", "delist", sender=KEEPER, market=PUBLISHED),
    line(DONE, "delist", sender=ADMIN, market=PUBLISHED),
    opening("MarketClosed", TRADER, WAD, market=PUBLISHED),
    line(None, "drift", market=PUBLISHED, price=PRICE, rounds=2, seconds=MAX_FUNDING_ELAPSED),
    line(DONE, "wind_down", sender=KEEPER, market=PUBLISHED),
    on_position(DONE, "close_wound_down", WHALE, PUBLISHED, sender=KEEPER),
    line(None, "push", sender=WHALE, owner=WHALE, index=0, market=GUARDED, price=2 * PRICE, what="open", amount=WAD),
    closing(DONE, WHALE, market=GENERATION + LATE),
]

ADMINISTRATION = [
    line("NotAdmin", "offer_admin", sender=KEEPER, to=MAKER),
    line(DONE, "offer_admin", sender=ADMIN, to=MAKER),
    line("NotPendingAdmin", "take_admin", sender=KEEPER),
    line(DONE, "take_admin", sender=MAKER),
    line("NotAdmin", "set_guardian", sender=ADMIN, to=TRADER),
    line(DONE, "set_guardian", sender=MAKER, to=TRADER),
    line("NotAdmin", "set_treasury", sender=ADMIN, to=TRADER),
    line(DONE, "set_treasury", sender=MAKER, to=TRADER),
    line("ModuleEmpty", "schedule_wrongly", how="empty"),
    line("SelectorReserved", "schedule_wrongly", how="reserved"),
    line(DONE, "schedule_wrongly", how="nothing"),
    line(None, "upgrade", module="OpenModule", sender=KEEPER, seconds=DELAY, canceller=NOBODY),
    line(None, "upgrade", module="OpenModule", sender=UPGRADER, seconds=DELAY - 1, canceller=KEEPER),
    line(None, "upgrade", module="MarketModule", sender=UPGRADER, seconds=DELAY, canceller=TRADER),
    line(None, "upgrade", module="CustodyModule", sender=UPGRADER, seconds=DELAY, canceller=NOBODY),
    line("empty revert", "misuse", sender=KEEPER, function="poke", how="value"),
    line("empty revert", "misuse", sender=KEEPER, function="poke", how="short"),
    line("SelectorUnknown", "misuse", sender=KEEPER, function="poke", how="unknown"),
    line("SelectorUnknown", "misuse", sender=KEEPER, function="poke", how="empty"),
    line("NotDelegated", "misuse", sender=KEEPER, function="deposit", how="direct"),
    line("NotDelegated", "misuse", sender=KEEPER, function="requestDeposit", how="direct"),
    line(DONE, "withdraw", sender=TRADER, owner=TRADER, index=0, amount=WAD),
]

SHARES = [
    line("ControllerInvalid", "request_deposit", sender=TRADER, controller=NOBODY, value=WAD),
    line("ControllerInvalid", "request_for_contract", sender=TRADER, contract="VaultShare"),
    line("NotOwner", "request_for_owner", sender=TRADER, owner=WHALE, function="requestDeposit"),
    line("NotOwner", "request_for_owner", sender=TRADER, owner=WHALE, function="requestRedeem"),
    line("RequestUnknown", "cancel_request", sender=WHALE),
    line(DONE, "request_deposit", sender=WHALE, controller=WHALE, value=500 * WAD),
    line(DONE, "request_deposit", sender=NEWCOMER, controller=NEWCOMER, value=RAO),
    line(DONE, "cancel_request", sender=NEWCOMER),
    line("EpochNotCut", "settle", sender=KEEPER),
    line(DONE, "cut_off", sender=KEEPER),
    line("WindowClosed", "cut_off", sender=KEEPER),
    line("WindowClosed", "cancel_request", sender=WHALE),
    line("SettlementTooEarly", "settle", sender=KEEPER),
    line("EpochUnsettled", "claim_request", sender=KEEPER, number=0, controller=WHALE),
    *request_views(WHALE, 0),
    wait(3_600),
    line(DONE, "set_treasury", sender=MAKER, to=NOBODY),
    line("TreasuryUnknown", "settle", sender=KEEPER),
    line(DONE, "set_treasury", sender=MAKER, to=TREASURY),
    line(DONE, "settle", sender=KEEPER),
    *request_views(WHALE, 0),
    line(DONE, "claim_request", sender=KEEPER, number=0, controller=WHALE),
    line("RequestUnknown", "claim_request", sender=KEEPER, number=0, controller=WHALE),
    line("ReceiverInvalid", "transfer_shares", sender=WHALE, to=NOBODY, amount=1),
    line("BalanceTooLow", "transfer_shares", sender=NEWCOMER, to=WHALE, amount=1),
    line(DONE, "transfer_shares", sender=WHALE, to=NEWCOMER, amount=10**24),
    line("WindowTooShort", "cut_off", sender=KEEPER),
    line(DONE, "request_redeem", sender=TREASURY, controller=TREASURY, amount=10**27),
    line(DONE, "request_redeem", sender=WHALE, controller=NEWCOMER, amount=10**26),
    *request_views(NEWCOMER, 1),
    wait(DAY),
    line(DONE, "cut_off", sender=KEEPER),
    wait(3_600),
    line(DONE, "donate", sender=KEEPER, to_insurance=False, value=200 * WAD),
    line("SharePriceMoved", "settle", sender=KEEPER),
    wait(DAY),
    line("EpochNotCut", "settle", sender=KEEPER),
    line(None, "turn", sender=KEEPER, open_seconds=DAY, cut_seconds=3_600, percent=100, poked=5),
    view(DONE, "epoch", number=1),
    view(DONE, "request", owner=NEWCOMER, number=1),
    *request_views(NEWCOMER, 1),
    line(DONE, "claim_request", sender=KEEPER, number=1, controller=NEWCOMER),
]

CHAPTERS = {
    "prices": PRICES,
    "listing": LISTING,
    "accounts": ACCOUNTS,
    "trades": TRADES,
    "limits": LIMITS,
    "liquidations": LIQUIDATIONS,
    "claims": CLAIMS,
    "ends": ENDS,
    "administration": ADMINISTRATION,
    "shares": SHARES,
}
"""All of it, in order."""
