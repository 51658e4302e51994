"""Planted weaknesses: the reference without one of its rules, to see that the search finds what the rule prevents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

from differential_tests.search.sequence import forget
from reference.block import Block
from reference.core import accrual
from reference.core.accrual import Context
from reference.core.vault_ledger import calculate_reserves_utilization_up
from reference.math.mark import ALPHA_BAND
from reference.oracles.feed import Observation, calculate_refusal, try_observe


@dataclass(frozen=True, slots=True)
class Weakness:
    """A rule switched off. name: of the rule. says: what stands in its place. changes: by module and name."""

    name: str
    says: str
    changes: dict[tuple[str, str], Callable[..., Any]]


def _observe_spot_alone(*arguments: Any) -> Observation:
    seen = try_observe(*arguments)
    refusal = seen.cause or calculate_refusal(False, False, seen.mark, seen.spot, seen.spot, ALPHA_BAND)
    return replace(seen, refusal=refusal, high=seen.spot, low=seen.spot)


def _mark_of(context: Context, *_: Any) -> int:
    return context.market.mark


_accrue = accrual._accrue_funding


def _accrue_by_now(context: Context, block: Block) -> Context:
    """An interval by the utilization that the vault has now."""
    utilization = calculate_reserves_utilization_up(context.vault)
    return _accrue(replace(context, market=replace(context.market, utilization=utilization)), block)


WEAKNESSES: Final = {
    each.name: each
    for each in (
        Weakness(
            "H1",
            "a fill starts at the worse of spot and mark",
            {("core.accrual", "try_observe"): _observe_spot_alone},
        ),
        Weakness(
            "H2",
            "a delisted market is wound down at any moment",
            {("modules.market", "_has_arrived"): lambda *_: True},
        ),
        Weakness(
            "H3",
            "a liquidation waits for nothing",
            {
                ("modules.liquidation", "is_waiting"): lambda *_: False,
                ("modules.decrease", "is_waiting"): lambda *_: False,
            },
        ),
        Weakness(
            "H11",
            "the pool of MTSOS is set to anything at once",
            {("modules.market", "validate_pool_move"): lambda *_: None},
        ),
        Weakness(
            "H14",
            "an interval of funding goes by the utilization of its end",
            {("core.accrual", "_accrue_funding"): _accrue_by_now},
        ),
        Weakness(
            "H15",
            "margin leaves at the mark",
            {("modules.margin", "calculate_start"): _mark_of},
        ),
    )
}


def is_in_force(name: str) -> bool:
    """Whether the reference has the rule, so that it can be switched off. Errors: KeyError, if there is no weakness."""
    places = WEAKNESSES[name].changes
    return all(hasattr(import_module(f"reference.{module}"), attribute) for module, attribute in places)


@contextmanager
def without(name: str) -> Iterator[None]:
    """The reference without a rule, while this lasts.

    Errors: KeyError, if there is no such weakness; AttributeError, if the reference has no such rule.
    """
    changes = WEAKNESSES[name].changes
    modules = {module: import_module(f"reference.{module}") for module, _ in changes}
    kept = {(module, attribute): getattr(modules[module], attribute) for module, attribute in changes}
    for (module, attribute), changed in changes.items():
        setattr(modules[module], attribute, changed)
    forget()
    try:
        yield
    finally:
        forget()
        for (module, attribute), before in kept.items():
            setattr(modules[module], attribute, before)
