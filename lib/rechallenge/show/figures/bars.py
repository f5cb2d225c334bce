"""Adverse events of both courses as paired bars; states of the patients over time; a strip of covariates."""

from dataclasses import dataclass

import numpy as np

from ..style import COURSE_COLOURS, FAINT, INK, SIZE, shorten, shorten_identifier, text_width, wrap

PALE = 0.45  # opacity of the grades below 3
STATES = {"on treatment": "#0072B2", "off treatment": "#9CC3DE", "progressed": "#CC79A7", "dead": "#4D4D4D"}
DARK = ("on treatment", "dead")  # areas on which a name is white
EMPTY = "#F2F2F2"
KEY_WIDTH = 185.0  # points: the room at the end of a row for the levels of a covariate, over as many lines as they need
KEY_LINES, LINE_POINTS = 2, 10.5  # that a row holds, and how far they are apart
MOST_LETTERS, LEAST_LETTERS = 36, 24  # of the name of a level; one of the most fills a line
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
    rows = strip_rows(table, (words or {}).get("missing", "missing"))
    ends = np.cumsum([row.height for row in rows])
    places = [end - row.height / 2 for end, row in zip(ends, rows, strict=True)]
    for row, place in zip(rows, places, strict=True):
        _strip_row(lower, place, table[row.name].reindex(order), row)
        _strip_key(lower, place, len(order), row.lines)
    lower.set(xlim=(-0.6, len(order) - 0.4), ylim=(ends[-1] + 0.05, -0.05))
    lower.set_yticks(places, [wrap(shorten(row.name, 44), 24) for row in rows], linespacing=1.1)
    named = len(order) <= 40
    lower.set_xticks(*([range(len(order)), [shorten_identifier(s) for s in order]] if named else [[]]))
    lower.tick_params(length=0)
    lower.tick_params(axis="x", rotation=90, labelsize=7)
    for side in ("left", "bottom"):
        lower.spines[side].set_visible(False)
    return order


@dataclass(frozen=True)
class StripRow:
    """A covariate of a strip. colours : {level: colour} of the levels that occur; lines : [(colour, level as it is
    written, points from the end of the row)] of each line of its key; height : of its row, 1 where one or two lines
    are enough."""

    name: str
    colours: dict
    lines: list
    height: float


def strip_rows(table, missing="missing") -> list[StripRow]:
    """The rows of a strip. table : see plot_strip; missing : the word for values that are not known."""
    rows = []
    for name in table:
        values = table[name].astype("category")
        levels = [c for c in values.cat.categories if (values == c).any()]
        colours = dict(zip(levels, SHADES * (1 + len(levels) // len(SHADES)), strict=False))
        keys = [(colours[c], str(c)) for c in levels] + ([(EMPTY, missing)] if values.isna().any() else [])
        lines = _key_lines(keys)
        rows.append(StripRow(name, colours, lines, max(1.0, len(lines) / KEY_LINES)))
    return rows


def _key_lines(keys):
    """The levels of a covariate over lines: over those that a row holds, if their names need not be shortened much for
    it, else over more."""
    tried = (_over_lines(keys, longest) for longest in range(MOST_LETTERS, LEAST_LETTERS - 1, -2))
    return next((lines for lines in tried if len(lines) <= KEY_LINES), _over_lines(keys, MOST_LETTERS))


def _over_lines(keys, longest):
    lines, shift = [[]], 8.0
    for colour, level in keys:
        said = shorten(level, longest)
        wide = 17 + 4.3 * text_width(said)
        if lines[-1] and shift + wide > KEY_WIDTH:
            lines, shift = [*lines, []], 8.0
        lines[-1].append((colour, said, shift))
        shift += wide
    return lines


def _strip_row(axes, place, values, row):
    """The cells of one covariate, with a dot where the value is not known."""
    for i, value in enumerate(values):
        axes.add_patch(_cell(i, place, row.colours.get(value, EMPTY), row.height))
        if value not in row.colours:
            axes.plot(i, place, ".", color=FAINT, ms=3)


def _cell(x, y, colour, height):
    from matplotlib.patches import Rectangle

    tall = height - 0.16
    return Rectangle((x - 0.44, y - tall / 2), 0.88, tall, color=colour, lw=0)


def _strip_key(axes, place, count, lines):
    """What the colours of a row mean, at its end, line under line."""
    at = {"xycoords": ("data", "data"), "textcoords": "offset points", "va": "center", "annotation_clip": False}
    for i, line in enumerate(lines):
        down = LINE_POINTS * ((len(lines) - 1) / 2 - i)
        for colour, said, shift in line:
            shade = colour if colour != EMPTY else FAINT
            axes.annotate("■", (count - 0.5, place), (shift, down), color=shade, fontsize=SIZE, **at)
            axes.annotate(said, (count - 0.5, place), (shift + 9, down), fontsize=SIZE - 1.5, **at)
