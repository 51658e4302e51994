"""The compiler's part: contracts compiled in process, and where it says that their functions are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vyper.ast as vy_ast
from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import anchor_settings
from vyper.exceptions import VyperException
from vyper.ir.compile_ir import assembly_to_evm_with_symbol_map
from vyper.semantics.types import BoolT, IntegerT, TupleT

from differential_tests.symbolic.evm.compiled import (
    MATH,
    CompilationFailed,
    CompiledContract,
    InternalFunction,
    MathFunction,
)
from differential_tests.symbolic.reference.rule_id import rule_in
from differential_tests.symbolic.terms.arithmetic import Unsupported
from differential_tests.symbolic.terms.word_type import BOOL, WordType, integer_type


def compile_text(source: str, path: Path, root: Path) -> CompiledContract:
    """The contract with this text; imports are looked up from `root`."""
    file_input = FileInput(source_id=-1, path=path, resolved_path=path.resolve(), contents=source)
    data = CompilerData(file_input, input_bundle=FilesystemInputBundle([root]))
    try:
        with anchor_settings(data.settings):
            runtime = data.bytecode_runtime
            initcode = data.bytecode
            assembled, _, symbols = assembly_to_evm_with_symbol_map(data.assembly_runtime)
    except VyperException as error:
        raise CompilationFailed(f"{path.name}: {error}") from error
    if assembled != runtime or runtime not in initcode:
        raise CompilationFailed(f"{path.name}: the assembled code is not the code that is deployed")
    if data.settings.experimental_codegen:
        raise CompilationFailed(f"{path.name}: only the legacy code generator is supported")
    places = {str(symbol).removeprefix("_sym_"): pc for symbol, pc in symbols.items() if isinstance(pc, int)}
    functions: dict[tuple[str, str], InternalFunction] = {}
    unsupported: dict[tuple[str, str], str] = {}
    for topic, node in _math_functions(data.annotated_vyper_module, root):
        kind = node._metadata["func_type"]
        if kind._ir_info is None:
            continue
        pc = places.get(kind._ir_info.internal_function_label(False))
        if pc is None or runtime[pc] != 0x5B:
            continue
        try:
            functions[topic, node.name] = _internal_function(topic, node.name, kind, pc)
        except Unsupported as error:
            unsupported[topic, node.name] = str(error)
    return CompiledContract(path.stem, runtime, functions, unsupported)


def _math_functions(module: Any, root: Path) -> Iterator[tuple[str, Any]]:
    """The internal functions of the mathematical modules that `module` imports, directly or not."""
    seen: dict[str, Any] = {}
    waiting = [module]
    while waiting:
        node = waiting.pop()
        if node.resolved_path not in seen:
            seen[node.resolved_path] = node
            waiting.extend(info.module_node for info in node._metadata["type"].imported_modules.values())
    folder = root / MATH
    for place, node in seen.items():
        if Path(place).parent == folder:
            for function in node.get_children(vy_ast.FunctionDef):
                if function._metadata["func_type"].is_internal:
                    yield Path(place).stem, function


def _internal_function(topic: str, name: str, kind: Any, pc: int) -> InternalFunction:
    frame = kind._ir_info.frame_info
    returned = kind.return_type
    types = () if returned is None else returned.member_types if isinstance(returned, TupleT) else (returned,)
    return InternalFunction(
        topic=topic,
        name=name,
        pc=pc,
        frame=frame.frame_start,
        frame_end=frame.mem_used,
        arguments=tuple((argument.name, _word_type(argument.typ)) for argument in kind.arguments),
        returns=tuple(_word_type(member) for member in types),
    )


def _word_type(kind: Any) -> WordType:
    if isinstance(kind, BoolT):
        return BOOL
    if isinstance(kind, IntegerT):
        return integer_type(kind.bits, kind.is_signed)
    raise Unsupported(f"the type {kind}")


def declared_functions(path: Path) -> list[MathFunction]:
    """Every function that the module at `path` declares."""
    found = []
    for node in vy_ast.parse_to_ast(path.read_text()).get_children(vy_ast.FunctionDef):
        text = node.doc_string.value if node.doc_string else ""
        found.append(
            MathFunction(
                topic=path.stem,
                name=node.name,
                rule=rule_in(text),
                arguments=tuple(argument.arg for argument in node.args.args),
                argument_types=tuple(argument.annotation.node_source_code for argument in node.args.args),
                return_type=node.returns.node_source_code if node.returns else None,
                decorators=tuple(decorator.id for decorator in node.decorator_list),
            )
        )
    return found
