"""Where texts go: the room that is left free by what is drawn, and the widths of columns of text."""

import numpy as np

from ..style import SIZE, add_legend, find_layout, house_style, keep_layout, new_figure

SIZES = np.arange(SIZE - 2.5, SIZE + 1, 0.5)  # of the texts of nearly all figures
STEPS = 12  # places that are tried along each side of the axes
CLEAR = 4.0  # pixels between a text and a curve


def laid_out(figure):
    """The renderer of a figure whose layout has been found, so that texts and axes can be measured."""
    find_layout(figure)
    return figure.canvas.get_renderer()


def text_inches(figure, text, size=SIZE, weight="normal") -> tuple[float, float]:
    """Width and height of a text in inches."""
    artist = figure.text(0, 0, text, fontsize=size, fontweight=weight)
    box = artist.get_window_extent(figure.canvas.get_renderer())
    artist.remove()
    return box.width / figure.dpi, box.height / figure.dpi


def open_fonts() -> None:
    """Find and open the fonts of figures in all their sizes, so that forks of this process have them."""
    with house_style():
        figure, axes = new_figure(1)
        axes.remove()
        for size in SIZES:
            for weight in ("normal", "bold"):
                text_inches(figure, "0", float(size), weight)


def legend_beside(axes, handles, labels, title=None):
    """A legend where it covers no line, band or text: inside the axes if there is room, else above them.

    Returns the legend. The layout of the figure is found for it; whatever is drawn later is not looked at,
    and has to keep within the axes.
    """
    look = {"title": title, "alignment": "left", "handlelength": 2.4, "borderaxespad": 0.0}
    renderer = laid_out(axes.figure)
    legend = add_legend(axes, handles, labels, loc="lower left", bbox_to_anchor=(0, 0), **look)
    box = legend.get_window_extent(renderer)
    corner = free_corner(axes, box.width, box.height, renderer, leave_out=legend)
    if corner is not None:
        legend.set_bbox_to_anchor(tuple(axes.transAxes.inverted().transform(corner)), transform=axes.transAxes)
        keep_layout(axes.figure)
        return legend
    legend.remove()
    del look["borderaxespad"]
    return add_legend(axes.figure, handles, labels, loc="outside upper left", **look)


def free_corner(axes, width, height, renderer, leave_out=None):
    """Lower left corner (pixels) of a free place of `width` x
    `height` pixels in the axes, upper right first; or None.
    """
    area = axes.get_window_extent(renderer)
    if width + 2 * CLEAR > area.width or height + 2 * CLEAR > area.height:
        return None
    points, boxes = _drawn_points(axes), _drawn_boxes(axes, renderer, leave_out)
    right = np.linspace(area.x1 - width - CLEAR, area.x0 + 2 * CLEAR, STEPS)
    top = np.linspace(area.y1 - height - CLEAR, area.y0 + CLEAR, STEPS)
    for x in right:  # to the left only where no height at the right is free
        for y in top:
            low, high = np.array([x, y]) - CLEAR, np.array([x + width, y + height]) + CLEAR
            hit = ((points > low) & (points < high)).all(axis=1).any() if len(points) else False
            if not hit and not any(_share(low, high, box) for box in boxes):
                return x, y
    return None


def _share(low, high, box):
    return box.x0 < high[0] and box.x1 > low[0] and box.y0 < high[1] and box.y1 > low[1]


def _drawn_points(axes):
    """Points (pixels) on every line, mark, edge of a band and bar of the axes, close enough to hit any text."""
    parts = []
    for line in axes.lines:
        if line.get_visible() and line.get_gid() != "faint":
            xy = line.get_xydata()
            xy = _stepped(xy) if line.get_drawstyle().startswith("steps") else xy
            parts.append(_dense(line.get_transform().transform(xy), line.get_linestyle() not in ("None", "", " ")))
    for collection in axes.collections:
        parts += [_dense(collection.get_transform().transform(path.vertices), True) for path in collection.get_paths()]
        if len(offsets := np.ma.getdata(collection.get_offsets())) > 1:
            parts.append(collection.get_offset_transform().transform(offsets))
    for patch in axes.patches:
        parts.append(_dense(patch.get_transform().transform(patch.get_path().vertices), True))
    parts = [p[np.isfinite(p).all(axis=1)] for p in parts if len(p)]
    return np.concatenate(parts) if parts else np.empty((0, 2))


def _stepped(xy):
    """The corners of a step line that holds its value until the next point."""
    if len(xy) < 2:
        return xy
    corners = np.column_stack([xy[1:, 0], xy[:-1, 1]])
    return np.concatenate([xy[:1], np.stack([corners, xy[1:]], axis=1).reshape(-1, 2)])


def _dense(points, joined, gap=5.0):
    """Points at most `gap` pixels apart along a joined line."""
    points = np.asarray(points, float)
    if not joined or len(points) < 2:
        return points
    length = np.hypot(*np.diff(points, axis=0).T)
    count = np.clip(np.nan_to_num(length / gap), 0, 2000).astype(int) + 1
    start, step = np.repeat(points[:-1], count, axis=0), np.repeat(np.diff(points, axis=0), count, axis=0)
    share = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count, count)
    return np.concatenate([start + step * share[:, None], points[-1:]])


def _drawn_boxes(axes, renderer, leave_out):
    texts = [t for t in axes.texts if t.get_visible() and t.get_text()]
    return [t.get_window_extent(renderer) for t in texts if t is not leave_out]
