"""The arguments of entry points: what a step names of them, in which bounds and words, and what each side gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from differential_tests.fuzzer.actions import Value
from differential_tests.fuzzer.world import words
from differential_tests.machines.protocol.roles import MOST, NOBODY, RECEIVER, ROLES
from reference.math.units import RAO, WAD
from reference.presets import PRESETS
from reference.state.records import GENERATION, INDEX_KEY, MAX_POSITIONS, Parameters, Terms

if TYPE_CHECKING:
    from differential_tests.machines.protocol.world import ProtocolWorld

Given = Mapping[str, Any]
"""The arguments of a step, by name."""


# ------------------------------------------------------------ the words of the blotter


def name_role(role: int) -> str:
    """Who has a role."""
    return ROLES[role] if role < len(ROLES) else "a contract"


def name_account(owner: int, index: int) -> str:
    """An account, by the role that owns it."""
    return f"{ROLES[owner]}.{index}" if index else ROLES[owner]


def name_market(key: int) -> str:
    """A market, by its subnet."""
    number, generation = key % GENERATION, key // GENERATION
    name = "MTSOS" if number == INDEX_KEY else f"subnet {number}"
    return f"{name}, listed again ({generation})" if generation else name


def show_amount(amount: int) -> str:
    """An amount (WAD), as long as it must be."""
    if abs(amount) >= 10**12 * WAD:
        return f"{amount:.3e} wei" if amount < 10**300 else "a huge number of wei"
    whole, part = divmod(abs(amount), WAD)
    digits = f"{whole:,}.{part:018d}".rstrip("0").rstrip(".")
    return f"-{digits}" if amount < 0 else digits


# ------------------------------------------------------------ what a step names, and what it stands for


def _one(value: int) -> tuple[int, ...]:
    return (value,)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an entry point.

    values: what a step names of it. read: what the reference gets. width: how many words the contract gets, none of
    what it knows by itself. encode: these words; of a list, its items. is_paid: whether it is the value of the call.
    """

    values: tuple[Value, ...]
    read: Callable[[ProtocolWorld, Given], Any]
    width: int = 1
    encode: Callable[[Any], tuple[int, ...]] = _one
    is_list: bool = False
    is_paid: bool = False


def plain(value: Value) -> Argument:
    """What is the same in a step and on both sides."""
    name = value.name
    return Argument((value,), lambda _, given: given[name])


def amount(name: str) -> Argument:
    """An amount, or another number that is shown as such (WAD or wei)."""
    return plain(Value(name, show=show_amount))


def flag(name: str, no: str, yes: str) -> Argument:
    """A yes or no, and the words for both."""
    return plain(Value(name, show=lambda is_so: yes if is_so else no))


def role(name: str) -> Argument:
    """The address of who has a role."""
    return Argument((Value(name, 0, NOBODY, name_role),), lambda world, given: world.keys[given[name]])


SENDER_VALUE = Value("sender", 0, RECEIVER, name_role)
AMOUNT_VALUE = Value("amount", show=show_amount)


def _read_parameters(_: ProtocolWorld, given: Given) -> Parameters:
    return replace(PRESETS[given["preset"]], **({given["field"]: given["amount"]} if given["field"] else {}))


def _change_parameters(world: ProtocolWorld, given: Given) -> Parameters:
    now = world.protocol.parameters.get(given["market"], PRESETS["current"])
    return replace(now, **{given["field"]: given["amount"]})


def _read_terms(world: ProtocolWorld, given: Given) -> Terms:
    terms = {name: given[name] for name in TERM_NAMES if name in given}
    if "seconds_left" in given:
        terms["deadline"] = max(world.block.timestamp + given["seconds_left"], 1)
    return Terms(**terms)


def _find_markets(world: ProtocolWorld, given: Given) -> Sequence[int]:
    account = world.account(given["owner"], given["index"])
    return sorted({given["market"], *(key for of, key in world.protocol.positions if of == account)})[:MAX_POSITIONS]


ACCOUNT = Argument(
    (Value("owner", 0, NOBODY, name_role), Value("index", 0, 2**96 - 1)),
    lambda world, given: world.account(given["owner"], given["index"]),
)
MARKET = plain(Value("market", 0, 2**160 - 1, name_market))
NUMBER = plain(Value("number"))
SIZE = plain(Value("size", show=lambda size: f"{show_amount(size)} alpha"))
AMOUNT, MARGIN, LEVERAGE = amount("amount"), amount("margin"), amount("leverage")
ACCOUNT_CAP, GLOBAL_CAP = amount("account_cap"), amount("global_cap")
IS_LONG, IS_GUARDED = flag("is_long", "short", "long"), flag("is_guarded", "published", "guarded")
IS_ALLOWED, IS_PAUSED = flag("is_allowed", "no longer allows", "allows"), flag("is_paused", "resumes", "pauses")
KEEPERS_ONLY, TO_INSURANCE = (
    flag("keepers_only", "all", "keepers only"),
    flag("to_insurance", "the vault", "the insurance"),
)
OWNER, CONTROLLER = role("owner"), role("controller")
TO = Argument((Value("to", 0, NOBODY + 2, name_role),), lambda world, given: world.keys[given["to"]])
CONTRACT = Argument((Value("contract"),), lambda world, given: int(world.addresses[given["contract"]], 16))
PARAMETERS = Argument(
    (Value("preset"), Value("field"), AMOUNT_VALUE), _read_parameters, len(fields(Parameters)), Parameters.values
)
PARAMETER = Argument((Value("field"), AMOUNT_VALUE), _change_parameters, len(fields(Parameters)), Parameters.values)
TERM_NAMES = tuple(each.name for each in fields(Terms))
TERMS = Argument(
    (
        Value("max_slippage"),
        Value("limit_price", is_optional=True),
        Value("seconds_left", -(2**40), 2**40, is_optional=True),  # until the deadline: a step fits any clock
        *(Value(name, is_optional=True) for name in TERM_NAMES[3:]),
    ),
    _read_terms,
    len(TERM_NAMES),
    attrgetter(*TERM_NAMES),
)
MARKETS = Argument((), _find_markets, encode=tuple, is_list=True)
SENDER = Argument((), lambda world, given: world.keys[given["sender"]])
BALANCE = Argument((), lambda world, _: world.ledger.balance(), width=0)
VALUE = Argument((Value("value", 0, MOST, show_amount),), lambda _, given: given["value"], width=0, is_paid=True)
ONE_RAO = Argument((), lambda _world, _given: RAO, width=0, is_paid=True)
ONE_UNIT = Argument((), lambda _world, _given: 1)


def encode(arguments: Sequence[Argument], values: Sequence[Any]) -> bytes:
    """Calldata behind a selector; a list, of which there is one at most, stands after the other words."""
    head, tail = list[int](), list[int]()
    for argument, value in zip(arguments, values, strict=True):
        encoded = argument.encode(value) if argument.width else ()
        if argument.is_list:
            tail += (len(encoded), *encoded)
            head.append(32 * len(arguments))
        else:
            head += encoded
    return words(*head, *tail)
