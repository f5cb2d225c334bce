"""An image as ink on a ground: brought to one size, its letters read, its tick marks found."""

import io
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from .axes import is_unit, numbers
from .drawing import Drawing, Stroke, Text
from .letters import SURE, Glyph, read_word
from .misread import SPLIT, mend_labels
from .pieces import FAINT, HIGH, LOW, cut, glyphs

LONG = 1800  # pixels of the longer side from which an image is large enough
LARGE = 3200  # pixels of the longer side above which an image is reduced
SMALL = 1250  # pixels of the longer side below which an image is enlarged
LARGEST = 60_000_000  # pixels of an image
GROUND = 25  # pixels: what is thinner and darker than what is around is ink
BLURRED = 0.55  # score of a word of blurred letters that counts as read where it is nearly that of a unit of time
LETTER = 1.6  # widths of the widest letters over their heights
PERCENT = 1.5  # widths of a digit: a percent sign
DARK = 90  # an image whose middle value is darker has a dark ground


@dataclass
class Image:
    """rgb (h, w, 3) and ground of the same shape, 0 to 255; ink
    (h, w) from 0 to 1; scale: its pixels in one of the file;
    turned: its ground was dark; mirrored: it is upside down.
    """

    rgb: np.ndarray
    ground: np.ndarray
    ink: np.ndarray
    scale: float
    turned: bool = False
    mirrored: bool = False


def load(data: bytes) -> Image:
    """The image of a file, or of pixels (h, w, 3). Raises ValueError where it cannot be opened."""
    from PIL import Image as Pillow

    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > LARGEST:
                raise ValueError(f"{opened.width} by {opened.height} pixels are too many")
            picture = opened.convert("RGBA")
    except (OSError, SyntaxError, Pillow.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
    white = Pillow.new("RGBA", picture.size, "white")
    return of_pixels(np.asarray(Pillow.alpha_composite(white, picture).convert("RGB")))


def of_pixels(pixels) -> Image:
    """The Image of pixels (h, w, 3), enlarged or reduced to about LONG."""
    from PIL import Image as Pillow

    turned = bool(np.median(pixels) < DARK)
    pixels = 255 - pixels if turned else pixels
    height, width = pixels.shape[:2]
    longest = max(height, width)
    scale = 1.0 if longest >= SMALL else float(np.ceil(LONG / longest))
    if longest > LARGE:
        scale = 1 / np.ceil(longest / LARGE)
    if scale != 1:
        size = round(width * scale), round(height * scale)
        pixels = np.asarray(Pillow.fromarray(pixels).resize(size, Pillow.Resampling.BICUBIC))
    rgb = pixels.astype(np.float32)
    closed = [ndimage.grey_closing(pixels[..., k], size=(GROUND, GROUND)) for k in range(3)]
    ground = np.stack(closed, axis=-1).astype(np.float32)
    darker = (ground - rgb).max(axis=-1)
    strongest = max(float(np.percentile(darker, 99.5)), 60.0)
    return Image(rgb, ground, np.clip(darker / strongest, 0, 1), scale, turned)


def drawing_of(image: Image) -> Drawing:
    """The texts and tick marks of an image as a Drawing in its pixels."""
    height, width = image.ink.shape
    drawing = Drawing(width, height, "image", texts=_texts(image))
    drawing.notes += mend_labels(drawing)
    for number in numbers(drawing.texts):
        drawing.strokes += _tick_above(image.ink, number.text) + _tick_right(image.ink, number.text)
    return drawing


def _texts(image) -> list:
    return _with_percents([t for group in _groups(glyphs(image)) for t in _read(group, image)])


def _with_percents(texts) -> list:
    """The texts with each percent sign that stands apart from its number put to it."""
    signs = [t for t in texts if t.text == "%"]
    for sign in signs:
        along, across = (0, 1) if sign.angle == 0 else (1, 0)
        for place, text in enumerate(texts):
            after = sign.box[0] - text.box[2] if along == 0 else text.box[1] - sign.box[3]
            level = abs(text.middle[across] - sign.middle[across]) < 0.4 * text.height
            if text.angle == sign.angle and text.text.isdigit() and level and 0 <= after < 0.8 * text.height:
                box = (*np.minimum(text.box, sign.box)[:2], *np.maximum(text.box, sign.box)[2:])
                texts[place] = replace(text, text=f"{text.text} %", box=tuple(map(float, box)))
                break
    return texts


def _groups(pieces) -> list:
    """Pieces of one string: neighbours on a line, or, having none, neighbours upwards."""
    parent = list(range(len(pieces)))
    boxes = np.array([g.box for g in pieces], float).reshape(-1, 4)
    sizes = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) if len(pieces) else boxes
    level = _links(boxes, sizes, 0, 0.75)
    beside = {i for pair in level for i in pair}
    upward = [p for p in _links(boxes, sizes, 1, 0.4) if p[0] not in beside and p[1] not in beside]

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in level + upward:
        parent[root(i)] = root(j)
    groups = {}
    for i, piece in enumerate(pieces):
        groups.setdefault(root(i), []).append(piece)
    return [g for g in groups.values() if max(_side(p) for p in g) >= LOW]


def _side(piece) -> float:
    return max(piece.box[2] - piece.box[0], piece.box[3] - piece.box[1])


def _links(boxes, sizes, along, reach) -> list:
    """Pairs (i, j) with j next after i along an axis, level with it, at a gap of less than `reach` of their size."""
    across, found = 1 - along, []
    order = np.argsort(boxes[:, along]) if len(boxes) else []
    for place, i in enumerate(order):
        later = order[place + 1 : place + 400]
        size = np.maximum(sizes[i], sizes[later])
        gap = boxes[later, along] - boxes[i, along + 2]
        overlap = np.minimum(boxes[later, across + 2], boxes[i, across + 2]) - np.maximum(
            boxes[later, across], boxes[i, across]
        )
        least = np.minimum(boxes[later, across + 2] - boxes[later, across], boxes[i, across + 2] - boxes[i, across])
        near = (gap > -0.2 * size) & (gap < reach * size) & (overlap >= 0.6 * least) & (size < 10 * sizes[i])
        found += [(int(i), int(j)) for j in later[near][:1]]
    return found


def _read(group, image) -> list:
    """The Text of a group, level or from below, whole or with touching digits cut apart; none where it is not sure."""
    group = _without_tick(group)
    boxes = np.array([g.box for g in group])
    box = tuple(map(float, (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))))
    wide, high = box[2] - box[0], box[3] - box[1]
    if len(group) > 60 or min(wide, high) > HIGH:
        return []
    tries = []
    if wide >= 0.4 * high or len(group) == 1:
        tries += _tries(group, 0, 0.0, 0.05)
    if high > 1.2 * wide or len(group) == 1:
        turned = [Glyph(np.rot90(g.ink, -1), (-g.box[3], g.box[0], -g.box[1], g.box[2])) for g in group]
        tries += _tries(turned, 90, -0.03, 0.02)
    words, score, angle = max(tries, key=lambda t: t[1], default=("", 0, 0))
    unsure = score < SURE - 0.06 and not (score > BLURRED and not angle and is_unit(words))
    if unsure or _dashes(boxes, angle, image.scale):
        return []
    text = Text(words, box, angle, _colour(group, image))
    return [text, *_last_number(text, boxes)]


def _dashes(boxes, angle, scale) -> bool:
    """Are most pieces of a string flat beside the highest, as the dashes of a line with its marks are, or longer than
    any letter? Letters of a small image may touch."""
    across = 0 if angle else 1
    heights, lengths = (boxes[:, k + 2] - boxes[:, k] for k in (across, 1 - across))
    flat = (heights < 0.4 * heights.max()).mean() >= 0.5
    return len(boxes) > 2 and bool(flat or (scale <= 1 and np.median(lengths / heights) > LETTER))


def _last_number(text, boxes) -> list:
    """The number that ends a string of which the first piece is
    another's: a letter of the turned title beside a label.
    """
    first, _, last = text.text.partition(" ")
    number = Text(last, text.box, 0, text.colour)
    lone = text.angle or len(first) > 2 or SPLIT.match(text.text) or not numbers([number])
    if lone or len(boxes) != len(first) + len(last):
        return []
    own = boxes[np.argsort(boxes[:, 0])][len(first) :]
    return [replace(number, box=tuple(map(float, (*own[:, :2].min(axis=0), *own[:, 2:].max(axis=0)))))]


def _tries(group, angle, any_more, number_more) -> list:
    """(text, score, angle) of a group, whole and with touching digits cut apart, as any word and as a number."""
    read = [read_word(g) for g in (group, cut(group), cut(group, PERCENT), cut(group, low=True)) if g]
    return [(w, s + more, angle) for pair in read for (w, s), more in zip(pair, (any_more, number_more), strict=True)]


def _without_tick(group) -> list:
    """A group without the flat piece right of it, or the upright one over its one letter: a tick mark that comes near
    to its label."""
    cap, last = max(g.box[3] - g.box[1] for g in group), max(group, key=lambda g: g.box[2])
    rest = [g for g in group if g is not last]
    flat = last.box[3] - last.box[1] < 0.3 * cap and last.box[2] - last.box[0] > last.box[3] - last.box[1]
    apart = rest and last.box[0] - max(g.box[2] for g in rest) > 0.12 * cap
    if flat and apart:
        return rest
    if len(group) == 2:
        over, letter = (g.box for g in sorted(group, key=lambda g: g.box[1]))
        high, wide = over[3] - over[1], over[2] - over[0]
        if wide < 0.7 * high < 0.5 * (letter[3] - letter[1]) and over[3] <= letter[1]:
            return [max(group, key=lambda g: g.box[1])]
    return group


def _colour(group, image) -> str:
    """The colour of the strongest ink of a group."""
    x0, y0, x1, y1 = max(group, key=_side).box
    ink = image.ink[y0:y1, x0:x1]
    strong = ink >= 0.85 * ink.max()
    return "#" + "".join(f"{int(v):02x}" for v in np.clip(image.rgb[y0:y1, x0:x1][strong].mean(axis=0), 0, 255))


def _tick_above(ink, text) -> list:
    """The tick mark above a label of a row, as a Stroke."""
    size = text.height if text.angle == 0 else text.box[2] - text.box[0]
    x = (text.box[0] + text.box[2]) / 2
    top = int(text.box[1])
    left, right = int(x - 0.9 * size), int(x + 0.9 * size) + 1
    strip = ink[max(0, int(top - 2.4 * size)) : max(0, top - 2), max(0, left) : right]
    place = _tick(strip[::-1], size)
    if place is None:
        return []
    place += max(0, left)
    return [Stroke(np.array([[place, top - 0.6 * size], [place, top - 0.2 * size]]), "#000000", 1.0)]


def _tick_right(ink, text) -> list:
    """The tick mark right of a label of a column, as a Stroke."""
    size = text.height
    y, right = (text.box[1] + text.box[3]) / 2, int(text.box[2])
    reach = 0.9 * size
    top, foot = int(y - reach), int(y + reach) + 1
    strip = ink[max(0, top) : foot, right + 2 : int(right + 2.4 * size)]
    place = _tick(strip.T, size)
    if place is None:
        return []
    place += max(0, top)
    return [Stroke(np.array([[right + 0.2 * size, place], [right + 0.6 * size, place]]), "#000000", 1.0)]


def _tick(strip, size) -> float | None:
    """The place along the second axis of a tick mark in a strip that leads from a label (row 0) to the axis line."""
    if strip.size == 0 or strip.shape[1] < 4:
        return None
    covered = (strip > FAINT).mean(axis=1)
    line = np.flatnonzero(covered > 0.9)
    if len(line):
        stop = line[0]
        outer = strip[:stop]
        place = _middle(outer, size) if stop >= 2 else None
        if place is not None:
            return place
        after = stop + int((covered[stop:] <= 0.9).argmax() or len(covered))
        return _middle(strip[after + 1 : after + 1 + max(3, int(0.35 * size))], size)
    return _middle(strip, size)


def _middle(part, size) -> float | None:
    """The middle of the one thin line along the first axis of a part."""
    if part.shape[0] < 2:
        return None
    profile = np.where(part > FAINT, part, 0).mean(axis=0)
    peak = int(profile.argmax())
    if profile[peak] < 0.18 or (part[:, peak] > FAINT).sum() < 2:
        return None
    low = high = peak
    while low > 0 and profile[low - 1] > 0.25 * profile[peak]:
        low -= 1
    while high < len(profile) - 1 and profile[high + 1] > 0.25 * profile[peak]:
        high += 1
    if high - low + 1 > 0.55 * size or low == 0 or high == len(profile) - 1:
        return None
    low, high = low - 1, high + 1
    weight = profile[low : high + 1]
    return float((np.arange(low, high + 1) * weight).sum() / weight.sum()) + 0.5
