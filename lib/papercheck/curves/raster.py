"""The curves of an image between its axes: inks, paths, falls, censor marks, names."""

import re
from dataclasses import replace

import numpy as np
from scipy import ndimage

from .arms import rgb_of, without_limits
from .axes import Panel, numbers
from .drawing import Drawing
from .falls import falls, levels, uprights
from .image import Image
from .inks import inks
from .legend import WORDED, entries, frames
from .steps import Curve
from .trace import CORE, SOLID, Path, edges, left_over, paths
from .whole import drawn_at

ABOVE = 0.05  # of the height of the plot: what is looked at above S = 1
START = 0.014  # of it: how far from 1 a curve may begin
NEAR, FAR = 25.0, 60.0  # distances of colours that are one, and of an ink from the ground of its page
PALER = 0.7  # of the ink of the palest line of a legend, that of a band
UNDER = 0.3  # of its length a curve may run under a legend
UNREAD = (
    "there is ink of a line beside the curves that were read: one may be missing or end too early; look at the figure, "
    "and give a larger image of it"
)
UPRIGHT = set("lI1ijfrtFJL4T")  # letters that a line with its marks is misread as


def image_curves(image: Image, drawing: Drawing, panel: Panel) -> tuple[list[Curve], list[str]]:
    """The curves of a panel of an image, confidence limits left out, by colour; a note where a line is left that was
    not read."""
    window = _window(image, panel)
    rgb, ground = image.rgb[window], image.ground[window].copy()
    veil = _veil(image, drawing, panel, window)
    clear = _without_words(rgb, ground, drawing, window)
    clear[veil] = ground[veil]
    known = [colour for _, colour in entries(image, drawing) if colour is not None]
    found = inks(clear, ground, image.scale, known)
    if _filled(clear, ground, found):
        found = inks(clear, ground, image.scale, known)
    strong = [ink.cover > CORE for ink in found]
    height = _height(panel)
    top = panel.top - window[0].start
    ticks = [p - window[0].start for _, p in panel.y.labels], [p - window[1].start for _, p in panel.x.labels]
    start, read, told, areas = (top, START * height + 4), [], [], _areas(found, known)
    for k, ink in enumerate(found):
        if areas[k]:
            continue
        others = np.any([veil, *(s for j, s in enumerate(strong) if j != k)], axis=0)
        for path in paths(ink, others, *start, ticks):
            told.append(path)
            if veil[path.rows, np.arange(len(path.rows))].mean() < UNDER:
                read.append(_curve(path, ink.colour, panel, window, image))
    lines = [ink.cover for ink, area in zip(found, areas, strict=True) if not area]
    left = left_over(np.max(lines, axis=0), told, start, ticks) if told else None
    return without_limits(read, panel), [UNREAD] if left else []


def _areas(found, known) -> list:
    """Which inks are those of bands: pale beside all colours of a legend, and none of them, where each of these has an
    ink of its own."""
    away = np.array([[np.linalg.norm(rgb_of(ink.colour) - k) for k in known] for ink in found])
    if len(known) < 2 or not len(found) or (away.min(axis=0) > FAR).any():
        return [False] * len(found)
    least = PALER * min((255 - k).max() for k in known)
    return [
        bool(a.min() > FAR and (255 - rgb_of(ink.colour)).max() < least) for ink, a in zip(found, away, strict=True)
    ]


def _filled(rgb, ground, found) -> bool:
    """Gives pixels of an ink that were taken for the ground, for marks fill them side by side, the ground of the page.
    Were there such?"""
    page = np.median(ground.reshape(-1, 3), axis=0)
    same = np.zeros(rgb.shape[:2], bool)
    for colour in (rgb_of(ink.colour) for ink in found):
        if np.linalg.norm(page - colour) > FAR:
            same |= (np.abs(rgb - colour).max(axis=-1) < NEAR) & (np.abs(ground - page).max(axis=-1) > NEAR)
    ground[same] = page
    return bool(same.any())


def mirrored(image: Image, drawing: Drawing, panel: Panel) -> tuple:
    """Image, drawing and panel upside down: S in place of 1 - S."""
    height, whole = image.ink.shape[0], 100.0 if panel.percent else 1.0
    y = panel.y
    labels = tuple((whole - v, height - p) for v, p in y.labels)
    turned = replace(y, zero=height - y.zero - y.unit * whole, labels=labels)
    texts = [replace(t, box=(t.box[0], height - t.box[3], t.box[2], height - t.box[1])) for t in drawing.texts]
    left, top, right, foot = panel.box
    highest = float(y.place(max(v for v, _ in y.labels)))
    box = left, float(turned.place(whole)), right, height - min(top, highest)
    planes = (np.ascontiguousarray(a[::-1]) for a in (image.rgb, image.ground, image.ink))
    return Image(*planes, image.scale, mirrored=True), replace(drawing, texts=texts), replace(panel, y=turned, box=box)


def _height(panel) -> float:
    """Pixels from S = 0 to S = 1."""
    return abs(float(panel.y.place(100 if panel.percent else 1) - panel.y.place(0)))


def _window(image, panel) -> tuple:
    """The slices of the plot: rows from above S = 1 to the foot,
    columns from time 0 to the frame or past the last tick.
    """
    height, width = image.ink.shape
    times = [v for v, _ in panel.x.labels]
    step = float(np.median(np.diff(np.sort(times))))
    left = float(panel.x.place(min(times)) if min(times) > 2.2 * step else panel.x.place(0))
    rise = panel.box[3] - panel.top
    top, foot = max(0, int(panel.top - ABOVE * rise)), min(height, int(panel.box[3] + 0.01 * rise) + 2)
    last = int(panel.x.place(max(times)))
    right = int(min(width, panel.x.place(max(times) + max(step, 0.4 * (max(times) - min(times))))))
    dark = (image.ink[max(0, int(panel.top) + 5) : foot - 5, last - 8 : right] > 0.3).mean(axis=0)
    frame = np.flatnonzero(dark > 0.9)
    if len(frame):
        right = last - 8 + int(frame[0])
    return slice(top, foot), slice(max(0, int(round(left))), max(right, int(left) + 20))


def _veil(image, drawing, panel, window) -> np.ndarray:
    """Pixels of a window that legends cover."""
    out = np.zeros(image.ink.shape, bool)
    for x0, y0, x1, y1 in frames(image, drawing, panel):
        out[max(0, y0 - 2) : y1 + 6, max(0, x0 - 2) : x1 + 6] = True
    return out[window]


def _without_words(rgb, ground, drawing, window):
    """The pixels of a window with the words in it painted over by the ground."""
    out = rgb.copy()
    least = 0.6 * float(np.median([n.text.height for n in numbers(drawing.texts)] or [0]))
    for text in drawing.texts:
        words = re.sub(r"[\W_]", "", text.text)
        # dashes are lower than any word, and marks are read as upright letters
        if len(words) < 3 or text.height < least or not set(words) - UPRIGHT:
            continue
        x0, y0, x1, y1 = (int(v) for v in text.box)
        rows = slice(max(0, y0 - 1 - window[0].start), max(0, y1 + 1 - window[0].start))
        columns = slice(max(0, x0 - 1 - window[1].start), max(0, x1 + 1 - window[1].start))
        out[rows, columns] = ground[rows, columns]
    return out


def _curve(path: Path, colour, panel, window, image) -> Curve:
    """The Curve of a path, in times and shares."""
    height = _height(panel)
    upper, lower = edges(path, path.cover, path.others)
    panel = drawn_at(panel, image, upper + window[0].start, lower + window[0].start, path.pen)
    upper, lower = _ended(path, upper, lower, 0.02 * height)
    top = panel.top - window[0].start
    lines, seen = levels(path, upper, lower, top)
    middle = lines[0]
    dashed = path.inked < SOLID
    least = max(0.75, 0.45 * image.scale, 0.0012 * height)
    found = _down_to_foot(path, middle, _upright(path, falls(lines, seen, top, least, 1.5 * path.pen + 4)), height)
    columns = np.array([f[0] for f in found]) + window[1].start
    after = np.array([f[2] for f in found]) + window[0].start
    time, share = panel.x.value(columns), np.clip(panel.survival(after), 0, 1)
    keep = time > 0
    share = np.where(share < 0.6 / height * 2, 0.0, share)
    end = float(panel.x.value(path.last + 1 + window[1].start))
    curve = Curve(
        time[keep],
        share[keep],
        max(end, float(time.max(initial=0))),
        colour,
        (1.0 + path.kind,) if dashed else (),
        path.pen,
        hidden=path.hidden,
    )
    marks = _marks(path, upper, lower, middle, image.scale)
    curve.censored = np.sort(panel.x.value(marks + window[1].start)) if len(marks) else np.zeros(0)
    if len(marks) and path.last - marks[-1] < 0.03 * height:  # the arm of a last mark reaches beyond the curve
        curve.end = max(float(curve.censored[-1]), float(time.max(initial=0)))
    own = path.rows[path.cover[path.rows, np.arange(len(path.rows))] > CORE] + window[0].start
    curve.median_line = bool((np.abs(panel.survival(own) - 0.5) < 0.012).mean() > 0.85)
    if path.hidden > 0.03:
        curve.notes.append(
            f"hidden by other lines in {100 * path.hidden:.0f}% of its length: there the path between was taken"
        )
    return curve


def _upright(path, found) -> list:
    """The falls as the upright pieces of ink that they are made of, but those of a dashed stroke as they are."""
    if path.inked < SOLID:  # in a gap of a dashed stroke a mark beside it would stand for it
        return found
    return _in_order([piece for fall in found for piece in uprights(path.cover, fall, path.pen)])


def _down_to_foot(path, middle, found, height) -> list:
    """The falls with that to the foot of a path which ends by one."""
    if path.foot is not None and path.foot - middle[-1] > 0.02 * height:
        found = [f for f in found if f[0] < path.last - path.pen]
        found.append((path.last + 1 - path.pen / 2, found[-1][2] if found else middle[0], path.foot))
    return found


def _in_order(found) -> list:
    """Falls in the order of their columns and of their levels: strokes that overlap are told in any order."""
    return list(zip(*(sorted(part) for part in zip(*found, strict=True)), strict=True)) if found else []


def _ended(path, upper, lower, large):
    """The edges with a mark at the very end taken off; a last fall goes down only and stays."""
    half, tail = path.pen / 2, slice(max(0, path.last - int(1.5 * path.pen) - 2), path.last + 1)
    row = path.rows[max(0, tail.start - 1)] + 0.5
    up = row - half - np.nanmin(upper[tail], initial=np.inf)
    down = np.nanmax(lower[tail], initial=-np.inf) - row - half
    if not (down > 1.6 * max(up, 0) + 2 and down > large):
        lower = lower.copy()
        settled = path.rows[tail] + 0.5 + half
        lower[tail] = np.where(lower[tail] > settled + 0.4 * path.pen, np.nan, lower[tail])
    return upper, lower


def _marks(path, upper, lower, middle, scale) -> np.ndarray:
    """Columns of the marks: where the ink sticks out above the widened curve, for a moment."""
    half, shift = path.pen / 2, int(np.ceil(path.pen / 2)) + 1
    over = ndimage.minimum_filter1d(middle, 2 * shift + 1) - half - upper
    under = lower - ndimage.maximum_filter1d(middle, 2 * shift + 1) - half
    high = np.fmax(np.nan_to_num(over, nan=0), 0)
    least = max(0.45 * path.pen, 2.0, 1.2 * scale)
    found = _bars(high, least)
    extra = [
        m
        for m in _bars(np.fmax(np.nan_to_num(under, nan=0), 0), least)
        if all(abs(m - f) > path.pen + 2 for f in found)
    ]
    both = sorted([*found, *extra]) if len(found) >= len(extra) else found
    return np.array(both)


def _bars(high, least) -> list:
    """Middles of the bars of a profile; a wide one is as many as the usual width goes into it."""
    marks, count = ndimage.label(high > least)
    if not count:
        return []
    spans = [(s[0].start, s[0].stop) for s in ndimage.find_objects(marks)]
    tops = np.array([high[a:b].max() for a, b in spans])
    usual = float(np.median(tops))
    spans = [s for s, t in zip(spans, tops, strict=True) if 0.5 * usual <= t <= 1.8 * usual]
    widths = np.array([b - a for a, b in spans])
    if not len(widths):
        return []
    width, found = float(np.percentile(widths[widths >= 0.5 * np.median(widths)], 25)), []
    for a, b in spans:
        weight = high[a:b]
        if b - a <= 1.5 * width:
            found.append(float((np.arange(a, b) * weight).sum() / weight.sum()) + 0.5)
            continue
        number = max(2, round((b - a) / width))
        found += list(np.linspace(a + width / 2, b - width / 2, number))
    return found


def with_image_names(image: Image, drawing: Drawing, curves: list) -> None:
    """Names from the legend: the text right of a piece of a curve's colour, where one curve has that colour."""
    if image.scale > 1:  # letters too small to be sure of a name
        return
    for curve in curves:
        if sum(c.colour == curve.colour for c in curves) > 1:
            continue
        colour = rgb_of(curve.colour)
        named = [t for t in drawing.texts if WORDED.search(t.text) and t.angle == 0]
        others = [rgb_of(c.colour) for c in curves if c.colour != curve.colour]
        shares = [(_sample(image, t, colour, others), t.text) for t in named]
        best = max(shares, default=(0, ""))
        curve.name = _entry(best[1]) if best[0] > 0.75 else _label(colour, named)


def _entry(words) -> str:
    """The name of one entry of a legend, without its sample; none
    where entries ran together, or marks were read as letters.
    """
    name = re.sub(r"^[\W_]+(?=\w)", "", words) if words[:1] in "-+|=" else words
    return "" if re.search(r"\s[-+=|]+\s", name) or not set(name) - UPRIGHT else name


def _label(colour, named) -> str:
    """The first word printed in a colour that is no grey: a label at a curve."""
    for text in named if np.ptp(colour) > 40 else []:
        own = rgb_of(text.colour)
        name = _entry(text.text) if np.linalg.norm(own - colour) < 70 else ""
        if len(name) > 2:
            return name
    return ""


def _sample(image, text, colour, others=()) -> float:
    """Share of the columns left of a text that hold a colour on its line, and nothing else; pixels nearer to one of
    other colours do not count."""
    size, y = text.height, text.middle[1]
    left, right = int(max(0, text.box[0] - 2.0 * size)), int(text.box[0] - 0.7 * size)
    part = image.rgb[int(y - 0.35 * size) : int(y + 0.35 * size) + 1, left:right]
    if part.size == 0:
        return 0.0
    away = np.linalg.norm(part - colour, axis=-1)
    near = (away < 60) & np.all([away <= np.linalg.norm(part - other, axis=-1) for other in others], axis=0)
    inked = near.sum(axis=0)
    return float(((inked > 0) & (inked < 0.8 * part.shape[0] + 1)).mean())
