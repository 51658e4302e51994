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
from differential_tests.book.figures import STORAGE, draw_figures
from differential_tests.book.formulas import NoFormula, is_formula, to_mathml
from differential_tests.book.origin import describe
from differential_tests.book.outline import outline
from differential_tests.book.rules import rules_of
from differential_tests.book.sources import markdown_of, source_index, source_page
from differential_tests.book.storage import draw_storage
from differential_tests.book.trace import Trace

ASSETS: Final = Path(__file__).parent / "assets"
DISPLAYED: Final = re.compile(r"^`([^`\n]+)`$", re.M)
OUTSIDE: Final = re.compile(r"(?:(?<=\[)`([\w.]+)`)?\]\(\.\./([\w/.-]+)(#[^)]*)?\)")
WIDE: Final = ("traceability.md", "evidence.md", "entry-points.md", "errors.md", "external-calls.md")
"""Chapters that are tables, and need the room beside them."""
LANDSCAPE: Final = "<style>@page { size: A4 landscape; margin: 10mm; }</style>"
TABLE: Final = re.compile(r"<table>.*?</table>", re.S)
LONG: Final = 12
"""Rows from which a table can be sorted and filtered, and keeps its head in sight."""
GENERATED: Final = re.compile(r"<!-- generated: [\w ]+ begin -->.*?<!-- generated: [\w ]+ end -->", re.S)
CODE: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
"""In generated tables this is code, never a formula: two marks keep it so."""
STORED: Final = re.compile(rf'<p><img [^>]*src="figures/{STORAGE}"[^>]*></p>')
QUIET: Final = re.compile(r"<td([^>]*)>(none|no|·|not pure|no transaction)</td>")
YES: Final = re.compile(r"<td([^>]*)>(yes)</td>")
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
    text = OUTSIDE.sub(lambda match: _lead(match, lines_of(root_of(config))), text)
    return GENERATED.sub(lambda match: CODE.sub(r"``\1``", match[0]), text)


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


@cache
def lines_of(root: Path) -> dict[str, dict[str, int]]:
    """The lines of the functions of each source, by name and by module and name."""
    lines: dict[str, dict[str, int]] = {}
    for place in trace(root).places:
        lines.setdefault(place.file, {}).update({place.name: place.line, place.key: place.line})
    return lines


def _lead(match: re.Match[str], lines: dict[str, dict[str, int]]) -> str:
    """A link to a file outside of spec/: to its page in the book, where it has one, and there to the function."""
    label, file, anchor = match[1], match[2], match[3] or ""
    shown = f"`{label}`" if label else ""
    if file not in lines:
        return f"{shown}](sources.md)"
    line = lines[file].get(label or "")
    return f"{shown}]({markdown_of(file)}{anchor or (f'#L-{line}' if line else '')})"


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """The boxes, in their places; long tables with what sorts and filters them; where the book comes from."""
    html = BOX.sub(lambda match: boxes(root_of(config)).box(match[1]), html)
    html = STORED.sub(
        lambda _: f'<div class="diagram storage">{draw_storage(root_of(config), is_alone=False)}</div>', html
    )
    html = TABLE.sub(lambda match: _tabulate(match[0]), html)
    foot = f'<p class="origin" data-search-exclude>{origin(root_of(config))}</p>'
    if page.file.src_uri in WIDE:
        html = f'{LANDSCAPE}<div class="wide">{html}</div>'
    return f"{html}\n{foot}"


def _tabulate(html: str) -> str:
    html = YES.sub(r'<td\1 class="yes">\2</td>', QUIET.sub(r'<td\1 class="quiet">\2</td>', html))
    return f'<div class="data">{html}</div>' if html.count("<tr>") > LONG else html


@cache
def origin(root: Path) -> str:
    """Version, commit and date."""
    return describe(root)
