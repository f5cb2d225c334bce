"""Figures as a journal takes them: PDF and PNG at the width of two columns; on request at that of one column too, as
SVG and TIFF, and finer. And what was drawn as CSV.

The run names the folder (context.py); without one nothing is written and nothing costs time.
"""

import io
import json
import re
from contextlib import contextmanager
from pathlib import Path

from .drawn import write_drawn
from .pictures import svg_text

COLUMNS = {"double": 178.0, "single": 85.0}  # mm
DPI, FINER = 300, 600  # dots per inch
DEFAULT_FORMS = (".pdf", f"_{DPI}dpi.png")
FORMS = (*DEFAULT_FORMS, ".svg", f"_{DPI}dpi.tiff", f"_{FINER}dpi.png", f"_{FINER}dpi.tiff")
SMALLEST = 6.0  # points: the text that a journal still prints
INCH = 25.4  # mm
TRIES = 4  # rounds of fitting the drawing to the width
OVERLAP = 1.0  # pixels (of 96 an inch) that two texts may share
SQUEEZED = 0.4  # of their share of the width: axes that keep less beside their texts cannot be read


def write_prints(figure, name, constrained, folder: Path, every=False):
    """Write the figure to the folder, for two columns, in DEFAULT_FORMS; every : in all FORMS, and for one column too.

    figure : a matplotlib figure, whose size is changed; constrained : whether its layout is found by matplotlib.
    `name`.json says of each column its height in mm and its smallest text in points; {} where the figure cannot be read
    in it, as many cannot in one column.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_drawn(figure, folder / f"{name}.csv")
    size, written = figure.get_size_inches().copy(), {}
    smallest, state = _smallest(figure), (overlapping_texts(figure), _shares(figure))
    legible = min(1.0, SMALLEST / smallest)
    for column, place in (("double", _in_two), ("single", _in_one))[: None if every else 1]:
        area, scale = place(figure, legible, constrained, state)
        written[column] = {}
        if area is not None:
            _write(figure, area, scale, folder / f"{name}_{column}", FORMS if every else DEFAULT_FORMS)
            sizes = {"height_mm": area.height * scale * INCH, "text_pt": smallest * scale}
            written[column] = {what: round(number, 1) for what, number in sizes.items()}
        figure.set_size_inches(size)
    (folder / f"{name}.json").write_text(json.dumps(written), encoding="utf-8")


def _in_two(figure, legible, constrained, state):
    """(area, scale) of a figure in two columns: as it was drawn, if its texts stay legible in it or would else lie on
    each other; laid out anew if not."""
    width, whole = COLUMNS["double"] / INCH, figure.get_tightbbox().padded(0.03)
    drawn, before = min(1.0, width / whole.width), figure.get_size_inches().copy()
    if drawn >= legible:
        return _across(whole, width / drawn), drawn
    for scale in sorted({1.0, legible}, reverse=True):
        area = _fit(figure, width / scale, constrained)
        if area is not None and not _is_crowded(figure, *state):
            return area, scale
        figure.set_size_inches(before)
    if constrained:
        _laid_out(figure)
    return _across(whole, width / drawn), drawn


def _in_one(figure, legible, constrained, state):
    """(area, scale) of a figure in one column; no area if it cannot be read there."""
    area = _fit(figure, COLUMNS["single"] / INCH / legible, constrained)
    return (None if area is None or _is_crowded(figure, *state) else area), legible


def _across(box, width):
    """The area that is `width` inches wide, with a box in its middle."""
    from matplotlib.transforms import Bbox

    middle = (box.x0 + box.x1) / 2
    return Bbox([[middle - width / 2, box.y0], [middle + width / 2, box.y1]])


def _fit(figure, width, constrained):
    """Lay the figure out so that its drawing is `width` inches wide; the area it covers, None if it cannot be."""
    height = figure.get_figheight()
    figure.set_size_inches(width, height)
    for _ in range(TRIES):
        if constrained:
            _laid_out(figure)
        covered = figure.get_tightbbox().padded(0.03)
        over = covered.width - width
        if over <= 0.002:
            return _across(covered, width)
        if figure.get_figwidth() - over < width / 2:  # texts of fixed width fill the column
            return None
        figure.set_size_inches(figure.get_figwidth() - over - 0.005, height)
    return None


def _laid_out(figure):
    figure.set_layout_engine("constrained")
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine(None)


def _shares(figure) -> dict:
    """The share of the width that each axes have."""
    return {axes: axes.get_position().width for axes in figure.axes if axes.get_visible()}


def _is_crowded(figure, texts, shares) -> bool:
    """Whether texts lie on each other that did not before, or axes have lost their room to the texts beside them."""
    squeezed = any(share < SQUEEZED * shares[axes] for axes, share in _shares(figure).items())
    return squeezed or bool(overlapping_texts(figure) - texts)


def _texts(figure):
    from matplotlib.text import Text

    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and _shown(t)]


def _shown(text):
    """Whether a tick label or text belongs to something that is drawn."""
    axes = text.axes
    return axes is None or (axes.get_visible() and (axes.axison or text in axes.texts))


def _smallest(figure) -> float:
    return min((t.get_fontsize() for t in _texts(figure)), default=SMALLEST)


def overlapping_texts(figure) -> set:
    """Pairs of texts that lie on each other, as sets of one or two texts."""
    renderer = figure.canvas.get_renderer()
    boxes = sorted(((t.get_window_extent(renderer), t) for t in _texts(figure)), key=lambda pair: pair[0].x0)
    found = set()
    for i, (a, one) in enumerate(boxes):
        for b, other in boxes[i + 1 :]:
            if b.x0 > a.x1 - OVERLAP:
                break
            if min(a.y1, b.y1) - max(a.y0, b.y0) > OVERLAP:
                found.add(frozenset((one.get_text(), other.get_text())))
    return found


def _write(figure, area, scale, stem, forms):
    """One column in some of the FORMS. scale : what the drawing is reduced by."""
    if ".svg" in forms:
        svg = _scaled_svg(svg_text(figure, area), scale)
        stem.with_name(f"{stem.name}.svg").write_text(svg, encoding="utf-8", newline="\n")
    with _lean_fonts():
        pdf = _saved(figure, area, "pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    stem.with_name(f"{stem.name}.pdf").write_bytes(_scaled_pdf(pdf, scale))
    for dpi in (DPI, FINER):
        asked = [form for form in forms if form.startswith(f"_{dpi}dpi")]
        picture = _picture(figure, area, dpi * scale) if asked else None
        for form in asked:
            packed = {"compression": "tiff_lzw"} if form.endswith(".tiff") else {"compress_level": 3}
            picture.save(stem.with_name(f"{stem.name}{form}"), dpi=(dpi, dpi), **packed)


@contextmanager
def _lean_fonts():
    """Embed fonts without their rules of setting text, which no reader of a PDF applies; to cut them to the letters of
    a figure takes most of the time of a PDF."""
    from fontTools import subset

    class Lean(subset.Options):
        def __init__(self, **asked):
            super().__init__(**asked)
            self.drop_tables = [*self.drop_tables, "GSUB", "GPOS", "GDEF"]

    usual, subset.Options = subset.Options, Lean
    try:
        yield
    finally:
        subset.Options = usual


def _saved(figure, area, form, **options) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, bbox_inches=area, **options)
    return buffer.getvalue()


def _scaled_svg(svg, scale) -> str:
    """The picture with its width and height reduced; its view box is as it was."""
    head, tail = svg.split("<svg ", 1)
    inside, rest = tail.split(">", 1)
    inside = re.sub(r'(width|height)="([\d.]+)pt"', lambda m: f'{m[1]}="{float(m[2]) * scale:.4f}pt"', inside)
    return f"{head}<svg {inside}>{rest}"


def _scaled_pdf(pdf, scale) -> bytes:
    if scale == 1:
        return pdf
    from pypdf import PdfReader, PdfWriter

    writer, buffer = PdfWriter(), io.BytesIO()
    writer.add_page(PdfReader(io.BytesIO(pdf)).pages[0]).scale_by(scale)
    writer.write(buffer)
    return buffer.getvalue()


def _picture(figure, area, dpi):
    """The drawing as a picture on white; its pixels are taken as they are, which saves coding and decoding a PNG."""
    from PIL import Image

    pixels = _saved(figure, area, "rgba", dpi=dpi)
    near = int(area.width * dpi)
    width = next(
        w for w in (near, near + 1, near - 1) if len(pixels) % (4 * w) == 0
    )  # the canvas cuts off parts of pixels
    height = len(pixels) // (4 * width)
    return Image.frombytes("RGBA", (width, height), pixels).convert("RGB")
