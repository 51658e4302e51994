"""Rule ids: the first token of a docstring leads to the rule's text."""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

RULE_ID: Final = re.compile(r"([A-Z]{3}-\d+)(?::[0-9a-f]{4})?(?=\.)")
"""The id, with or without the hash of the rule's text behind it (differential_tests/book/stamps.py)."""


def rule_in(docstring: str) -> str:
    """The rule id that a docstring begins with, in Vyper after `@dev`; "" if it does not."""
    match = RULE_ID.match(docstring.strip().removeprefix("@dev").strip())
    return match[1] if match else ""


def rule_of(function: Any) -> str:
    """The rule id of a Python function; "" if it has none."""
    return rule_in(inspect.getdoc(function) or "")
