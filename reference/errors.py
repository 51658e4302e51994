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

    Nobody should meet it: what a user can reach has a name of its own.
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
    """The precompile says 0: there is no price (ORC-3)."""


class PriceTooHigh(MegaTAOError):
    """The price is 2**112 or more, outside of the arithmetic's bounds (ORC-3)."""


class NotDynamic(MegaTAOError):
    """The subnet has no pool (mechanism other than 1): its price of 1.0 means nothing (ORC-4)."""


class PoolTooShallow(MegaTAOError):
    """The pool holds less TAO than the market's floor (ORC-4)."""


class ScaleWrong(MegaTAOError):
    """The precompile's price of the root subnet is not 10**18: its unit has changed (ORC-8)."""


class NotInitializer(MegaTAOError):
    """Only the account that deployed the index oracle may start it (IDX-2)."""


class AlreadyInitialized(MegaTAOError):
    """The index has its first value already (IDX-2)."""


class NotInitialized(MegaTAOError):
    """The index has no value yet (IDX-3)."""


class MarketUnknown(MegaTAOError):
    """The market is not listed, or its key is none (MRK-8)."""


class MarketListed(MegaTAOError):
    """The market is listed already (MRK-8)."""


class PriceOutOfBand(MegaTAOError):
    """Spot is further from the mark than the band: no increase of a position (MRK-10)."""


class ImpactTooHigh(MegaTAOError):
    """An increase would move the price by more than the highest impact (IMP-5)."""


class SlippageTooHigh(MegaTAOError):
    """The fill is further from the mark than the taker allows (IMP-8)."""


class LeverageOutOfRange(MegaTAOError):
    """A market's max leverage is below 1 or above 50 (PAR-1)."""


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


class MaintenanceRiseTooFast(MegaTAOError):
    """Maintenance and buffer have risen less than a day ago (PAR-3)."""
