"""The share's machine: the token alone, with an account for a vault, and owners who sign permits."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from differential_tests.chains.base import Chain
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import SHARE
from differential_tests.fuzzer.actions import Action, ActionTable, Choices, Step, Value
from differential_tests.fuzzer.world import Effect, World, words
from differential_tests.machines.protocol.records import encode_event
from differential_tests.machines.share.token import TokenWriter
from reference.events import Logged
from reference.math.units import AMOUNT_BOUND, MAX_WORD
from reference.tokens.vault_share import UNLIMITED, Permit, Signature, VaultShare

VAULT, FIRST, LAST = 0, 1, 4
"""The vault, and those who hold shares and call."""
SIGNERS = (5, 6)
"""Owners with keys, who sign."""
TOKEN, NOBODY = 7, 8
"""The token itself, and the empty address: nobody's to send to."""

CHAIN_ID = 1
"""Of revm."""
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of the curve's group."""

ANSWERED = ("transfer", "approve", "transferFrom")
"""Functions that return true."""

WRONGS = ("amount", "nonce", "spender", "chain", "token", "version", "stranger", "high", "v", "nobody", "garbage")
"""What can be wrong with a signature."""


def private_key(role: int) -> bytes:
    """A signer's."""
    return keccak(words(role))


class ShareWorld(World):
    """The token, and its reference."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        vault = chain.account(VAULT)
        token = chain.deploy(vault, artefact(SHARE).initcode + words(int(vault, 16)))
        self.place(SHARE, token)
        self.block.number, self.block.timestamp = chain.number, chain.timestamp
        addresses = [chain.account(role) for role in range(LAST + 1)]
        addresses += [Account.from_key(private_key(role)).address for role in SIGNERS]
        self.keys = [int(address, 16) for address in (*addresses, token)] + [0]
        self.token = VaultShare(int(token, 16), int(vault, 16))
        self._writer = TokenWriter()

    def transfer(self, sender: int, to: int, amount: int) -> None:
        """Moves the sender's."""
        self._do(self.token.process_transfer, "transfer", sender, self.keys[to], amount)

    def approve(self, sender: int, spender: int, amount: int) -> None:
        """Sets an allowance."""
        self._do(self.token.process_approve, "approve", sender, self.keys[spender], amount)

    def transfer_from(self, sender: int, owner: int, to: int, amount: int) -> None:
        """Moves another's."""
        self._do(self.token.process_transfer_from, "transferFrom", sender, self.keys[owner], self.keys[to], amount)

    def mint(self, sender: int, to: int, amount: int) -> None:
        """Makes units, as many as the vault promises to make at most."""
        amount = min(amount, AMOUNT_BOUND - 1 - self.token.supply)
        self._do(self.token.process_mint, "mint", sender, self.keys[to], amount)

    def burn(self, sender: int, amount: int) -> None:
        """Destroys units."""
        self._do(self.token.process_burn, "burn", sender, amount)

    def lock(self, sender: int, owner: int, amount: int) -> None:
        """Takes units."""
        self._do(self.token.process_lock, "lock", sender, self.keys[owner], amount)

    def permit(self, sender: int, owner: int, spender: int, amount: int, seconds: int, wrong: str) -> None:
        """A signature of an owner is shown, with something wrong about it or nothing; seconds: to its deadline."""
        keys = self.keys
        deadline = self.block.timestamp + seconds - 2
        permit = Permit(keys[owner], keys[spender], amount, self.token.nonces.get(keys[owner], 0), deadline)
        signature, encoded = self._sign(owner, permit, wrong)

        def process() -> Sequence[Logged]:
            return self.token.process_permit(
                self.block, permit.owner, permit.spender, permit.amount, permit.deadline, signature
            )

        arguments = (permit.owner, permit.spender, permit.amount, permit.deadline, *encoded)
        for _ in range(2 if wrong == "" else 1):  # it counts once
            self._send(sender, "permit", arguments, process)

    def view(self, function: str, owner: int, spender: int) -> None:
        """Reads something."""
        keys, token = self.keys, self.token
        answers: dict[str, tuple[tuple[int, ...], bytes]] = {
            "totalSupply": ((), words(token.supply)),
            "balanceOf": ((keys[owner],), words(token.balance(keys[owner]))),
            "allowance": ((keys[owner], keys[spender]), words(token.allowances.get((keys[owner], keys[spender]), 0))),
            "nonces": ((keys[owner],), words(token.nonces.get(keys[owner], 0))),
            "decimals": ((), words(24)),
            "vault": ((), words(token.vault)),
            "name": ((), _text("MegaTAO Vault Share")),
            "symbol": ((), _text("mvTAO")),
            "version": ((), _text("1")),
            "DOMAIN_SEPARATOR": ((), self._separator()),
        }
        arguments, answer = answers[function]
        self.call(self.chain.account(FIRST), SHARE, _encode(function, arguments), lambda: Effect(answer))

    def _separator(self) -> bytes:
        kind = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
        name, version = keccak(text="MegaTAO Vault Share"), keccak(text="1")
        return keccak(kind + name + version + words(CHAIN_ID, self.token.address))

    def _sign(self, owner: int, permit: Permit, wrong: str) -> tuple[Signature, tuple[int, int, int]]:
        """A signature, as the reference knows it and as v, r, s."""
        domain = {
            "name": "MegaTAO Vault Share",
            "version": "2" if wrong == "version" else "1",
            "chainId": CHAIN_ID + (wrong == "chain"),
            "verifyingContract": _address(permit.spender if wrong == "token" else self.token.address),
        }
        signed = Permit(
            permit.owner,
            permit.spender ^ (wrong == "spender"),
            permit.amount ^ (wrong == "amount"),
            permit.nonce + (wrong == "nonce"),
            permit.deadline,
        )
        message = {
            "owner": _address(signed.owner),
            "spender": _address(signed.spender),
            "value": signed.amount,
            "nonce": signed.nonce,
            "deadline": signed.deadline,
        }
        signer = SIGNERS[owner == SIGNERS[0]] if wrong == "stranger" or owner not in SIGNERS else owner
        made = Account.sign_message(encode_typed_data(domain, TYPES, message), private_key(signer))
        v, r, s = made.v, made.r, made.s
        known = Signature(self.keys[signer], signed if wrong not in ("version", "chain", "token") else None)
        if wrong == "high":
            return Signature(known.signer, known.signed, False), (55 - v, r, ORDER - s)
        if wrong == "v":
            return Signature(0, None), (v - 27, r, s)
        if wrong == "garbage":
            return Signature(0, None), (v, 0, s)
        return known, (v, r, s)

    def _do(self, process: Callable[..., Sequence[Logged]], function: str, sender: int, *arguments: int) -> None:
        self._send(sender, function, arguments, partial(process, self.keys[sender], *arguments))

    def _send(
        self, sender: int, function: str, arguments: Sequence[int], process: Callable[[], Sequence[Logged]]
    ) -> None:
        def reference() -> Effect:
            logged = process()
            self._writer.write(self, self.token)
            return Effect(words(1) if function in ANSWERED else b"", tuple(map(encode_event, logged)))

        self.call(self.chain.account(sender), SHARE, _encode(function, arguments), reference)
        self._check()

    def _check(self) -> None:
        """All balances are the supply, and nobody holds units who can't use them."""
        token = self.token
        if sum(token.balances.values()) != token.supply or min(token.balances.values(), default=0) < 0:
            raise AssertionError("balances and supply differ")
        if token.balance(0) or token.balance(token.address):
            raise AssertionError("units are lost")


TYPES = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}


def _address(number: int) -> str:
    return f"0x{number:040x}"


def _text(text: str) -> bytes:
    return words(32, len(text)) + text.encode().ljust(32, b"\0")


def _encode(function: str, arguments: Sequence[int]) -> bytes:
    [selector] = [
        selector for signature, selector in artefact(SHARE).selectors.items() if signature.startswith(f"{function}(")
    ]
    return selector + words(*arguments)


# ------------------------------------------------------------ draws

Arguments = dict[str, Any]


def draw_amount(world: ShareWorld, choices: Choices, most: int) -> int:
    """Nothing, some, all or one more than there is."""
    del world
    return choices.pick((0, 1, most // 3, most // 2, most, most, most + 1, MAX_WORD))


def draw_transfer(world: ShareWorld, choices: Choices) -> Arguments:
    """A holder sends, also to itself and where it can't."""
    sender = choices.integer(VAULT, LAST)
    amount = draw_amount(world, choices, world.token.balance(world.keys[sender]))
    return {"sender": sender, "to": choices.integer(VAULT, NOBODY), "amount": amount}


def draw_approve(world: ShareWorld, choices: Choices) -> Arguments:
    """An allowance, now and then without end."""
    sender = choices.integer(VAULT, LAST)
    amount = choices.pick((UNLIMITED, draw_amount(world, choices, world.token.balance(world.keys[sender]))))
    return {"sender": sender, "spender": choices.integer(VAULT, NOBODY), "amount": amount}


def draw_transfer_from(world: ShareWorld, choices: Choices) -> Arguments:
    """Who is allowed something, mostly."""
    token, keys = world.token, world.keys
    allowed = [
        (keys.index(owner), keys.index(spender)) for owner, spender in token.allowances if spender in keys[: LAST + 1]
    ]
    if allowed and choices.integer(0, 7):
        owner, sender = choices.pick(allowed)
    else:
        owner, sender = choices.integer(VAULT, NOBODY), choices.integer(VAULT, LAST)
    most = min(token.allowances.get((keys[owner], keys[sender]), 0), token.balance(keys[owner]))
    to = choices.pick((choices.integer(FIRST, SIGNERS[-1]), choices.integer(VAULT, NOBODY)))
    return {"sender": sender, "owner": owner, "to": to, "amount": draw_amount(world, choices, most)}


def draw_mint(world: ShareWorld, choices: Choices) -> Arguments:
    """The vault makes units, mostly."""
    del world
    sender = VAULT if choices.integer(0, 9) else choices.integer(FIRST, LAST)
    return {"sender": sender, "to": choices.integer(VAULT, SIGNERS[-1]), "amount": choices.integer(0, 2**100)}


def draw_burn(world: ShareWorld, choices: Choices) -> Arguments:
    """The vault destroys some of its own, mostly."""
    sender = VAULT if choices.integer(0, 5) else choices.integer(FIRST, LAST)
    return {"sender": sender, "amount": draw_amount(world, choices, world.token.balance(world.keys[sender]))}


def draw_lock(world: ShareWorld, choices: Choices) -> Arguments:
    """The vault takes, mostly."""
    sender, owner = VAULT if choices.integer(0, 5) else choices.integer(FIRST, LAST), choices.integer(VAULT, NOBODY)
    return {
        "sender": sender,
        "owner": owner,
        "amount": draw_amount(world, choices, world.token.balance(world.keys[owner])),
    }


def draw_permit(world: ShareWorld, choices: Choices) -> Arguments:
    """A signature that is right, or wrong in one way, or late."""
    wrong = choices.pick((*WRONGS, "", "", "", "", ""))
    owner = NOBODY if wrong == "nobody" else choices.pick(SIGNERS)
    most = world.token.balance(world.keys[owner])
    return {
        "sender": choices.integer(VAULT, LAST),
        "owner": owner,
        "spender": choices.integer(VAULT, LAST),
        "amount": choices.pick((0, most, UNLIMITED)),
        "seconds": choices.pick((0, 1, 2, 3, 1_000)),
        "wrong": "v" if wrong == "nobody" else wrong,
    }


def draw_view(_: ShareWorld, choices: Choices) -> Arguments:
    """Any view."""
    function = choices.pick(VIEWS)
    return {"function": function, "owner": choices.integer(0, NOBODY), "spender": choices.integer(0, NOBODY)}


VIEWS = (
    "totalSupply", "balanceOf", "allowance", "nonces", "decimals", "vault", "name", "symbol", "version",
    "DOMAIN_SEPARATOR",
)  # fmt: skip

W = ShareWorld
TABLE = ActionTable(
    [
        Action("transfer", 12, draw_transfer, W.transfer),
        Action("approve", 8, draw_approve, W.approve),
        Action("transfer_from", 14, draw_transfer_from, W.transfer_from),
        Action("mint", 6, draw_mint, W.mint),
        Action("burn", 4, draw_burn, W.burn),
        Action("lock", 4, draw_lock, W.lock),
        Action("permit", 3, draw_permit, W.permit),
        Action("view", 6, draw_view, W.view),
        Action("advance", 3, lambda _, c: {"blocks": 1, "seconds": c.integer(1, 100)}, W.advance),
    ],
    [
        Value("sender", VAULT, LAST),
        Value("owner", 0, NOBODY),
        Value("spender", 0, NOBODY),
        Value("to", 0, NOBODY),
        Value("seconds", 0, 10**6),
        Value("blocks", 1, 1_000),
    ],
)


def draw_opening(choices: Choices) -> list[Step]:
    """Some shares are there."""
    steps = []
    for to in (VAULT, FIRST, SIGNERS[0]):
        steps.append(Step("mint", {"sender": VAULT, "to": to, "amount": choices.integer(0, 2**90)}))
    return steps
