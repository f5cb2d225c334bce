"""One look for all figures: font, sizes, palette."""

import textwrap
from contextlib import contextmanager
from functools import cache
from unicodedata import east_asian_width

from papercheck.vocabulary.facts import LANGUAGES

from ..text.language import language, speaking

# Okabe-Ito colours in an order whose greys differ; line styles repeat the difference.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (9, 2)), (0, (3, 3)), "-")
RESPONSE_COLOURS = {
    "CR": "#004D40", "PR": "#1B9E77", "SD": "#56B4E9", "NON-CR/NON-PD": "#9ECAE1", "PD": "#D55E00", "NE": "#BBBBBB",
}  # fmt: skip
RESPONSE_HATCHES = {"PD": "////", "NE": "...."}
INK, FAINT = "#222222", "#8A8A8A"
WIDTH = 7.0  # inches: two journal columns
SIZE = 9
CJK = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei")


@cache
def _fonts():
    """DejaVu Sans, which matplotlib carries, then the CJK fonts of this machine."""
    import logging

    from matplotlib import font_manager

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # of a font in one weight alone it would speak
    installed = {f.name for f in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in CJK if name in installed)]


def has_chinese() -> bool:
    """Whether a font of this machine has Chinese characters."""
    return len(_fonts()) > 1


@contextmanager
def house_style():
    """Draw under the house style; text from data is never read as mathematics."""
    import matplotlib as mpl

    settings = {
        "font.family": _fonts(), "font.size": SIZE, "axes.labelsize": SIZE, "axes.titlesize": SIZE, "legend.fontsize": SIZE,
        "xtick.labelsize": SIZE, "ytick.labelsize": SIZE, "text.parse_math": False, "text.color": INK,
        "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "axes.linewidth": 0.8,
        "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "svg.hashsalt": "rechallenge",
        "svg.fonttype": "path", "figure.dpi": 96, "hatch.linewidth": 0.6,
    }  # fmt: skip
    english = language() != LANGUAGES[0] and not has_chinese()  # letters that a reader can read, not boxes
    with mpl.rc_context(settings), speaking(LANGUAGES[0] if english else language()):
        yield


def new_figure(height, width=WIDTH, layout="constrained", **grid):
    """A figure (not registered with pyplot) and its axes."""
    from matplotlib.figure import Figure

    from .pictures import MeasuringCanvas

    figure = Figure(figsize=(width, height), layout=layout)
    MeasuringCanvas(figure)  # measures text without writing a throw-away picture
    return figure, figure.subplots(**grid)


def text_width(text) -> int:
    """How many letters wide a text is; a Chinese character counts as two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in str(text))


def shorten(text, length=40) -> str:
    """A label that fits: cut with an ellipsis past `length` characters."""
    text = str(text)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def shorten_identifier(text, length=12) -> str:
    """An identifier that fits: its end is kept, where identifiers differ."""
    text = str(text)
    return text if len(text) <= length else "…" + text[1 - length :]


def wrap(text, width, lines=2) -> str:
    """A label over at most `lines` lines of `width` characters, cut with an ellipsis."""
    return "\n".join(textwrap.wrap(str(text), width, max_lines=lines, placeholder="…"))
