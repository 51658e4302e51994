"""A short script of what drawn scenarios of the share seldom reach."""

from differential_tests.fuzzer.actions import Step
from differential_tests.machines.share.machine import FIRST, NOBODY, SIGNERS, TOKEN, VAULT, WRONGS
from reference.tokens.vault_share import UNLIMITED

SPENDER = FIRST + 1
OWNER = SIGNERS[0]


def line(action: str, **arguments: object) -> Step:
    """A step."""
    return Step(action, arguments)


def permit(owner: int, seconds: int, wrong: str) -> Step:
    """A signature is shown."""
    return line("permit", sender=SPENDER, owner=owner, spender=SPENDER, amount=70, seconds=seconds, wrong=wrong)


def transfer_from(to: int, amount: int) -> Step:
    """The spender moves what is the first holder's."""
    return line("transfer_from", sender=SPENDER, owner=FIRST, to=to, amount=amount)


SCRIPT = [
    line("mint", sender=FIRST, to=FIRST, amount=1),
    line("mint", sender=VAULT, to=FIRST, amount=100),
    line("mint", sender=VAULT, to=VAULT, amount=100),
    *(line("transfer", sender=FIRST, to=to, amount=1) for to in (VAULT, TOKEN, NOBODY, SPENDER)),
    line("transfer", sender=VAULT, to=VAULT, amount=1),
    transfer_from(SPENDER, 1),
    line("approve", sender=FIRST, spender=SPENDER, amount=60),
    *(transfer_from(to, 1) for to in (VAULT, TOKEN, NOBODY, SPENDER)),
    line("approve", sender=FIRST, spender=SPENDER, amount=UNLIMITED),
    transfer_from(SPENDER, 10),
    transfer_from(SPENDER, 1_000),
    *(permit(OWNER, 2, wrong) for wrong in ("", *(each for each in WRONGS if each != "nobody"))),
    permit(OWNER, 1, ""),
    permit(NOBODY, 2, "v"),
    *(line("lock", sender=sender, owner=FIRST, amount=10) for sender in (FIRST, VAULT)),
    *(line("burn", sender=sender, amount=10) for sender in (FIRST, VAULT)),
    line("burn", sender=VAULT, amount=1_000),
]
"""Every way in which each function can end, but for the views."""
