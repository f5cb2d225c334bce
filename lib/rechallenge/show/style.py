"""One look for all figures: font, sizes, palette."""

import logging
import re
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from unicodedata import east_asian_width
from weakref import WeakSet

from papercheck.vocabulary.facts import LANGUAGES

from ..text.language import language, speaking

WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]")  # characters that are as wide as two letters
CLOSING = "，。、；：！？）】》”’％%)]},.;:"  # no line begins with one of them
BREAK = re.compile(r"(?<=[ \-/\u2e80-\u9fff\uff00-\uff60])")  # a line may end here

# Okabe-Ito colours in an order whose greys differ; line styles repeat the difference.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (9, 2)), (0, (3, 3)), "-")
# A colour means one thing in every figure: blue the first course, orange rechallenge; a response has colours of its
# own.
COURSE_COLOURS = {"INITIAL": PALETTE[0], "RECHALLENGE": PALETTE[1]}
RESPONSE_COLOURS = {
    "CR": "#004D40",
    "PR": "#1B9E77",
    "SD": "#DDCC77",
    "NON-CR/NON-PD": "#EFE6BC",
    "PD": "#B03A6B",
    "NE": "#BBBBBB",
}
RESPONSE_HATCHES = {"PD": "////", "NE": "xxxx"}  # of lines: dots weigh 180 kB a figure
INK, FAINT = "#222222", "#8A8A8A"
WIDTH = 7.0  # inches: two journal columns
SIZE = 9
FONTS = Path(__file__).parent / "fonts"
FAMILY = "Liberation Sans"  # has the widths of Arial and Helvetica, and travels with the package
CJK = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "Heiti SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Noto Sans SC",
)
CJK_FILES = re.compile(r"cjk|sourcehan|msyh|pingfang|simhei|heiti|wqy|notosanssc", re.IGNORECASE)


@cache
def _own_fonts():
    """Tell matplotlib of the fonts of this package."""
    from matplotlib import font_manager

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # of a font in one weight alone it would speak
    for file in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(file)


_found = {}  # {"cjk": names}, once there are some


def cjk_fonts() -> list[str]:
    """The best font of this machine with Chinese characters, in a list, or none; one installed a moment ago is seen.

    One is enough: matplotlib looks for every font of its list at every text. It keeps a list of the fonts that it saw
    at its first start on a machine; files that are not in it are added.
    """
    from matplotlib import font_manager

    if "cjk" not in _found:
        manager = font_manager.fontManager
        listed = {entry.fname for entry in manager.ttflist}
        for file in font_manager.findSystemFonts():
            if CJK_FILES.search(Path(file).name) and file not in listed:
                with suppress(OSError, RuntimeError):  # a broken file is not a font
                    manager.addfont(file)
        names = {entry.name for entry in manager.ttflist}
        if not (known := [name for name in CJK if name in names]):
            return []
        _found["cjk"] = known[:1]
    return _found["cjk"]


def svg_fonts() -> str:
    """The fonts that a viewer of an SVG shall take: Arial or what has its widths, then Chinese ones."""
    chinese = ", ".join(f"'{name}'" for name in CJK)
    return f"Arial, Helvetica, '{FAMILY}', Arimo, {chinese}, sans-serif"


def has_chinese() -> bool:
    """Whether a font of this machine has Chinese characters."""
    return bool(cjk_fonts())


@contextmanager
def house_style():
    """Draw under the house style; text from data is never read as mathematics."""
    import matplotlib as mpl

    _own_fonts()
    settings = {
        "font.family": [FAMILY, "DejaVu Sans", *cjk_fonts()],
        "font.size": SIZE,
        "axes.labelsize": SIZE,
        "axes.titlesize": SIZE,
        "legend.fontsize": SIZE,
        "xtick.labelsize": SIZE,
        "ytick.labelsize": SIZE,
        "text.parse_math": False,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "svg.hashsalt": "rechallenge",
        "svg.fonttype": "none",
        "figure.dpi": 96,
        "hatch.linewidth": 0.6,
        "pdf.fonttype": 42,
        "text.hinting": "no_hinting",
    }
    english = language() != LANGUAGES[0] and not has_chinese()  # letters that a reader can read, not boxes
    with mpl.rc_context(settings), speaking(LANGUAGES[0] if english else language()):
        yield


def new_figure(height, width=WIDTH, layout="constrained", **grid):
    """A figure (not registered with pyplot) and its axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)  # measures text without writing a throw-away picture
    return figure, figure.subplots(**grid)


_kept = WeakSet()  # figures whose layout is found


def find_layout(figure) -> None:
    """Find the layout of a figure that has an engine for it, unless it is kept."""
    engine = figure.get_layout_engine()
    if engine is not None and figure not in _kept:
        engine.execute(figure)


def keep_layout(figure) -> None:
    """Whatever is added to a figure from now on stands inside its axes: the layout that was found stays."""
    _kept.add(figure)


def add_legend(owner, handles, labels, **place):
    """A legend of axes or a figure in which every label is shown; matplotlib alone drops those that begin with "_"."""
    legend = owner.legend(handles=handles, labels=["-"] * len(handles), **place)
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_text(label)
    return legend


def text_width(text) -> int:
    """How many letters wide a text is; a Chinese character counts as two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in str(text))


def shorten(text, length=40) -> str:
    """A label that fits: cut with an ellipsis past the width of `length` letters."""
    text = str(text)
    return text if text_width(text) <= length else _first(text, length - 1).rstrip() + "…"


def _first(text, length) -> str:
    """As much of a text as is at most `length` letters wide, from its beginning."""
    kept = len(text)
    while text_width(text[:kept]) > length:
        kept -= 1
    return text[:kept]


def shorten_identifier(text, length=12) -> str:
    """An identifier that fits: its end is kept, where identifiers differ."""
    text = str(text)
    return text if len(text) <= length else "…" + text[1 - length :]


def wrap(text, width, lines=2) -> str:
    """A label over at most `lines` lines as wide as `width` letters, cut with an ellipsis.

    Lines break at blanks and after Chinese characters, and within a word that is wider than a line.
    """
    rest, done = re.sub(r"[ \t\r\n]+", " ", str(text)).strip(" "), []  # a hard space stays
    while text_width(rest) > width and len(done) < lines - 1:
        part = _first(rest, width)
        if (
            not WIDE.search(part[-1:] + rest[len(part) : len(part) + 1])
            and rest[len(part)] != " "
            and BREAK.search(part)
        ):
            part = part[: [m.end() for m in BREAK.finditer(part)][-1]]
        else:
            while len(part) > 1 and rest[len(part)] in CLOSING:
                part = part[:-1]
        done.append(part.rstrip(" "))
        rest = rest[len(part) :].lstrip(" ")
    return "\n".join([*done, shorten(rest, width)])
