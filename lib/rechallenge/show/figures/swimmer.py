"""Swimmer plots: what happened to each patient, in months."""

import numpy as np

from ..style import INK, RESPONSE_COLOURS, RESPONSE_HATCHES, SIZE, add_legend, shorten_identifier

UNKNOWN = "#8FA3B5"
LABEL_SHARE = 0.09  # of the axis of time, that the text beside a bar takes
NAMED = 60  # lanes beyond which single patients are not named
# kind of mark: (marker, size, colour, filled); told apart by shape, so that a copy without colour can be read
MARKS = {
    "response": ("^", 6, "#00694E", True),
    "progression": ("X", 6, INK, True),
    "adverse event": ("D", 4.5, "#B8860B", False),
    "death": ("P", 6.5, INK, True),
    "ongoing": (">", 6, INK, True),
}
STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)


def plot_swimmer(axes, lanes, marks=None, order=None, labels=None):
    """Bars of courses, one row a patient, the first of `order` on top.

    lanes : frame of USUBJID, start, end, colour (a colour), hatch (optional), ongoing (whether the bar goes on).
    marks : frame of USUBJID, time, kind (of MARKS). labels : {identifier: text at the end of its last bar}.
    Time zero is where the lanes put it; both axes of time count upwards from it.
    """
    order = list(dict.fromkeys(lanes["USUBJID"])) if order is None else list(order)
    row = {subject: i for i, subject in enumerate(order)}
    reach = lanes["end"].max() - min(0.0, lanes["start"].min()) or 1.0
    for lane in lanes[lanes["USUBJID"].isin(order)].to_dict("records"):
        look = {
            "color": lane["colour"],
            "hatch": lane.get("hatch", ""),
            "edgecolor": INK,
            "lw": 0.4 if len(order) <= NAMED else 0,
        }
        axes.barh(row[lane["USUBJID"]], lane["end"] - lane["start"], left=lane["start"], height=0.62, **look)
        if lane.get("ongoing"):
            _ongoing(axes, lane["end"], row[lane["USUBJID"]], reach)
    _marks(axes, marks, row)
    for subject, text in (labels or {}).items():
        if subject in row:
            own = lanes[lanes["USUBJID"] == subject]
            gap = 0.05 if own["ongoing"].any() else 0.02
            axes.text(
                _last(own, marks, reach) + gap * reach, row[subject], text, va="center", fontsize=7, clip_on=False
            )
    axes.axvline(0, color=INK, lw=1.0)
    axes.set_ylim(len(order) - 0.4, -0.6)
    named = len(order) <= NAMED
    axes.set_yticks(*([range(len(order)), [shorten_identifier(s) for s in order]] if named else [[]]))
    axes.tick_params(axis="y", length=0, labelsize=8 if len(order) <= 30 else 6.5)
    month_ticks(axes, *_reach(lanes, marks, row))
    return axes


def _last(own, marks, reach):
    """Where a text beside the last bar of one patient may begin: past the marks that stand at the end of the bar."""
    end = own["end"].max()
    if marks is None:
        return end
    times = np.sort(marks.loc[marks["USUBJID"] == own["USUBJID"].iloc[0], "time"].to_numpy(float))
    for time in times[(times >= end) & np.isfinite(times)]:
        if time > end + LABEL_SHARE * reach:
            break
        end = time
    return end


def _reach(lanes, marks, row):
    """First and last time of the bars and of the marks beside them."""
    times = marks.loc[marks["USUBJID"].isin(row), "time"].dropna() if marks is not None else ()
    return min([lanes["start"].min(), *times]), max([lanes["end"].max(), *times])


def _ongoing(axes, end, place, reach):
    axes.plot([end, end + 0.02 * reach], [place, place], color=INK, lw=1.0)
    axes.plot(end + 0.024 * reach, place, ls="", marker=">", ms=4, color=INK, mew=0)


def _marks(axes, marks, row):
    if marks is None or not len(marks):
        return
    for kind, (shape, size, colour, filled) in MARKS.items():
        rows = marks[(marks["kind"] == kind) & marks["USUBJID"].isin(row) & np.isfinite(marks["time"])]
        if len(rows):
            places = [row[s] for s in rows["USUBJID"]]
            axes.plot(
                rows["time"],
                places,
                ls="",
                marker=shape,
                ms=size,
                color=colour,
                mfc=colour if filled else "white",
                mec="white" if filled else colour,
                mew=0.7 if filled else 1.2,
                zorder=4,
            )


def month_ticks(axes, first, last):
    """Ticks at whole months, at most about ten, counted upwards on both sides of zero; a faint line at each."""
    first, last = min(0.0, first), max(last, 1e-9)
    step = next((s for s in STEPS if (last - first) / s <= 10), 240)
    ticks = np.arange(np.floor(first / step), np.ceil(last / step) + 1) * step
    pad = 0.03 * (last - first)
    axes.set_xticks(ticks, [f"{abs(t):g}" for t in ticks])
    axes.set_xlim(first - pad if first < 0 else 0, last + 3 * pad)
    axes.grid(axis="x", color="#E3E3E3", lw=0.6)
    axes.set_axisbelow(True)
    return axes


def swimmer_legend(owner, responses, marks, words=None, **place):
    """What colours and marks mean. responses : codes that are
    drawn; marks : kinds that are drawn; words : {kind: text}.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    words = words or {}
    handles, labels = [], []
    for code in (c for c in RESPONSE_COLOURS if c in set(responses)):
        handles.append(
            Patch(facecolor=RESPONSE_COLOURS[code], hatch=RESPONSE_HATCHES.get(code, ""), edgecolor=INK, lw=0.4)
        )
        labels.append(words.get(code, code))
    for kind in (k for k in MARKS if k in set(marks)):
        shape, size, colour, filled = MARKS[kind]
        look = {"mfc": colour if filled else "white", "mec": colour, "mew": 0 if filled else 1.2}
        handles.append(Line2D([], [], ls="", marker=shape, ms=size, color=colour, **look))
        labels.append(words.get(kind, kind))
    place = {
        "loc": "outside upper center",
        "ncols": min(7, len(handles)),
        "fontsize": SIZE - 1,
        "columnspacing": 1.0,
    } | place
    return add_legend(owner, handles, labels, handletextpad=0.5, **place) if handles else None


def lane_colours(responses, subjects):
    """Colours and hatches of lanes by best response; the colour of no response where none is recorded."""
    codes = [responses.get(s, "") for s in subjects]
    return [RESPONSE_COLOURS.get(c, UNKNOWN) for c in codes], [RESPONSE_HATCHES.get(c, "") for c in codes]
