"""The failures that the protocol expects, one class for each revert name.

A contract reverts with the class's name as its reason string. Whatever else the reference raises
is a bug of the specification.
"""


class MegaTAOError(Exception):
    """Root of the tree. The revert name of a subclass is the name of the class."""

    @classmethod
    def revert_name(cls) -> str:
        """The contract's revert string: the name of the class, at most 32 bytes."""
        return cls.__name__


class CheckFailed(MegaTAOError):
    """A check of the compiler (overflow, division by zero, bounds): it reverts with nothing.

    Users should never meet it: every failure that they can reach has a name of its own.
    """

    @classmethod
    def revert_name(cls) -> str:
        """The empty string: the compiler's own checks carry no reason."""
        return ""


class GasLow(MegaTAOError):
    """Not enough gas to give a read of the precompile its whole allowance (ORC-1)."""


class OracleFailed(MegaTAOError):
    """The precompile reverted, halted or is switched off (ORC-2)."""


class OracleMalformed(MegaTAOError):
    """The precompile's answer is shorter than a word, or outside of its type (ORC-2, ORC-4)."""


class PriceZero(MegaTAOError):
    """The precompile returned a price of 0, or a start or fill price would round to 0 (ORC-3, POS-12)."""


class PriceTooHigh(MegaTAOError):
    """The price is 2**112 or more, outside of the arithmetic's bounds (ORC-3)."""


class NotDynamic(MegaTAOError):
    """The subnet has no pool (its mechanism is not 1), so that its price of 1.0 means nothing (ORC-4)."""


class PoolTooShallow(MegaTAOError):
    """The pool holds less TAO than the market's floor (ORC-4)."""


class CounterTooHigh(MegaTAOError):
    """The counter of a guarded subnet's swaps is 2**64 rao or more (ORC-9)."""


class CounterReset(MegaTAOError):
    """The counter of a guarded subnet's swaps is below that of a reading before: its netuid was given anew (ORC-9)."""


class ReadingTooYoung(MegaTAOError):
    """A guarded subnet was listed less than a minute ago: no reading tells yet what may be hidden (POS-9)."""


class PoolUneven(MegaTAOError):
    """A subnet's pool holds more than twice as much TAO as its alpha is worth (POS-9)."""


class ScaleWrong(MegaTAOError):
    """The precompile's price of the root subnet is not 10**18: its unit has changed (ORC-8)."""


class NotInitializer(MegaTAOError):
    """Only the account that deployed the index oracle may start it (IDX-2)."""


class AlreadyInitialized(MegaTAOError):
    """The index has its first value already (IDX-2)."""


class NotInitialized(MegaTAOError):
    """The index has no value yet (IDX-3)."""


class MarketUnknown(MegaTAOError):
    """The market is not listed, or its key is none (MKT-1, MKT-3)."""


class MarketListed(MegaTAOError):
    """The market is listed already (MKT-1)."""


class PriceOutOfBand(MegaTAOError):
    """A price since the reading that counts is outside the band: no increase, no removal of margin (POS-9)."""


class ImpactTooHigh(MegaTAOError):
    """An increase would move the price by more than the highest impact (IMP-5)."""


class SlippageTooHigh(MegaTAOError):
    """The fill is further from the mark than the taker allows (IMP-8)."""


class PriceLimitReached(MegaTAOError):
    """The fill is worse than the taker's limit price (IMP-17)."""


class LeverageOutOfRange(MegaTAOError):
    """A market's max leverage is below 1 or above 50 (PAR-1, POS-15)."""


class MaintenanceOutOfRange(MegaTAOError):
    """A market's maintenance margin is below 1% or above 50% (PAR-1)."""


class BufferOutOfRange(MegaTAOError):
    """A market's partial-liquidation buffer is above 50% (PAR-1)."""


class FeeOutOfRange(MegaTAOError):
    """A taker or maker fee is above 1% (PAR-1, PAR-2)."""


class LiquidationFeeOutOfRange(MegaTAOError):
    """A liquidation fee is above 10% (PAR-2)."""


class FundingOutOfRange(MegaTAOError):
    """A max funding rate is above 1% for 8 hours (PAR-2)."""


class ParametersUnsafe(MegaTAOError):
    """A position opened at max leverage could be liquidated at once (PAR-1)."""


class MaintenanceRiseTooLarge(MegaTAOError):
    """Maintenance and buffer would rise by more than a percentage point (PAR-3)."""


class PoolMoveTooLarge(MegaTAOError):
    """MTSOS' pool would more than double, or fall by more than a half, in one call (PAR-5)."""


class PoolMoveTooFast(MegaTAOError):
    """MTSOS' pool moves only once a day (PAR-5)."""


class MaintenanceRiseTooFast(MegaTAOError):
    """Maintenance and buffer have risen less than a day ago (PAR-3)."""


class AmountZero(MegaTAOError):
    """The amount is 0 (ACC-1)."""


class AmountTooLarge(MegaTAOError):
    """An amount, a size or a sum would be 2**112 or more (STO-13)."""


class NotWholeRao(MegaTAOError):
    """An amount that crosses the border is not a multiple of 10**9 wei: the chain would truncate it (ACC-1)."""


class AccountUnknown(MegaTAOError):
    """The account has no owner (ACC-1)."""


class AccountCapReached(MegaTAOError):
    """The deposit would take the account above the cap of an account (ACC-1)."""


class GlobalCapReached(MegaTAOError):
    """The deposit would take all accounts together above the global cap (ACC-1)."""


class NotOwner(MegaTAOError):
    """Only the account's owner may do this (ACC-3)."""


class CashTooLow(MegaTAOError):
    """The account has less free cash than the amount (ACC-2)."""


class TransferFailed(MegaTAOError):
    """The owner is a contract that refuses the TAO (ACC-2)."""


class Paused(MegaTAOError):
    """The guardian has paused the protocol (ADM-6)."""


class AutoPaused(MegaTAOError):
    """Uncovered bad debt has paused increases until the admin clears it (POS-14)."""


class BreakerTripped(MegaTAOError):
    """Utilization has reached 90% and not fallen below 80% since, which stops increases (POS-14)."""


class MarketClosed(MegaTAOError):
    """The market is delisted or wound down (POS-14, MKT-4)."""


class MarketWoundDown(MegaTAOError):
    """The market is wound down: positions are closed by `close_wound_down` (MKT-5)."""


class PositionExists(MegaTAOError):
    """The account has a position in the market (POS-1)."""


class DeadlinePassed(MegaTAOError):
    """The trade's deadline is over (POS-18)."""


class NotAvailable(MegaTAOError):
    """The trade asks for what is not built yet: makers, a fill without the vault, or a route (POS-18)."""


class PositionUnknown(MegaTAOError):
    """The account has no position in the market (POS-2)."""


class TooManyPositions(MegaTAOError):
    """The account has positions in 50 markets (POS-1)."""


class NotionalTooSmall(MegaTAOError):
    """The entry notional would be below 0.0001 TAO (POS-1)."""


class SizeZero(MegaTAOError):
    """The size is 0 (POS-1)."""


class SizeTooLarge(MegaTAOError):
    """The size is larger than the position's (POS-3)."""


class LeverageTooHigh(MegaTAOError):
    """Margin less losses would be below entry notional / max leverage (POS-1)."""


class MarginRatioTooLow(MegaTAOError):
    """The margin ratio would be below maintenance + buffer (POS-1)."""


class OpenInterestTooHigh(MegaTAOError):
    """The skew would be above its cap, a part of the pool, or a side above twice that (VLT-39)."""


class MarketLimitReached(MegaTAOError):
    """The side that grows would be worth more than 50% of the vault's cash (VLT-39)."""


class TotalLimitReached(MegaTAOError):
    """The exposure of all markets would be above 80% of the vault's cash (POS-16)."""


class UtilizationTooHigh(MegaTAOError):
    """Utilization would be 90% or more (POS-16)."""


class VaultShort(MegaTAOError):
    """The vault's cash is below what the settlement pays to the position (POS-1)."""


class SameBlock(MegaTAOError):
    """The position was increased in this block (POS-3)."""


class BelowMaintenance(MegaTAOError):
    """The position's ratio is below its maintenance margin: it can only be liquidated (POS-3)."""


class MarkBehind(MegaTAOError):
    """The mark has not been where the pool is for long enough: the liquidation waits (LIQ-20)."""


class NotLiquidatable(MegaTAOError):
    """The position's margin ratio is at least maintenance + buffer (LIQ-20)."""


class NotKeeper(MegaTAOError):
    """The admin has limited liquidations to keepers, and the sender is none (LIQ-20)."""


class FeedAlive(MegaTAOError):
    """The market is not delisted, and its feed is not dead, or not for long enough (MKT-5)."""


class NotWoundDown(MegaTAOError):
    """The market is not wound down (MKT-6)."""


class GenerationWrong(MegaTAOError):
    """The generation before is not wound down (MKT-1)."""


class TooManyMarkets(MegaTAOError):
    """16,383 markets were listed: there is no number left (MKT-1)."""


class ParameterTooFine(MegaTAOError):
    """A parameter is not a multiple of 10**9 (PAR-4)."""


class WeightOutOfRange(MegaTAOError):
    """The utilization weight of funding is above 1 (PAR-4)."""


class OpenInterestCapOutOfRange(MegaTAOError):
    """The cap on open interest is above 1 (PAR-4)."""


class PoolOutOfRange(MegaTAOError):
    """A pool has 2**64 rao or more, MTSOS' pool is 0, or a subnet's is not (PAR-4)."""


class ClassOutOfRange(MegaTAOError):
    """There is no such class in cross accounts (PAR-4)."""


class ClaimUnknown(MegaTAOError):
    """No claim has this number (VLT-26)."""


class ClaimUnfed(MegaTAOError):
    """The vault has not fed the claim yet (VLT-26)."""


class BalanceTooLow(MegaTAOError):
    """The owner has fewer shares than the amount (TOK-2)."""


class AllowanceTooLow(MegaTAOError):
    """The owner's allowance for the spender is below the amount (TOK-4)."""


class ReceiverInvalid(MegaTAOError):
    """The receiver can't hold shares: they would be lost (TOK-2)."""


class PermitExpired(MegaTAOError):
    """The permit's deadline has passed (TOK-5)."""


class SignatureInvalid(MegaTAOError):
    """The owner did not sign this permit, or the signature's s is in the upper half (TOK-5)."""


class NotVault(MegaTAOError):
    """Only the vault may do this (TOK-6)."""


class ControllerInvalid(MegaTAOError):
    """The controller can't claim: it is 0, or a contract of the protocol (SHR-2)."""


class WindowClosed(MegaTAOError):
    """The epoch is cut off and waits for its settlement (SHR-1)."""


class WindowTooShort(MegaTAOError):
    """The window has been open for less than a day (SHR-5)."""


class EpochNotCut(MegaTAOError):
    """The epoch has not been cut off, or is void and open again (SHR-6)."""


class SettlementTooEarly(MegaTAOError):
    """The cut-off was less than an hour ago (SHR-6)."""


class ClaimsUnfed(MegaTAOError):
    """The vault owes unfed claims (SHR-5)."""


class VaultInsolvent(MegaTAOError):
    """The NAV is below 0, or 0 while there are shares (SHR-5)."""


class SharePriceMoved(MegaTAOError):
    """The price of a share is more than 5% from the cut-off's (SHR-6)."""


class TreasuryUnknown(MegaTAOError):
    """The first settlement would mint shares to a treasury that can't hold any (SHR-6)."""


class RequestUnknown(MegaTAOError):
    """The controller has no request in this epoch (SHR-4, SHR-7)."""


class EpochUnsettled(MegaTAOError):
    """The epoch is not settled yet (SHR-7)."""


class NothingToSkim(MegaTAOError):
    """The contract's balance is not above what its books say (VLT-30)."""


class NotAdmin(MegaTAOError):
    """Only the admin may do this (ADM-1)."""


class NotPendingAdmin(MegaTAOError):
    """Only the account that was offered the role may take it (ADM-2)."""


class NotGuardian(MegaTAOError):
    """Only the guardian may do this (ADM-6)."""


class NotTreasury(MegaTAOError):
    """Only the treasury may do this (VLT-28)."""


class CapOutOfRange(MegaTAOError):
    """A cap is 2**112 wei or more (ADM-5)."""


class NotDelegated(MegaTAOError):
    """A module was called directly, not through the proxy: TAO would be stuck in it (PRX-5)."""


class RoutesUneven(MegaTAOError):
    """The proxy's constructor got more selectors than modules, or fewer (PRX-1)."""


class NotUpgrader(MegaTAOError):
    """Only the upgrader may do this; the guardian may cancel upgrades, too (PRX-2, PRX-3, PRX-4)."""


class UpgradeUnknown(MegaTAOError):
    """The upgrade was never scheduled, or was cancelled or routed (PRX-3, PRX-4)."""


class UpgradeTooEarly(MegaTAOError):
    """The delay since the upgrade was scheduled has not passed (PRX-4)."""


class SelectorUnknown(MegaTAOError):
    """No module has a function of this selector (PRX-5)."""


class SelectorReserved(MegaTAOError):
    """The function is the proxy's own and can't be routed (PRX-4)."""


class ModuleEmpty(MegaTAOError):
    """The module has no code, or is a precompile (PRX-4)."""
