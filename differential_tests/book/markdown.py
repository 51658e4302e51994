"""Tables of the generated parts of chapters."""

from collections.abc import Iterable


def cell(text: str) -> str:
    """A text that can stand in a table."""
    return text.replace("|", "\\|")


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a head that ends in a colon stands over numbers. LookupError for an empty cell."""
    titles = list(heads)
    lines = [f"| {' | '.join(title.rstrip(':') for title in titles)} |"]
    lines.append(f"|{'|'.join('---:' if title.endswith(':') else '---' for title in titles)}|")
    for row in rows:
        cells = list(row)
        if not all(cells) or len(cells) != len(titles):
            raise LookupError(f"a cell is empty in {cells}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
