"""Bars divided by kind, one below the other, and ribbons of the same patients from one to the next."""

import numpy as np

from ..style import INK, wrap

LABEL = 24  # characters of a line of a bar's name
BAR = 0.5  # height of a bar where one row is 1
LEAST = 0.04  # share of the patients from which a part holds its count


def plot_ribbons(axes, table, labels, colours, dark=()):
    """Bars and ribbons. table : frame, one row a patient, one column a bar; colours : {kind: colour} in the order of
    the parts; labels : of the columns; dark : kinds on which a count is white."""
    n, names = len(table), list(table.columns)
    for row, name in enumerate(names):
        _bar(axes, row, table[name], colours, dark)
        if row:
            _ribbons(axes, table[names[row - 1]].to_numpy(), table[name].to_numpy(), row, colours)
    axes.set(xlim=(0, n), ylim=(len(names) - 0.6, -0.4))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_yticks(range(len(names)), [wrap(label, LABEL) for label in labels])
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    return axes


def _bar(axes, row, kinds, colours, dark):
    """One bar: its kinds side by side, with their counts where there is room."""
    start, middle = 0, {"ha": "center", "va": "center", "zorder": 3}
    for kind, colour in colours.items():
        count = int((kinds == kind).sum())
        if not count:
            continue
        axes.barh(row, count, left=start, height=BAR, color=colour, edgecolor=INK, lw=0.5, zorder=2)
        if count / len(kinds) > LEAST:
            axes.text(start + count / 2, row, str(count), color="white" if kind in dark else INK, **middle)
        start += count


def _ribbons(axes, above, below, row, colours):
    """Bands from the bar of `above` (row - 1) to that of `below`, in the colour of the kind that they leave."""
    kinds = list(colours)
    moved = np.array([[int(((above == a) & (below == b)).sum()) for b in kinds] for a in kinds])
    out = np.r_[0, moved.sum(axis=1).cumsum()[:-1]].astype(float)
    into = np.r_[0, moved.sum(axis=0).cumsum()[:-1]].astype(float)
    top, bottom = row - 1 + BAR / 2, row - BAR / 2
    for i, j in zip(*np.nonzero(moved), strict=True):
        width, alpha = moved[i, j], 0.35 if i != j else 0.15
        corners = [out[i], out[i] + width, into[j] + width, into[j]]
        axes.fill(corners, [top, top, bottom, bottom], color=colours[kinds[i]], alpha=alpha, lw=0, zorder=1)
        out[i] += width
        into[j] += width
