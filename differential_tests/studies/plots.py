"""The figures of spec/studies.md."""

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from differential_tests.studies import drift, push
from differential_tests.studies.style import FILL_COLOUR, MARK_COLOUR, SPOT_COLOUR, STYLE, new_figure


@mpl.rc_context(STYLE)
def draw_push() -> Figure:
    """Gain and cost over the size of the push."""
    drawn = new_figure(2, 3.4)
    titles = ("Close a long at the pushed price", "Open a short at the pushed price")
    for axes, gain_of, title in zip(drawn.axes, (push.gain_of_close, push.gain_of_open), titles, strict=True):
        axes.axhline(0, color="#bbbbbb", linewidth=0.8)
        axes.plot(
            push.PUSHES, [gain_of(part, False) for part in push.PUSHES], color=FILL_COLOUR, label="gain, published"
        )
        axes.plot(push.PUSHES, [gain_of(part, True) for part in push.PUSHES], color=MARK_COLOUR, label="gain, guarded")
        axes.plot(
            push.PUSHES, [push.cost_of_push(part) for part in push.PUSHES], color=SPOT_COLOUR, label="cost in the pool"
        )
        axes.set_title(title)
        axes.set_xlabel("push, part of the price")
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, 0))
    drawn.axes[0].set_ylabel("TAO, of a notional of 200")
    drawn.axes[0].legend()
    return drawn


@mpl.rc_context(STYLE)
def draw_drift() -> Figure:
    """Gains over the days, by skew; and of a guarded fill, which starts at spot."""
    drawn = new_figure(1, 3.2)
    [axes] = drawn.axes
    days = [hour / 24 for hour in range(24 * drift.DAYS + 1)]
    axes.axhline(0, color="#bbbbbb", linewidth=0.8)
    for (name, (longs, shorts)), style in zip(drift.SKEWS.items(), (":", "--", "-"), strict=True):
        axes.plot(days, drift.gains(longs, shorts), style, color=FILL_COLOUR, label=f"published, {name}")
    axes.plot(days, drift.gains(1, 1, drift.AFTER), color=MARK_COLOUR, label="guarded, balanced")
    axes.set_xlabel("days after spot has risen by 20% and stayed")
    axes.set_ylabel("gain, part of the notional")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, 0))
    axes.set_ylim(-0.22, 0.22)
    axes.legend(loc="lower right")
    return drawn
