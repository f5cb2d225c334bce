"""Adverse events of both courses as paired bars; states of the patients over time; a strip of covariates."""

import numpy as np

from ..style import COURSE_COLOURS, FAINT, INK, SIZE, shorten, shorten_identifier, text_width, wrap

PALE = 0.45  # opacity of the grades below 3
STATES = {"on treatment": "#0072B2", "off treatment": "#9CC3DE", "progressed": "#CC79A7", "dead": "#4D4D4D"}
DARK = ("on treatment", "dead")  # areas on which a name is white
EMPTY = "#F2F2F2"
KEY_LETTERS = 54  # of the levels of a covariate, at the end of its row
# Levels of a covariate: dark to light, told apart in grey; missing values are hatched.
SHADES = ("#33567A", "#E3B23C", "#7FA37B", "#B5654A", "#C9C9E0", "#6B6B6B", "#D9D9D9")


def plot_paired_bars(panels, rows, sizes, words=("First ICI course", "ICI rechallenge")):
    """Shares of patients with each event, first course to the left, rechallenge to the right, severe grades dark.

    panels : two axes side by side; rows : frame of term, INITIAL, INITIAL_severe, RECHALLENGE, RECHALLENGE_severe
    (counts of patients; severe, of grade 3 or more, are part of the others), from the top; sizes : {phase: patients}.
    """
    reach = max(1e-9, *(100 * rows[p].max() / sizes[p] for p in COURSE_COLOURS)) * 1.22
    place = np.arange(len(rows))
    for axes, phase, word in zip(panels, COURSE_COLOURS, words, strict=True):
        colour, share = COURSE_COLOURS[phase], 100 * rows[phase].to_numpy(float) / sizes[phase]
        severe = 100 * rows[f"{phase}_severe"].to_numpy(float) / sizes[phase]
        axes.barh(place, share, height=0.66, color=colour, alpha=PALE, lw=0)
        axes.barh(place, severe, height=0.66, color=colour, lw=0)
        left = phase == "INITIAL"
        for y, count, bad, wide in zip(place, rows[phase], rows[f"{phase}_severe"], share, strict=True):
            said = f"{count}" + (f" ({bad})" if bad else "")
            shift = {"xytext": (-3 if left else 3, 0), "textcoords": "offset points", "fontsize": SIZE - 1.5}
            axes.annotate(said, (wide, y), ha="right" if left else "left", va="center", **shift)
        axes.set(xlim=(reach, 0) if left else (0, reach), ylim=(len(rows) - 0.4, -0.6))
        axes.set_title(f"{word} (n = {sizes[phase]})", fontsize=SIZE, color=colour, fontweight="bold", y=1)
        axes.spines["left"].set_visible(not left)
        axes.spines["right"].set_visible(left)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks([])
    panels[1].set_yticks(place, [wrap(shorten(t, 46), 24) for t in rows["term"]], ha="center", linespacing=1.05)
    panels[1].tick_params(axis="y", pad=52)
    return panels


def plot_occupancy(axes, times, shares, labels=None, ticks=None):
    """Share of patients in each state over time, stacked from the bottom. shares : {state: array of shares, 0 to 1}.

    Names stand in the areas where they are wide enough, else in a legend above.
    """
    labels = labels or {}
    below, small = np.zeros(len(times)), []
    for state, colour in STATES.items():
        if state not in shares:
            continue
        top = below + 100 * np.asarray(shares[state], float)
        axes.fill_between(times, below, top, step="post", color=colour, lw=0, label=labels.get(state, state))
        room = _widest_room(times, below, top)
        if room and room[2] - room[1] >= 10:
            look = {"color": "white" if state in DARK else INK, "fontsize": SIZE, "ha": "center", "va": "center"}
            axes.text(room[0], (room[1] + room[2]) / 2, labels.get(state, state), **look)
        elif (top > below).any():
            small.append((state, colour))
        below = top
    axes.set(xlim=(times[0], times[-1]), ylim=(0, 100), yticks=range(0, 101, 25))
    if ticks is not None:
        axes.set_xticks(ticks)
    if small:
        _state_legend(axes, small, labels)
    return axes


def _widest_room(times, below, top):
    """(middle, lowest, highest) of the stretch, a sixth of the axis wide, in which an area leaves a name most room."""
    reach, found = 0.17 * (times[-1] - times[0]), []
    for t in times[times + reach <= times[-1]]:
        inside = (times >= t) & (times <= t + reach)
        found.append((t + reach / 2, below[inside].max(), top[inside].min()))
    return max(found, key=lambda room: room[2] - room[1], default=None)


def _state_legend(axes, small, labels):
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=labels.get(state, state)) for state, colour in small]
    axes.figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))


def plot_strip(panels, outcome, table, words=None):
    """Covariates of each patient as a strip under the outcome that sorts it, longest first.

    panels : two axes, bars above, strip below; outcome : frame of USUBJID, value, censored; table : frame indexed by
    USUBJID, one column a covariate (its name is the label), each with categories; missing values stay empty with a dot.
    Returns the order of the patients.
    """
    upper, lower = panels
    rows = outcome.sort_values(["value", "USUBJID"], ascending=[False, True], kind="stable")
    order = list(rows["USUBJID"])
    upper.bar(range(len(order)), rows["value"], width=0.86, color=COURSE_COLOURS["RECHALLENGE"], lw=0)
    for i, (value, censored) in enumerate(zip(rows["value"], rows["censored"], strict=True)):
        if censored:
            upper.plot(i, value, marker="^", ms=4, color=INK, clip_on=False)
    upper.set(xlim=(-0.6, len(order) - 0.4), xticks=[], ylim=(0, None))
    keys = [
        _strip_row(lower, i, table[name].reindex(order), (words or {}).get("missing", "missing"))
        for i, name in enumerate(table)
    ]
    lower.set(xlim=(-0.6, len(order) - 0.4), ylim=(len(table.columns) - 0.45, -0.55))
    lower.set_yticks(range(len(table.columns)), [wrap(shorten(c, 44), 24) for c in table.columns], linespacing=0.9)
    named = len(order) <= 40
    lower.set_xticks(*([range(len(order)), [shorten_identifier(s) for s in order]] if named else [[]]))
    lower.tick_params(length=0)
    lower.tick_params(axis="x", rotation=90, labelsize=7)
    for side in ("left", "bottom"):
        lower.spines[side].set_visible(False)
    _strip_keys(lower, keys, len(order))
    return order


def _strip_row(axes, place, values, missing):
    """The cells of one covariate; returns [(colour, level)] of those drawn."""
    levels = [c for c in values.astype("category").cat.categories if (values == c).any()]
    colours = dict(zip(levels, SHADES * (1 + len(levels) // len(SHADES)), strict=False))
    for i, value in enumerate(values):
        known = value in colours
        axes.add_patch(_cell(i, place, colours.get(value, EMPTY)))
        if not known:
            axes.plot(i, place, ".", color=FAINT, ms=3)
    keys = [(colours[c], str(c)) for c in levels]
    return keys + ([(EMPTY, missing)] if values.isna().any() else [])


def _cell(x, y, colour):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.44, y - 0.42), 0.88, 0.84, color=colour, lw=0)


def _strip_keys(axes, keys, count):
    """What the colours of each row mean, at the end of the row, on one line."""
    for place, row in enumerate(keys):
        shift, longest = 8.0, _longest([level for _, level in row])
        for colour, level in row:
            at = {"xycoords": ("data", "data"), "textcoords": "offset points", "va": "center", "annotation_clip": False}
            axes.annotate(
                "■", (count - 0.5, place), (shift, 0), color=colour if colour != EMPTY else FAINT, fontsize=SIZE, **at
            )
            said = shorten(level, longest)
            axes.annotate(said, (count - 0.5, place), (shift + 9, 0), fontsize=SIZE - 1.5, **at)
            shift += 17 + 4.3 * text_width(said)


def _longest(levels) -> int:
    """Letters that a level of a row may have, so that the row has its room; the more, the fewer levels there are."""
    return next((most for most in (44, 30, 24) if sum(min(text_width(s), most) for s in levels) <= KEY_LETTERS), 18)
