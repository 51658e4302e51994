"""How figures look, and how they are written: the same bytes from the same numbers."""

from io import BytesIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

SPOT_COLOUR: Final = "#999999"
MARK_COLOUR: Final = "#0072b2"
FILL_COLOUR: Final = "#d55e00"
STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "megatao",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "path.simplify": False,
}


def new_figure(columns: int, height: float) -> Figure:
    """A figure of some axes side by side, to be drawn under STYLE. height: inches."""
    figure = Figure(figsize=(8.0, height), layout="constrained")
    figure.subplots(1, columns, sharey=True)
    return figure


def to_svg(figure: Figure) -> bytes:
    """The figure's bytes: no date, no random ids."""
    content = BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return content.getvalue()
