"""Labels read by the shapes of their letters: outlines of a drawing, or ink of an image, against open fonts.

A small reader for what a figure prints (numbers, names of arms, units), not for running text: each glyph is brought to
one size and compared with letters.npz (made by tests/bench/curve_benchmark/make_letters.py) by the correlation of its
ink, its height and its place on the line. A word that is not read well is not read at all.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

CHARS = "0123456789.,%-+()=<>ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NUMERIC = 13  # of CHARS: digits, point, comma, percent
SIDE = 24  # pixels of a normalised glyph
SURE = 0.80  # mean score of a word that counts as read
LOWER = 1.38  # height of a capital over that of a small letter without ascender
TALL = 0.45  # glyphs lower than this share of the line (points, dashes) do not set its height


@dataclass(frozen=True)
class Glyph:
    """Ink (h, w) from 0 to 1 in its tight box x0, y0, x1, y1."""

    ink: np.ndarray
    box: tuple


def normal(ink) -> np.ndarray:
    """Ink brought to SIDE by SIDE, its shape kept, in the middle."""
    from PIL import Image

    height, width = ink.shape
    scale = (SIDE - 2) / max(height, width)
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    image = Image.fromarray((np.clip(ink, 0, 1) * 255).astype(np.uint8)).resize((w, h), Image.Resampling.BOX)
    out = np.zeros((SIDE, SIDE))
    top, left = (SIDE - h) // 2, (SIDE - w) // 2
    out[top : top + h, left : left + w] = np.asarray(image, float) / 255
    return out


@lru_cache(maxsize=1)
def _known():
    """Templates (unit vectors, mean taken out; one font after the other) and their metrics: top, bottom and width in
    heights of a digit."""
    with np.load(Path(__file__).with_name("letters.npz")) as stored:
        return _unit(stored["shapes"]), stored["metrics"].astype(np.float32)


def _unit(shapes):
    flat = np.asarray(shapes, np.float32).reshape(len(shapes), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)


def likeness(glyphs) -> np.ndarray:
    """(glyphs, templates) correlation of the ink, whatever its size."""
    return _unit(np.array([normal(g.ink) for g in glyphs])) @ _known()[0].T


def scores(like, boxes, cap, base) -> np.ndarray:
    """(glyphs, CHARS) likeness up to 1, less for a wrong size or place; cap: height of a digit, base: y of the line."""
    metrics = _known()[1]
    top, bottom = (base - boxes[:, 1]) / cap, (base - boxes[:, 3]) / cap
    width = (boxes[:, 2] - boxes[:, 0]) / cap
    away = np.abs(top[:, None] - metrics[:, 0]) + np.abs(bottom[:, None] - metrics[:, 1])
    away = away + 0.5 * np.abs(width[:, None] - metrics[:, 2])
    value = like - 0.6 * np.maximum(away - 0.08, 0)
    return value.reshape(len(boxes), -1, len(CHARS)).max(axis=1)


def read_word(glyphs) -> tuple:
    """(text, mean score) of glyphs on one line from left to right, by all characters and by those of a number alone;
    blanks where the gaps are wide."""
    glyphs = sorted(glyphs, key=lambda g: g.box[0])
    heights = np.array([g.box[3] - g.box[1] for g in glyphs])
    tall = heights >= TALL * heights.max()
    base = float(np.median([g.box[3] for g, t in zip(glyphs, tall, strict=True) if t]))
    cap = max(base - min(g.box[1] for g, t in zip(glyphs, tall, strict=True) if t), heights.max() * 0.8)
    like, boxes = likeness(glyphs), np.array([g.box for g in glyphs])
    values = [scores(like, boxes, size, base) for size in (cap, cap * LOWER, cap / 1.06)]
    numeric = [_with_percent(v[:, :NUMERIC], boxes, cap) for v in values]
    best = [max(map(_best, tried), key=lambda pair: pair[1]) for tried in (values, numeric)]
    return tuple((_small_ells(_spaced(text, glyphs, cap)), score) for text, score in best)


def _with_percent(value, boxes, cap) -> np.ndarray:
    """Scores of the characters of a number in which the last is a percent sign for sure if it is wider than a digit."""
    wide, high = boxes[-1, 2:] - boxes[-1, :2]
    likely, percent = value.argmax(axis=1), NUMERIC - 1
    digits = len(value) > 1 and (likely[:-1] < 10).all()
    if digits and likely[-1] == percent and 0.9 * cap < wide < 1.5 * cap and high > 0.8 * cap:
        value = value.copy()
        value[-1, percent] = max(value[-1, percent], SURE)
    return value


def _best(value) -> tuple[str, float]:
    """The most likely characters, and their mean score."""
    return "".join(CHARS[k] for k in value.argmax(axis=1)), float(value.max(axis=1).mean())


def _small_ells(text) -> str:
    """In many fonts I and l are one shape: behind a small letter it is l, between a capital and a small letter too, and
    at the head of a word before a vowel with which no usual word begins behind I (less, large, lung)."""
    text = re.sub(r"(?<=[a-z])I+", lambda found: "l" * len(found[0]), text)
    return re.sub(r"(?<=[A-Z])I(?=[a-z])|\bI(?=[aeu][a-z])", "l", text)


def _spaced(text, glyphs, cap) -> str:
    out = text[:1]
    for k in range(1, len(text)):
        gap = glyphs[k].box[0] - glyphs[k - 1].box[2]
        out += (" " if gap > 0.38 * cap else "") + text[k]
    return out
