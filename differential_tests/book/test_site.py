"""The book, built and opened in a real browser: nothing broken, formulas, boxes and figures there, no network."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

from differential_tests.book.commands import spec
from differential_tests.book.diagrams import DiagramError, parse_diagram, render
from differential_tests.book.figures import draw_figures
from differential_tests.book.formulas import NoFormula, is_formula, to_mathml, to_tex
from differential_tests.book.hooks import GENERATED
from differential_tests.book.origin import describe
from differential_tests.book.rules import ROOT, load_rules
from differential_tests.book.site import MADE, BookError, build_site, is_taken
from differential_tests.contracts.files import find_files
from differential_tests.contracts.provenance import read_made

CHAPTERS = [path.stem for path in find_files(ROOT / "spec", "*.md") if path.stem != "README"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book."""
    folder = tmp_path_factory.mktemp("book")
    build_site(folder)
    return folder


class Links(HTMLParser):
    """What a page links to, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects them."""
        values = dict(attrs)
        target = values.get("src") if tag in ("img", "script") else values.get("href")
        if target:
            self.targets.append(target)
        self.anchors |= {name for name in (values.get("id"), values.get("name") if tag == "a" else None) if name}


def test_a_folder_of_other_things_is_no_place_for_a_book(site: Path, tmp_path: Path) -> None:
    assert read_made(json.loads((site / MADE).read_text()), "book").version == version("megatao")
    assert not is_taken(site)
    assert not is_taken(tmp_path / "nowhere")
    assert not is_taken(tmp_path)
    (tmp_path / "thesis.tex").write_text("mine")
    result = CliRunner().invoke(spec, ["build", "--output", str(tmp_path)])
    assert (result.exit_code, "other things than a book" in " ".join(result.output.split())) == (2, True)
    assert (tmp_path / "thesis.tex").read_text() == "mine"


def test_every_link_and_anchor_is_there(site: Path) -> None:
    pages = {path.relative_to(site).as_posix(): Links(path.read_text()) for path in site.rglob("*.html")}
    broken = []
    for name, page in pages.items():
        for target in page.targets:
            file, anchor = urldefrag(unquote(target))
            if re.match(r"(https?|data|javascript):", file) or name == "404.html":
                continue
            there = ((site / name).parent / file).resolve() if file else site / name
            there = there / "index.html" if there.is_dir() else there
            linked = there.relative_to(site).as_posix() if there.is_relative_to(site) else ""
            if not there.is_file() or (anchor and linked in pages and anchor not in pages[linked].anchors):
                broken.append(f"{name}: {target}")
    assert len(pages) > len(CHAPTERS)
    assert broken == []


def test_nothing_is_asked_of_another_host(site: Path) -> None:
    for path in site.rglob("*.html"):
        loaded = re.findall(r'<(?:script|img|iframe|link)\b[^>]*(?:src|href)="(https?:[^"]+)"', path.read_text())
        assert loaded == [], path


def test_every_rule_has_its_box_and_its_formula(site: Path) -> None:
    for rule in load_rules():
        text = (site / f"{rule.chapter}.html").read_text()
        if not rule.is_erratum:
            assert f'<span class="id">{rule.id}<span class="stamp"' in text, rule.id
    for chapter in CHAPTERS:
        text, formulas = (site / f"{chapter}.html").read_text(), formulas_of(ROOT / "spec" / f"{chapter}.md")
        assert "RULE_BOX" not in text
        assert text.count("<math ") == len([each for each in formulas if can_be_set(each)]), chapter


# In a browser


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves without a word."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the book is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def open_page(browser: Browser, url: str, own: str, **options: Any) -> tuple[Page, list[str]]:
    """A page, and what went wrong on it: errors, and requests that are not for `own`."""
    page = browser.new_context(**options).new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((own, "data:", "blob:")) else wrong.append(asked.url))
    page.on("requestfailed", lambda asked: None if "ERR_ABORTED" in (asked.failure or "") else wrong.append(asked.url))
    page.goto(url)
    return page, wrong


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_chapters_open_without_an_error_and_fit(browser: Browser, address: str, width: int, scheme: str) -> None:
    for chapter in ("index", *CHAPTERS):
        size = {"width": width, "height": 900}
        page, wrong = open_page(browser, f"{address}/{chapter}.html", address, viewport=size, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), chapter
        flat = page.evaluate(
            "[...document.querySelectorAll('math, .diagram svg, img')].filter(each => {"
            "const box = each.getBoundingClientRect(); return box.width < 2 || box.height < 2}).length"
        )
        assert flat == 0, chapter
        loaded = page.evaluate("[...document.images].every(each => each.complete && each.naturalWidth > 0)")
        assert loaded, chapter
        colours = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        lightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours]
        assert (lightness[0] > lightness[1]) == (scheme == "light"), chapter
        assert wrong == [], chapter
        page.context.close()


def test_the_two_languages_stand_side_by_side_where_there_is_room(browser: Browser, address: str) -> None:
    for width, beside in ((1440, True), (1200, False), (390, False)):
        size = {"width": width, "height": 900}
        page, _ = open_page(browser, f"{address}/impact.html", address, viewport=size)
        boxes = page.locator(".box .code.beside").first.locator(".column")
        python, vyper = boxes.nth(0).bounding_box(), boxes.nth(1).bounding_box()
        assert python is not None
        assert vyper is not None
        assert (python["y"] == vyper["y"]) == beside
        assert "reference/math/impact.py" in boxes.nth(0).inner_text()
        assert "vyper_contracts/math/impact.vy" in boxes.nth(1).inner_text()
        page.context.close()


def test_no_line_of_a_box_is_cut_where_there_is_room(browser: Browser, address: str) -> None:
    page, _ = open_page(browser, f"{address}/index.html", address, viewport={"width": 1440, "height": 900})
    count = 0
    for chapter in CHAPTERS:
        page.goto(f"{address}/{chapter}.html")
        page.evaluate("document.querySelectorAll('.box details').forEach(each => each.open = true)")
        blocks = page.evaluate(
            "[...document.querySelectorAll('.box pre')]"
            ".map(each => [each.scrollWidth - each.clientWidth, each.innerText])"
        )
        assert [text for cut, text in blocks if cut > 0] == [], chapter
        count += len(blocks)
    assert count > 400
    page.context.close()


# Long tables

TABLED = ("traceability", "evidence", "entry-points", "errors", "external-calls")
PAPER = 1_046
"""Pixels of a landscape page between its margins."""


@pytest.mark.parametrize("way", ["http", "file"])
def test_rows_are_filtered_and_sorted_under_a_head_that_stays(
    browser: Browser, site: Path, address: str, way: str
) -> None:
    own = address if way == "http" else site.as_uri()
    page, wrong = open_page(browser, f"{own}/evidence.html", own, viewport={"width": 1440, "height": 900})
    table = page.locator(".data").first
    rows, tests = table.locator("tbody tr:not([hidden])"), "tbody tr:not([hidden]) td:nth-child(3)"
    everything = rows.count()
    table.locator("input").fill("VaultModule shr")
    assert rows.count() == 0
    table.locator("input").fill("SHARES shr-2")
    assert 0 < rows.count() < everything
    assert table.locator(".tools span").inner_text() == f"{rows.count()} of {everything} rows"
    table.locator("input").fill("")
    before = table.locator(tests).all_inner_texts()
    head = table.locator("th").nth(2)
    head.locator("[role=button]").click()
    assert list(map(int, table.locator(tests).all_inner_texts())) == sorted(map(int, before))
    head.locator("[role=button]").press("Enter")
    assert list(map(int, table.locator(tests).all_inner_texts())) == sorted(map(int, before), reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("[role=button]").press(" ")
    assert table.locator(tests).all_inner_texts() == before
    scrolled = table.locator(".md-typeset__scrollwrap")
    scrolled.evaluate("each => each.scrollTop = 500")
    top, head_top = scrolled.bounding_box(), head.bounding_box()
    assert top is not None
    assert head_top is not None
    assert abs(top["y"] - head_top["y"]) < 3
    assert wrong == []
    page.context.close()


@pytest.mark.parametrize("chapter", TABLED)
def test_tables_are_printed_whole(browser: Browser, address: str, chapter: str) -> None:
    page, _ = open_page(browser, f"{address}/{chapter}.html", address, viewport={"width": PAPER, "height": 700})
    page.locator(".data input").first.fill("no row has this")
    assert page.locator(".data tbody tr:visible").count() < page.locator(".data tbody tr").count()
    page.emulate_media(media="print")
    assert page.locator(".data tbody tr:visible").count() == page.locator(".data tbody tr").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
    cut = page.evaluate(
        "[...document.querySelectorAll('.data, .data *')]"
        ".filter(each => each.getBoundingClientRect().right > innerWidth"
        " || getComputedStyle(each).overflowY === 'auto').map(each => each.outerHTML.slice(0, 80))"
    )
    assert cut == []
    page.context.close()


def test_no_cell_of_a_long_table_is_empty(site: Path) -> None:
    for chapter in TABLED:
        text = (site / f"{chapter}.html").read_text()
        assert re.findall(r"<td[^>]*>\s*</td>", text) == [], chapter


def test_every_page_says_what_it_was_built_from(site: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    pages = [path for path in site.rglob("*.html") if path.name != "404.html"]
    for path in pages:
        found = re.search(r'<p class="origin"[^>]*>MegaTAO ([\d.]+), (.+)</p>', path.read_text())
        assert found, path
        assert found[1] == version
        assert re.search(r"(commit [0-9a-f]{7,}|not a checkout).* \d{4}-\d\d-\d\d$", found[2]), found[2]


def test_what_is_no_checkout_says_so(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert ", not a checkout, built on 20" in describe(tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", tmp_path, "add", "."], check=True)
    subprocess.run(["git", "-C", tmp_path, *identity, "commit", "-q", "-m", "first"], check=True)
    assert re.search(r", commit [0-9a-f]{7,} of 20\d\d-\d\d-\d\d$", describe(tmp_path))
    (tmp_path / "pyproject.toml").write_text((tmp_path / "pyproject.toml").read_text() + "\n")
    assert " with changes, built on 20" in describe(tmp_path)
    (tmp_path / "inside").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "inside")
    assert ", not a checkout" in describe(tmp_path / "inside")


def test_code_in_generated_tables_is_no_formula(site: Path) -> None:
    assert "<math" not in (site / "reverts.html").read_text()


def test_the_storage_is_drawn_in_the_page_s_own_colours(browser: Browser, site: Path, address: str) -> None:
    drawn = re.search(r'<div class="diagram storage">(.*?)</div>', (site / "storage.html").read_text())
    assert drawn
    assert "<style>" not in drawn[1]
    assert all(f">{name}<" in drawn[1] for name in ("account_words", "market_words[7]", "is long", "keepers only"))
    fills = []
    for scheme in ("light", "dark"):
        page, _ = open_page(browser, f"{address}/storage.html", address, color_scheme=scheme)
        fills.append(page.locator(".storage rect").first.evaluate("each => getComputedStyle(each).fill"))
        page.context.close()
    assert fills[0] != fills[1]


def test_links_of_tables_lead_to_the_line_of_the_function(site: Path) -> None:
    text = (site / "traceability.html").read_text()
    found = re.search(r'href="sources/reference/math/fees\.py\.html#L-(\d+)"><code>fees\.calculate_fee_up', text)
    assert found
    assert "def calculate_fee_up" in (ROOT / "reference/math/fees.py").read_text().splitlines()[int(found[1]) - 1]


@pytest.mark.parametrize("way", ["http", "file"])
def test_search_finds_a_rule(browser: Browser, site: Path, address: str, way: str) -> None:
    own = address if way == "http" else site.as_uri()
    page, wrong = open_page(browser, f"{own}/index.html", own, viewport={"width": 1440, "height": 900})
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially("bad debt")
    page.locator(".md-search-result__item").first.wait_for()
    assert "liquidation.html" in page.locator(".md-search-result__list").inner_html()
    assert wrong == []
    page.context.close()


def test_what_is_folded_is_printed(browser: Browser, address: str) -> None:
    page, _ = open_page(browser, f"{address}/positions.html", address)
    folded = page.locator(".box details:not([open])")
    assert folded.count() > 0
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert folded.count() == 0
    assert not page.locator(".md-header").is_visible()
    assert page.pdf()[:4] == b"%PDF"
    page.context.close()


# What it is made of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the book is made of."""
    for part in ("spec", "reference", "vyper_contracts", "differential_tests"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for file in [*ROOT.glob("*.md"), ROOT / "mkdocs.yml", ROOT / "pyproject.toml"]:
        shutil.copy(file, tmp_path)
    return tmp_path


def change(root: Path, file: str, before: str, after: str) -> None:
    """What stands once in a chapter becomes something else."""
    path = root / "spec" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_the_book_is_not_built_on_a_wrong_example(project: Path) -> None:
    change(project, "tour.md", "11805107209523141288", "11805107209523141289")
    with pytest.raises(BookError, match="gives 11805107209523141288, not 11805107209523141289"):
        build_site(project / "book", project)


def test_the_book_is_not_built_on_a_broken_link(project: Path) -> None:
    change(project, "tour.md", "(protocol.md)", "(protocols.md)")
    change(project, "accounts.md", "(#acc-2-withdrawal)", "(#acc-2-withdrawals)")
    with pytest.raises(BookError) as failure:
        build_site(project / "book", project)
    assert "protocols.md" in str(failure.value)
    assert "#acc-2-withdrawals" in str(failure.value)


def test_figures_that_are_checked_in_are_what_the_studies_draw() -> None:
    for name, content in draw_figures().items():
        assert (ROOT / "spec" / "figures" / name).read_bytes() == content, "megatao spec tables"


def test_formulas() -> None:
    assert to_tex("⌈c / n⌉ + base") == r"\left\lceil \frac{c}{n} \right\rceil + \text{base}"
    assert to_tex("(a + b) / (c · d)") == r"\frac{a + b}{c \cdot d}"
    assert to_tex("s mod 2¹²⁸ − x₀") == r"s \bmod 2^{128} - x_{0}"
    assert to_tex("min(⌈20% · u²⌉, 32 hours) ≤ τ") == (
        r"\text{min}\left( \left\lceil 20\% \cdot u^{2} \right\rceil, 32\,\text{hours} \right) \le \tau"
    )
    assert to_mathml("⌊a / b⌋").startswith('<math alttext="⌊a / b⌋"')
    for text in ("⌊a", "a +", "WAD = 10**18"):
        with pytest.raises(NoFormula):
            to_tex(text)


def formulas_of(path: Path) -> list[str]:
    """The texts in code font that have a formula's signs, outside of fences and of what is generated."""
    text = re.sub(r"^```.*?^```", "", GENERATED.sub("", path.read_text()), flags=re.S | re.M)
    return [found for found in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text) if is_formula(found)]


def can_be_set(text: str) -> bool:
    """Whether it is a formula."""
    try:
        to_tex(text)
    except NoFormula:
        return False
    return True


def test_formulas_of_the_chapters_are_set_but_for_those_in_python_s_signs() -> None:
    left = {text for path in (ROOT / "spec").glob("*.md") for text in formulas_of(path) if not can_be_set(text)}
    assert {text for text in left if "**" not in text} == {"⌊ ⌋", "⌈ ⌉"}


def test_diagrams() -> None:
    drawn = render(parse_diagram("stateDiagram-v2\n[*] --> a: go\na --> b: <on>\nb --> a: back\na --> a: stay\n"))
    assert drawn.count('class="edge"') == 4
    assert drawn.count('class="node"') == 2
    assert "&lt;on&gt;" in drawn
    flow = parse_diagram("flowchart LR\na[Free cash] -->|10% of it| b[Vault]\nb --> c\n")
    assert flow.names == {"a": "Free cash", "b": "Vault", "c": "c"}
    for text in ("pie", "flowchart LR\na ==> b", "stateDiagram-v2\na -> b"):
        with pytest.raises(DiagramError):
            parse_diagram(text)
