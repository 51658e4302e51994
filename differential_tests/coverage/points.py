"""The conditional jumps of a contract's bytecode, each with the place in the source that it comes from.

Compiling with a source map takes a minute for all contracts: what is found is kept by the hash of the sources.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from differential_tests.contracts.artefacts import ROOT, artefact, deployables, source_hash, with_imports
from differential_tests.contracts.cache import keep

CACHE = ROOT / ".build" / "source_maps"

JUMP, JUMPI, JUMPDEST, REVERT, INVALID = 0x56, 0x57, 0x5B, 0xFD, 0xFE
PUSH0, PUSH32, DUP1 = 0x5F, 0x7F, 0x80
ENDS = {0x00, 0xF3, JUMP, JUMPI, REVERT, INVALID}
"""Opcodes after which a straight line ends."""

ASSERT, BRANCH, CHECK, CALLDATA, GENERATED = "assert", "branch", "compiler check", "calldata check", "generated"
KINDS = (ASSERT, BRANCH, CHECK, CALLDATA, GENERATED)
"""An assert of the source; an if, a conditional expression, an `and` or `or`, or a loop; a check of arithmetic or
bounds; a check of the call's data; what else the compiler writes: dispatch, copies, the lock.
"""

HELD, FAILED, TAKEN, PASSED = "held", "failed", "jumped", "went on"


@dataclass(frozen=True)
class Point:
    """A conditional jump. check: the compiler's name for it. sides: what it means to jump, and to go on."""

    contract: str
    pc: int
    kind: str
    check: str
    path: str
    line: int
    text: str
    sides: tuple[str, str]


@cache
def list_points(contract: str) -> list[Point]:
    """The conditional jumps of a contract, in order."""
    return [Point(**{**each, "sides": tuple(each["sides"])}) for each in _found(contract)["points"]]


@cache
def revert_lines(contract: str) -> dict[int, tuple[str, int]]:
    """Source and line of the assert or raise of each REVERT of a contract, by its place."""
    return {pc: (path, line) for pc, path, line in _found(contract)["reverts"]}


def contracts() -> list[str]:
    """The contracts that are deployed; not those for tests."""
    return [path.stem for path in deployables() if path.parent.name != "testing"]


@dataclass(frozen=True)
class Failure:
    """A place in the source that reverts by name. text: its first line. A constructor is in no runtime code."""

    path: str
    line: int
    text: str
    name: str
    in_constructor: bool

    @property
    def place(self) -> str:
        """Source and text: lines change too often."""
        return f"{self.path}: {self.text}"


def list_failures() -> list[Failure]:
    """Every assert and raise of what is deployed, with its name."""
    from vyper import ast

    from differential_tests.contracts.artefacts import sources

    found = []
    for path in sources():
        if path.parent.name == "testing":
            continue
        tree = ast.parse_to_ast(path.read_text(), resolved_path=str(path))
        for statement in tree.get_descendants((ast.Assert, ast.Raise)):
            reason = statement.msg if isinstance(statement, ast.Assert) else statement.exc
            function = statement.get_ancestor(ast.FunctionDef)
            place = str(path.relative_to(ROOT)), statement.lineno, _text(statement)
            found.append(Failure(*place, reason.value, function.name == "__init__"))
    return sorted(found, key=lambda each: (each.path, each.line))


@cache
def _found(contract: str) -> dict[str, list[Any]]:
    """Jumps and reverts of a contract, found anew if it, or what it imports, has changed since."""
    [path] = [path for path in deployables() if path.stem == contract]

    def make() -> dict[str, list[Any]]:
        code, source_map = _compile(path)
        if code != artefact(contract).runtime:
            raise RuntimeError(f"{contract}: the code with a source map is not the code that is deployed")
        program = dict(_instructions(code))
        points = [asdict(point) for point in _find_points(contract, program, source_map)]
        return {"points": points, "reverts": list(_find_reverts(program, source_map))}

    found: dict[str, list[Any]] = keep(CACHE, contract, source_hash([*with_imports(path), Path(__file__)]), make)
    return found


Program = dict[int, tuple[int, int]]
"""Opcode and pushed number of each instruction, by its place."""


def _find_points(contract: str, program: Program, source_map: dict[str, Any]) -> Iterator[Point]:
    nodes, errors = source_map["pc_raw_ast_map"], source_map["error_map"]
    known = sorted(nodes)
    for pc, (opcode, _) in program.items():
        if opcode != JUMPI:
            continue
        near = bisect_right(known, pc) - 1  # the compiler's checks stand right after what they check
        node = nodes[known[near]] if near >= 0 else None
        check = errors.get(pc, "")
        kind = _kind(nodes.get(pc), check)
        target = _pushed_before(program, pc)
        fails = (target is not None and _fails(program, target), _fails(program, pc + 1))
        sides = (FAILED, HELD) if fails[0] and not fails[1] else (HELD, FAILED) if fails[1] else (TAKEN, PASSED)
        path = "" if node is None else str(Path(node.module_node.resolved_path).relative_to(ROOT))
        line = 0 if node is None else node.lineno
        yield Point(contract, pc, kind, check, path, line, _text(node), sides)


def _find_reverts(program: Program, source_map: dict[str, Any]) -> Iterator[tuple[int, str, int]]:
    from vyper.ast import Assert, Raise

    nodes = source_map["pc_raw_ast_map"]
    known = sorted(nodes)
    before = None
    for pc, (opcode, _) in program.items():
        near = bisect_right(known, pc) - 1
        is_empty = (
            before == DUP1
        )  # of two zeros: all of the compiler's checks share that one, behind whatever comes last
        before = opcode
        if opcode == REVERT and near >= 0 and not is_empty:
            node = nodes[known[near]]
            if not isinstance(node, Assert | Raise):  # one over several lines is known by its first
                node = node.get_ancestor((Assert, Raise)) or node
            yield pc, str(Path(node.module_node.resolved_path).relative_to(ROOT)), node.lineno


def _compile(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The runtime code, and the compiler's maps of it by place."""
    from vyper.compiler.input_bundle import FilesystemInputBundle
    from vyper.compiler.phases import CompilerData
    from vyper.compiler.settings import anchor_settings
    from vyper.ir.compile_ir import assembly_to_evm

    bundle = FilesystemInputBundle([ROOT])
    data = CompilerData(bundle.load_file(str(path.relative_to(ROOT))), input_bundle=bundle)
    with anchor_settings(data.settings):
        return data.bytecode_runtime, assembly_to_evm(data.assembly_runtime)[1]


def _instructions(code: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """Place, opcode and pushed number of each instruction."""
    pc = 0
    while pc < len(code):
        opcode = code[pc]
        length = opcode - PUSH0 if PUSH0 <= opcode <= PUSH32 else 0
        yield pc, (opcode, int.from_bytes(code[pc + 1 : pc + 1 + length], "big"))
        pc += 1 + length


def _pushed_before(program: Program, pc: int) -> int | None:
    """The number that the instruction right before a jump has pushed: where it leads."""
    for length in (3, 2, 4):
        if pc - length in program and program[pc - length][0] == PUSH0 + length - 1:
            return program[pc - length][1]
    return None


def _fails(program: Program, pc: int) -> bool:
    """Whether the straight line from here ends in a revert."""
    seen = set()
    while pc in program and pc not in seen:
        seen.add(pc)
        opcode, _ = program[pc]
        if opcode == JUMP:
            target = _pushed_before(program, pc)
            if target is None:
                return False
            pc = target
        elif opcode in ENDS:
            return opcode in (REVERT, INVALID)
        else:
            pc += 1 + (opcode - PUSH0 if PUSH0 <= opcode <= PUSH32 else 0)
    return False


def _kind(node: Any, check: str) -> str:
    if check in ("bad calldatasize or callvalue", "fallback function") or check.startswith("validate"):
        return CALLDATA
    name = type(node).__name__ if node is not None else ""
    if name == "Assert" or check.startswith("user "):
        return ASSERT
    if check:
        return CHECK
    return BRANCH if name in ("If", "IfExp", "BoolOp", "For", "Compare", "UnaryOp") else GENERATED


def _text(node: Any) -> str:
    """The first line of a place's source."""
    return "" if node is None else str(node.node_source_code).strip().split("\n")[0]
