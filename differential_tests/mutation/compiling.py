"""Compiles contracts with one source changed, in less time: what the change can't touch is analysed once and for all.

The code is that of `artefacts`, byte for byte, as a test sees. A compiler leaves marks in the trees that it has
analysed, so that each compilation is made in a process of its own, which is forked from the one that has analysed.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import vyper.codegen.core as codegen
from vyper.codegen.module import generate_ir_for_module
from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
from vyper.compiler.phases import CompilerData, generate_assembly, generate_bytecode, reset_symbols
from vyper.compiler.settings import anchor_settings, should_run_legacy_optimizer
from vyper.exceptions import VyperException
from vyper.ir import optimizer
from vyper.semantics import analyze_module, set_data_positions, validate_compilation_target
from vyper.semantics.analysis.imports import ImportAnalyzer, _ImportGraph, _parse_ast

from differential_tests.contracts.artefacts import ROOT, artefact, deployables, with_imports


class NotCompiledError(Exception):
    """The compiler refuses a source; the text is its first line. What the compiler raises can't leave its process."""

    @classmethod
    def of(cls, error: VyperException) -> "NotCompiledError":
        """The same in one line."""
        text = str(error).strip().splitlines() or [""]
        return cls(f"{type(error).__name__}: {text[0]}")


def is_same(initcode: bytes, name: str) -> bool:
    """Whether this deploys the contract as it is; what the compiler appends, with the sources' hash, does not count."""
    length = int.from_bytes(initcode[-2:], "big")
    known = artefact(name).initcode
    return len(initcode) == len(known) and initcode[:-length] == known[:-length]


@cache
def contracts_with(file: str) -> tuple[str, ...]:
    """The contracts that are made of a source, the smallest code first."""
    found = [path.stem for path in deployables() if ROOT / file in with_imports(path)]
    return tuple(sorted(found, key=lambda name: len(artefact(name).runtime)))


class Compiler:
    """The trees of all sources, analysed."""

    def __init__(self) -> None:
        self._trees: dict[Path, Any] = {}
        self._bundle = FilesystemInputBundle([ROOT])
        self._changed: Mapping[str, str] = {}
        self.reached: dict[tuple[str, str], set[str]] = {}
        """The contracts whose code has a function in it, by file and name; "" for what is no function."""
        self.callers: dict[tuple[str, str], set[str]] = {}
        """The external functions that reach a function, by name."""

    def analyse(self) -> None:
        """Analyse every contract."""
        for path in deployables():
            module = self._analyse(path)
            for function in module._metadata["type"].exposed_functions:
                if not hasattr(function.ast_def, "body"):
                    continue
                for each in (function, *function.reachable_internal_functions):
                    self._note(each, path.stem, function.name)
            created = module._metadata["type"].init_function
            for each in (created, *created.reachable_internal_functions) if created else ():
                self._note(each, path.stem, "")

    def _note(self, function: Any, contract: str, caller: str) -> None:
        file = str(Path(function.ast_def.module_node.resolved_path).relative_to(ROOT))
        self.reached.setdefault((file, function.name), set()).add(contract)
        self.callers.setdefault((file, function.name), set()).add(caller)

    def compile(self, name: str, changed: Mapping[str, str]) -> bytes:
        """What deploys a contract, with these texts in place of their files; its sources' hash is 0.

        Errors: NotCompiledError. Only once in a process.
        """
        try:
            return self._compile(name, changed)
        except VyperException as error:
            raise NotCompiledError.of(error) from None

    def _compile(self, name: str, changed: Mapping[str, str]) -> bytes:
        path = next(path for path in deployables() if path.stem == name)
        self._changed = changed
        for kept in list(self._trees):
            if any(ROOT / file in with_imports(kept) for file in changed):
                del self._trees[kept]
        source = self._load(path)
        settings = CompilerData(source, input_bundle=self._bundle).settings
        with anchor_settings(settings):
            module = self._analyse(path)
            validate_compilation_target(module._metadata["type"])
            set_data_positions(module, None)
            codegen.reset_names()
            reset_symbols()
            code, _ = generate_ir_for_module(module._metadata["type"])
            if should_run_legacy_optimizer(settings):
                code = optimizer.optimize(code)
            made: bytes = generate_bytecode(generate_assembly(code, settings.optimize), compiler_metadata=bytes(32))
        return made

    def _analyse(self, path: Path) -> Any:
        tree = self._tree(self._load(path))
        with self._bundle.search_path(path.parent):
            _Imports(self, self._bundle, tree).resolve_imports()
        analyze_module(tree)
        return tree

    def _load(self, path: Path) -> FileInput:
        return self._bundle.load_file(str(path.relative_to(ROOT)))

    def _tree(self, file: FileInput) -> Any:
        path = Path(file.resolved_path)
        if path not in self._trees:
            text = self._changed.get(str(path.relative_to(ROOT)), file.contents)
            self._trees[path] = _parse_ast(FileInput(file.source_id, file.path, file.resolved_path, text))
        return self._trees[path]


class _Imports(ImportAnalyzer):  # type: ignore[misc]  # vyper has no types
    """Resolves imports to the trees that are kept."""

    def __init__(self, compiler: Compiler, bundle: FilesystemInputBundle, tree: Any) -> None:
        super().__init__(bundle, _ImportGraph(), tree)
        self._compiler = compiler

    def _ast_from_file(self, file: FileInput) -> Any:
        return self._compiler._tree(file)
