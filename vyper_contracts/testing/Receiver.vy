# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title Receiver
@license MIT
@notice An account's owner that is a contract: it forwards calls to the protocol, and when TAO comes it takes it,
        rejects it, or calls the protocol again.
"""

REJECTS: constant(uint256) = 1
REENTERS: constant(uint256) = 2
INSISTS: constant(uint256) = 3

NOT_CALLED: constant(uint256) = 0
# without a name, as the lock fails
FAILED: constant(uint256) = 1
SUCCEEDED: constant(uint256) = 2
FAILED_BY_NAME: constant(uint256) = 3

PROTOCOL: immutable(address)

mode: uint256
outcome: uint256
stored: Bytes[1024]


@deploy
def __init__(protocol: address):
    """
    @param protocol The proxy.
    """
    PROTOCOL = protocol


@external
@payable
def __default__():
    """
    @notice TAO comes.
    """
    assert self.mode != REJECTS, "Rejected"
    if self.mode >= REENTERS:
        success: bool = False
        answer: Bytes[4] = b""
        success, answer = raw_call(PROTOCOL, self.stored, max_outsize=4, revert_on_failure=False)
        self.outcome = FAILED if len(answer) == 0 else FAILED_BY_NAME
        if success:
            self.outcome = SUCCEEDED
        assert success or self.mode != INSISTS, "Rejected"


@external
@payable
def forward(data: Bytes[1024]):
    """
    @notice Calls the protocol with all the TAO that came along, and forgets how the last call from here ended.
    @param data What to call.
    """
    self.outcome = NOT_CALLED
    raw_call(PROTOCOL, data, value=msg.value)


@external
def program(mode: uint256, data: Bytes[1024]):
    """
    @notice What to do when TAO comes.
    @param mode 0 take it, 1 reject it, 2 call again and take it however that ends, 3 call again and insist on success.
    @param data What to call again.
    """
    self.mode = mode
    self.stored = data
