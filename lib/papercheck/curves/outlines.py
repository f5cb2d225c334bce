"""Text that a drawing holds as outlines: filled shapes of the size of letters, put together to lines and read."""

import numpy as np

from .drawing import Drawing, Text
from .letters import SURE, Glyph, read_word

SMALL, LARGE = 0.4, 40.0  # points: sides of a letter
FINE = 24  # pixels of the higher side of a rastered outline


def with_read_outlines(drawing: Drawing) -> Drawing:
    """The drawing with texts for its outlined letters, and without the shapes they were; rows of one letter that are no
    word stay shapes, for they are marks."""
    letters = [s for s in drawing.shapes if _letter_like(s)]
    if not letters:
        return drawing
    lines = [(line, _read(line)) for line in _lines(letters)]
    marks = [s for line, read in lines if not read and _of_one_size(line) for s in line]
    rest = [s for s in drawing.shapes if not _letter_like(s)] + marks
    texts = drawing.texts + [t for _, read in lines for t in read]
    return Drawing(drawing.width, drawing.height, drawing.kind, drawing.strokes, rest, texts)


def _of_one_size(line) -> bool:
    sides = np.array([(s.box[2] - s.box[0], s.box[3] - s.box[1]) for s in line])
    return bool((np.ptp(sides, axis=0) < 0.02 * sides.max()).all())


def _letter_like(shape) -> bool:
    x0, y0, x1, y1 = shape.box
    return SMALL < max(x1 - x0, y1 - y0) < LARGE and min(x1 - x0, y1 - y0) > 0.05


def _ink(shape) -> np.ndarray:
    """The shape as ink: even-odd of its outlines, at four times the pixels."""
    from PIL import Image, ImageChops, ImageDraw

    x0, y0, x1, y1 = shape.box
    scale = 4 * FINE / max(x1 - x0, y1 - y0)
    size = max(4, round((x1 - x0) * scale)), max(4, round((y1 - y0) * scale))
    ink = Image.new("1", size, 0)
    for outline in shape.outlines:
        one = Image.new("1", size, 0)
        ImageDraw.Draw(one).polygon([tuple(p) for p in (outline - (x0, y0)) * scale], fill=1)
        ink = ImageChops.logical_xor(ink, one)
    return np.asarray(ink, float)


def _lines(letters) -> list:
    """Letters put together with near neighbours, in order of the drawing: those of one string follow each other."""
    lines, current = [], []
    for shape in letters:
        if current and not _near(current[-1].box, shape.box, shape.colour == current[-1].colour):
            lines.append(current)
            current = []
        current.append(shape)
    return [*lines, current] if current else lines


def _near(last, box, same) -> bool:
    """Does a letter follow the one before it, to the right, or upwards in text read from below?"""
    size = max(last[2] - last[0], last[3] - last[1], box[2] - box[0], box[3] - box[1])
    right = -0.3 * size < box[0] - last[2] < 0.8 * size and min(last[3], box[3]) > max(last[1], box[1]) - 0.4 * size
    level = abs(box[3] - last[3]) < 0.6 * size
    up = -0.3 * size < last[1] - box[3] < 0.7 * size and abs(box[2] - last[2]) < 0.6 * size
    return same and ((right and level) or up)


def _read(line) -> list:
    """The Text of one line, read level and from below; none where neither is sure."""
    inks = [_ink(s) for s in line]
    boxes = np.array([s.box for s in line])
    box = tuple(map(float, (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))))
    level = read_word([Glyph(i, tuple(b)) for i, b in zip(inks, boxes, strict=True)])[0]
    turned = [Glyph(np.rot90(i, -1), (-b[3], b[0], -b[1], b[2])) for i, b in zip(inks, boxes, strict=True)]
    upward = read_word(turned)[0]
    tall = len(line) > 1 and box[3] - box[1] > 1.5 * (box[2] - box[0])
    words, score, angle = (*upward, 90) if tall or upward[1] > level[1] + 0.05 else (*level, 0)
    chars = tuple((c, tuple(map(float, b))) for c, b in zip(words.replace(" ", ""), boxes, strict=False))
    return [Text(words, box, angle, line[0].colour, chars)] if score >= SURE else []
