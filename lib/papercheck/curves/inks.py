"""The inks of an image: its colours told apart, and how much of each stands at each pixel."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

MERGED, PALE = 70.0, 0.45  # distance of colours that are one ink; of the way to white, for pale ones
DARK = 90  # greys darker than this are black
RARE = 0.1  # of the pixels of a line: so few darker ones are where it crosses another, or what JPEG made
SAME = 0.75  # of the ink across a darker line: a grey with more is that line between two rows of pixels
THIN = 0.42  # of what is looked at across a line: lines that fill less are that thin
INKS = 8
TINGED, ALIKE = 16, 30.0  # what a colour differs from grey; the distance of a line's colour from its sample's
RIM = 1.5  # pixels of the file that a line fades over


@dataclass
class Ink:
    """One colour in the box of a plot: '#rrggbb' and its coverage (h, w) from 0 to 1."""

    colour: str
    cover: np.ndarray


def inks(rgb, ground, scale=1.0, known=()) -> list[Ink]:
    """The colours of lines in a box, the most frequent first. rgb, ground (h, w, 3); scale: pixels in one of the
    file; known: colours of the samples in its legend."""
    down = ground - rgb
    amount = np.abs(down).max(axis=-1)
    size = 2 * round(RIM * max(1.0, scale)) + 1
    local = ndimage.maximum_filter(amount, size=size)
    core = (amount > 45) & (amount >= 0.8 * local)
    colours = _clusters(rgb[core], max(0.001 * core.sum(), 0.02 * rgb.shape[1]), known)
    across = np.min([ndimage.uniform_filter1d(amount, size, axis=axis) for axis in (0, 1)], axis=0)
    colours = _without_halves(colours, rgb[core], across[core])
    if not len(colours):
        return []
    seen = amount > 22
    down, ground, darkest = down[seen], ground[seen], local[seen]
    covers, away = [], []
    shades = [any(_shade(a, b) or _shade(b, a) for b in colours if b is not a) for a in colours]
    for colour, shade in zip(colours, shades, strict=True):
        full = ground - colour
        size = np.maximum((full**2).sum(axis=-1), 1.0)
        alpha = (down * full).sum(axis=-1) / size
        rest = np.sqrt(((down - alpha[..., None] * full) ** 2).sum(axis=-1))
        covers.append(np.clip(alpha, 0, 1))
        away.append(rest + 0.25 * np.abs(np.clip(alpha, 0, 1) - alpha) * np.sqrt(size))
        if shade:  # greys are told by the darkest pixel near, as a rim is of its line
            away[-1] += 0.25 * np.abs(darkest / np.maximum(np.abs(full).max(axis=-1), 1.0) - 1) * np.sqrt(size)
    nearest, least = np.argmin(away, axis=0), np.min(away, axis=0)
    found = []
    for k, colour in enumerate(colours):
        mine = np.zeros(seen.shape, np.float32)
        mine[seen] = covers[k] * np.where(nearest == k, 1.0, np.clip(1 - (away[k] - least) / 30, 0, 1))
        name = "#" + "".join(f"{int(round(v)):02x}" for v in np.clip(colour, 0, 255))
        found.append(Ink(name, mine))
    return found


def _clusters(pixels, least, known=()) -> np.ndarray:
    """Centres of the colours of pixels (n, 3), the most frequent first; shades that lie between a colour and white go
    to it, but not known ones that are no grey."""
    if len(pixels) == 0:
        return np.zeros((0, 3))
    bins, where, counts = np.unique((pixels // 20).astype(int), axis=0, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(where.ravel(), pixels[:, k], len(bins)) for k in range(3)], axis=1)
    means, order = sums / counts[:, None], np.argsort(-counts)
    centres, weights = [], []
    for k in order:
        near = [np.linalg.norm(means[k] - c) / _one_ink(means[k], c, known) for c in centres]
        if near and min(near) < 1:
            weights[int(np.argmin(near))] += counts[k]
        elif _is_known(means[k], known) or not any(
            _shade(means[k], c) and not _own_grey(means[k], c, counts[k] / w, pixels)
            for c, w in zip(centres, weights, strict=True)
        ):
            centres.append(means[k])
            weights.append(counts[k])
    chosen = [(w, c) for w, c in zip(weights, centres, strict=True) if w >= least]
    chosen = [p for p in chosen if not _between(p, chosen)]
    fades = [[_fades(pale, ink, pixels) for _, ink in chosen] for _, pale in chosen]
    weights = np.array([w for w, _ in chosen])
    rare = [
        any(f[k] and weights[k] < RARE * w for f, w in zip(fades, weights, strict=True)) for k in range(len(chosen))
    ]
    faded = [r or any(np.array(f) & ~np.array(rare)) for f, r in zip(fades, rare, strict=True)]
    chosen = [p for p, f in zip(chosen, faded, strict=True) if not f or _is_known(p[1], known)]
    return np.array([c for _, c in sorted(chosen, key=lambda p: -p[0])[:INKS]])


def _is_known(colour, known) -> bool:
    """Is a colour, and no grey, that of a sample in the legend?"""
    return np.ptp(colour) > TINGED and any(np.linalg.norm(colour - k) < ALIKE for k in known)


def _without_halves(colours, pixels, across) -> np.ndarray:
    """The colours without a grey that a darker one makes where a thin line lies between two rows of pixels: across such
    a line there is as much ink as elsewhere, and across a line of grey less. across (n,): ink across the line at pixels
    (n, 3)."""
    greys = [k for k, c in enumerate(colours) if np.ptp(c) < 16]
    near = {k: across[np.abs(pixels - colours[k]).max(axis=1) < 20] for k in greys}
    ink = {k: float(np.percentile(a, 10)) for k, a in near.items()}
    mean = colours.mean(axis=1) if len(colours) else colours
    thin = [k for k in greys if ink[k] < THIN * (255 - mean[k])]
    common = {k: [j for j in thin if mean[k] > mean[j] and len(near[j]) > 2 * RARE * len(near[k])] for k in greys}
    halves = {k for k in greys if any(ink[k] > SAME * ink[j] for j in common[k])}
    return colours[[k for k in range(len(colours)) if k not in halves]]


def _one_ink(a, b, known=()) -> float:
    """The distance within which two colours are one ink; that of two dark greys is larger, for nobody tells them, and
    that of two that are nearest to samples of different colours in the legend is none."""
    if _is_known(a, known) and _is_known(b, known):
        one, other = (min(known, key=lambda k: np.linalg.norm(c - k)) for c in (a, b))
        if np.linalg.norm(one - other) > ALIKE:
            return 1.0
    if max(a.max(), b.max()) < DARK and max(np.ptp(a), np.ptp(b)) < 16:
        return 2 * MERGED
    return min(MERGED, PALE * min(np.linalg.norm(255 - a), np.linalg.norm(255 - b)) + 1)


def _between(one, chosen) -> bool:
    """Is a colour rare, and a mixture of two others: pixels where their lines meet?"""
    weight, colour = one
    others = [(w, c) for w, c in chosen if c is not colour and w > 2 * weight]
    for i, (v, a) in enumerate(others):
        for w, b in others[i + 1 :]:
            if min(v, w) < 4 * weight and min(a.max(), b.max()) > 60:  # where a line crosses black more is mixed
                continue
            share = float(np.clip((colour - a) @ (b - a) / max((b - a) @ (b - a), 1), 0, 1))
            if np.linalg.norm(colour - a - share * (b - a)) < 45:
                return True
    return False


def _fades(pale, ink, pixels) -> bool:
    """Is a colour a pale form of an ink, and do the pixels fade
    from one to the other? Two inks have a gap between them.
    """
    full, part = 255 - ink, 255 - pale
    size = max(float(full @ full), 1.0)
    share = float(part @ full) / size
    near = 0.1 if np.ptp(ink) < 16 else 0.2  # what fades from black to white has no colour
    if not 0.2 < share < 0.9 or np.linalg.norm(part - share * full) > near * np.sqrt(size):
        return False
    down = 255 - pixels
    along = down @ full / size
    same = np.linalg.norm(down - along[:, None] * full, axis=1) < 0.2 * np.sqrt(size)
    counts, _ = np.histogram(along[same], np.linspace(share - 0.1, 1.05, 15))
    return bool(counts[1:-1].min() > 0.35 * min(counts[:2].max(), counts[-2:].max()))


def _nearly(pale, ink) -> bool:
    """Is a colour nearly a darker one, a little paler?"""
    full, part = 255 - ink, 255 - pale
    share = float(part @ full / max(full @ full, 1))
    return 0.7 < share < 0.98 and bool(np.linalg.norm(part - share * full) < 0.15 * np.linalg.norm(full))


def _own_grey(pale, ink, share, pixels) -> bool:
    """Is a grey an ink beside a darker one: of many pixels, and with far fewer between the two?"""
    if np.ptp(pale) > 16 or np.ptp(ink) > 16 or share < 0.2:
        return False
    grey = pixels.mean(axis=1)[np.ptp(pixels, axis=1) < 40]
    counts, _ = np.histogram(grey, np.linspace(ink.mean() - 10, pale.mean() + 10, 9))
    return bool(counts.min() < 0.15 * min(counts[:2].max(), counts[-2:].max()))


def _shade(colour, ink) -> bool:
    """Is a colour an ink mixed with white?"""
    full, part = 255 - ink, 255 - colour
    share = float(part @ full / max(full @ full, 1))
    return 0 < share < 0.9 and np.linalg.norm(part - share * full) < 28
