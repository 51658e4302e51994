"""What mkdocs calls while it builds the book: see mkdocs.yml."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from differential_tests.book.boxes import Boxes
from differential_tests.book.examples import run_examples
from differential_tests.book.figures import draw_figures
from differential_tests.book.formulas import NoFormula, is_formula, to_mathml
from differential_tests.book.outline import outline
from differential_tests.book.rules import rules_of
from differential_tests.book.sources import markdown_of, source_index, source_page
from differential_tests.book.trace import Trace

ASSETS: Final = Path(__file__).parent / "assets"
DISPLAYED: Final = re.compile(r"^`([^`\n]+)`$", re.M)
OUTSIDE: Final = re.compile(r"(\]\()\.\./([\w/.-]+)(#[^)]*)?\)")
WIDE: Final = ("traceability.md", "evidence.md")
"""Chapters that are tables, and need the room beside them."""
PLACEHOLDER: Final = "RULE_BOX_{}"
BOX: Final = re.compile(r"<p>RULE_BOX_([A-Z]+-\d+)</p>")


@cache
def trace(root: Path) -> Trace:
    """What ties rules, code and tests."""
    return Trace(root)


@cache
def boxes(root: Path) -> Boxes:
    """The boxes of all rules."""
    return Boxes(trace(root))


def root_of(config: MkDocsConfig) -> Path:
    """The project that the book is of."""
    return Path(config.config_file_path).parent


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The order of the chapters is that of the tables in spec/README.md. No book is built on a wrong example."""
    spec = root_of(config) / "spec"
    failures = list(run_examples(spec))
    if failures:
        raise PluginError("\n".join(f"spec/{each.chapter}.md:{each.line}: {each.message}" for each in failures))
    config.nav = outline(spec)
    config.extra_css = [*config.extra_css, "assets/book.css"]
    config.extra["polyfills"] = ["assets/iframe-worker.js"]
    config.extra_javascript = [*config.extra_javascript, "assets/book.js"]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the book's own style, its figures as they are drawn now, and the sources that its boxes lead to."""
    root = root_of(config)
    for path in sorted(ASSETS.iterdir()):
        files.append(File.generated(config, f"assets/{path.name}", content=path.read_bytes()))
    for name, content in draw_figures().items():
        if drawn := files.get_file_from_path(f"figures/{name}"):
            files.remove(drawn)
        files.append(File.generated(config, f"figures/{name}", content=content))
    sources = {place.file for place in trace(root).places}
    files.append(File.generated(config, "sources.md", content=source_index(sources)))
    for file in sorted(sources):
        files.append(File.generated(config, markdown_of(file), content=source_page(root, file)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Puts a place for its box below each rule, shows formulas that stand alone, leads links to sources' pages."""
    path = page.file.src_uri
    if "/" in path:
        return markdown
    if path in WIDE:
        page.meta["hide"] = ["toc"]
    lines = markdown.splitlines()
    rules = rules_of(Path(path).stem, markdown)
    for rule in reversed(rules):
        end = rule.line + _length(lines[rule.line :])
        lines[end:end] = ["", PLACEHOLDER.format(rule.id), ""]
    text = "\n".join(lines)
    text = DISPLAYED.sub(_display, text)
    known = {place.file for place in trace(root_of(config)).places}
    return OUTSIDE.sub(lambda match: _lead(match, known), text)


def _length(lines: list[str]) -> int:
    """Lines of a rule's section: to the next heading outside of a fence."""
    inside = False
    for number, line in enumerate(lines):
        if line.startswith("```"):
            inside = not inside
        elif not inside and line.startswith("#"):
            return number
    return len(lines)


def _display(match: re.Match[str]) -> str:
    if not is_formula(match[1]):
        return match[0]
    try:
        return f'<div class="formula">{to_mathml(match[1], "block")}</div>'
    except NoFormula:
        return match[0]


def _lead(match: re.Match[str], known: set[str]) -> str:
    """A link to a file outside of spec/: to its page in the book, where it has one."""
    file = match[2]
    if file in known:
        return f"{match[1]}{markdown_of(file)}{match[3] or ''})"
    return f"{match[1]}sources.md)"


def on_page_content(html: str, config: MkDocsConfig, **_: Any) -> str:
    """The boxes, in their places."""
    return BOX.sub(lambda match: boxes(root_of(config)).box(match[1]), html)
