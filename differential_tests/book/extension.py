"""Markdown of the chapters: formulas in code font become MathML, ids of rules become links."""

import re
from typing import Final
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

from differential_tests.book.formulas import NoFormula, is_formula, to_mathml
from differential_tests.book.rules import ERRATUM_ID, RULE_ID, Rule, load_rules

FORMULA: Final = r"(?<!`)`([^`\n]+)`(?!`)"
LONG: Final = 24
"""Signs from which a formula inside of a text may be wider than a narrow screen, and can be moved there."""
ID: Final = rf"(?<![\w#-])({RULE_ID}|{ERRATUM_ID})(?![\w:-])"


class _Formula(InlineProcessor):  # type: ignore[misc]  # markdown has no types
    def handleMatch(  # noqa: N802  the library's name
        self, match: re.Match[str], data: str
    ) -> tuple[str | None, int | None, int | None]:
        """MathML in place of the formula; what is code stays."""
        del data
        if not is_formula(match[1]):
            return None, None, None
        try:
            mathml = to_mathml(match[1])
        except NoFormula:
            return None, None, None
        if len(match[1]) > LONG:
            mathml = f'<span class="long">{mathml}</span>'
        return self.md.htmlStash.store(mathml), match.start(0), match.end(0)


class _RuleLink(InlineProcessor):  # type: ignore[misc]  # markdown has no types
    ANCESTOR_EXCLUDES = ("a", "h1", "h2", "h3", "h4", "h5", "h6", "code")

    def __init__(self, md: Markdown, rules: dict[str, Rule]) -> None:
        super().__init__(ID, md)
        self._rules = rules

    def handleMatch(  # noqa: N802  the library's name
        self, match: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        """A link to the rule's heading."""
        del data
        rule = self._rules.get(match[1])
        if rule is None:
            return None, None, None
        link = Element("a", {"href": rule.target, "class": "rule", "title": rule.title})
        link.text = match[1]
        return link, match.start(0), match.end(0)


class BookExtension(Extension):  # type: ignore[misc]  # markdown has no types
    """Both of them."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  the library's name
        """Registered before code spans, and after links."""
        rules = {rule.id: rule for rule in load_rules()}
        md.inlinePatterns.register(_Formula(FORMULA, md), "formula", 195)
        md.inlinePatterns.register(_RuleLink(md, rules), "rule", 55)


def makeExtension(**options: object) -> BookExtension:  # noqa: N802  the library's name
    """For markdown's registry."""
    return BookExtension(**options)
