"""Trading fees, and how vault and insurance share them."""

from reference.math.units import AMOUNT_BOUND, WAD, mul_div_down, mul_div_up


def calculate_fee_up(notional: int, rate: int) -> int:
    """FEE-1. Taker's or maker's fee on a fill, rounded up.

    notional: at the fill price, wei. rate: WAD. Result: wei.

    pre: 0 <= notional < AMOUNT_BOUND
    pre: 0 <= rate <= WAD

    Source: seed 004.
    """
    return mul_div_up(notional, rate, WAD)


def calculate_fee_split(fee: int, insurance_share: int, vault_cash: int) -> tuple[int, int]:
    """FEE-2. The vault's and the insurance's part of a fee; the insurance's is rounded down.

    The insurance's part is at most the vault's cash: a vault without cash pays nothing.

    fee, vault_cash (the fee included): wei. insurance_share: WAD. Result: wei to the vault, wei to the insurance.

    pre: 0 <= fee < AMOUNT_BOUND
    pre: 0 <= insurance_share <= WAD
    pre: 0 <= vault_cash < AMOUNT_BOUND

    Source: "a portion of fees" goes to the insurance; the share is a decision.
    """
    insurance = min(mul_div_down(fee, insurance_share, WAD), vault_cash)
    return fee - insurance, insurance
