"""Properties of fees (FEE-3 to FEE-5)."""

from reference.math.fees import calculate_fee_split, calculate_fee_up
from reference.math.units import AMOUNT_BOUND, WAD


def fee_rounds_up(notional: int, rate: int) -> bool:
    """FEE-3:e994. The fee is the exact one rounded up, and at most the notional.

    pre: 0 <= notional < AMOUNT_BOUND
    pre: 0 <= rate <= WAD
    post: _
    """
    fee = calculate_fee_up(notional, rate)
    return (fee - 1) * WAD < notional * rate <= fee * WAD and fee <= notional


def splitting_a_fill_never_saves_fee(first: int, second: int, rate: int) -> bool:
    """FEE-4:2f78. Two fills pay at least the fee of one fill of both; so, by induction, do any number.

    pre: 0 <= first < AMOUNT_BOUND
    pre: 0 <= second < AMOUNT_BOUND - first
    pre: 0 <= rate <= WAD
    post: _
    """
    return calculate_fee_up(first, rate) + calculate_fee_up(second, rate) >= calculate_fee_up(first + second, rate)


def fee_split_loses_nothing(fee: int, insurance_share: int, vault_cash: int) -> bool:
    """FEE-5:4067. Vault and insurance get the fee, no wei more or less; the insurance at most its share and the cash.

    pre: 0 <= fee < AMOUNT_BOUND
    pre: 0 <= insurance_share <= WAD
    pre: 0 <= vault_cash < AMOUNT_BOUND
    post: _
    """
    vault, insurance = calculate_fee_split(fee, insurance_share, vault_cash)
    return (
        vault + insurance == fee
        and vault >= 0
        and 0 <= insurance <= vault_cash
        and (insurance * WAD <= fee * insurance_share)
    )
