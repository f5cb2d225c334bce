"""Figures as a journal takes them: SVG, PDF, PNG and TIFF at the widths of one and two columns, and what was drawn as
CSV.

The run names the folder (context.py); without one nothing is written and nothing costs time.
"""

import io
import json
import re
from pathlib import Path

from .drawn import write_drawn
from .pictures import svg_text

COLUMNS = {"double": 178.0, "single": 85.0}  # mm
RESOLUTIONS = (300, 600)  # dots per inch
SMALLEST = 6.0  # points: the text that a journal still prints
INCH = 25.4  # mm
TRIES = 4  # rounds of fitting the drawing to the width
OVERLAP = 1.0  # pixels (of 96 an inch) that two texts may share
SQUEEZED = 0.4  # of their share of the width: axes that keep less beside their texts cannot be read


def write_prints(figure, name, constrained, folder: Path):
    """Write the figure in every form to the folder; one that cannot be read in one column only in two, there
    reduced if its texts would lie on each other.

    figure : a matplotlib figure, whose size is changed; constrained : whether its layout is found by matplotlib.
    `name`.json says which columns were written, their height in mm and their smallest text in points.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_drawn(figure, folder / f"{name}.csv")
    size, smallest = figure.get_size_inches().copy(), _smallest(figure)
    before = overlapping_texts(figure), _shares(figure)
    written = {}
    whole = figure.get_tightbbox().padded(0.03).width
    for column, width in COLUMNS.items():
        legible = min(1.0, SMALLEST / smallest)
        steps = {1.0, legible, min(1.0, width / INCH / whole)} if column == "double" else {legible}
        for scale in sorted(steps, reverse=True):  # at the last of two columns it is as it was drawn
            area = _fit(figure, size, width / scale / INCH, constrained)
            crowded = area is None or _is_crowded(figure, *before)
            if not crowded:
                break
        if area is None or (crowded and column == "single"):
            continue
        _write(figure, area, scale, folder / f"{name}_{column}")
        written[column] = {"height_mm": round(area.height * scale * INCH, 1), "text_pt": round(smallest * scale, 1)}
    (folder / f"{name}.json").write_text(json.dumps(written), encoding="utf-8")
    figure.set_size_inches(size)


def _fit(figure, size, width, constrained):
    """Lay the figure out so that its drawing is `width` inches wide; the area it covers, None if it cannot be."""
    from matplotlib.transforms import Bbox

    figure.set_size_inches(width, size[1])
    for _ in range(TRIES):
        if constrained:
            figure.set_layout_engine("constrained")
            figure.get_layout_engine().execute(figure)
            figure.set_layout_engine(None)
        covered = figure.get_tightbbox().padded(0.03)
        over = covered.width - width
        if over <= 0.002:
            middle = (covered.x0 + covered.x1) / 2
            return Bbox([[middle - width / 2, covered.y0], [middle + width / 2, covered.y1]])
        if figure.get_figwidth() - over < width / 2:  # texts of fixed width fill the column
            return None
        figure.set_size_inches(figure.get_figwidth() - over - 0.005, size[1])
    return None


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


def _write(figure, area, scale, stem):
    """One column: SVG, PDF, and at each resolution PNG and TIFF. scale : what the drawing is reduced by."""
    svg = svg_text(figure, area)
    stem.with_name(f"{stem.name}.svg").write_text(_scaled_svg(svg, scale), encoding="utf-8", newline="\n")
    pdf = _saved(figure, area, "pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    stem.with_name(f"{stem.name}.pdf").write_bytes(_scaled_pdf(pdf, scale))
    whole = _picture(figure, area, max(RESOLUTIONS) * scale)
    for dpi in RESOLUTIONS:
        picture = whole.reduce(max(RESOLUTIONS) // dpi)  # drawn once
        picture.save(stem.with_name(f"{stem.name}_{dpi}dpi.png"), dpi=(dpi, dpi))
        picture.save(stem.with_name(f"{stem.name}_{dpi}dpi.tiff"), compression="tiff_lzw", dpi=(dpi, dpi))


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
