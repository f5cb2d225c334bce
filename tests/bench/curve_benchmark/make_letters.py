"""Writes lib/papercheck/curves/letters.npz: the shapes of letters and digits in open fonts, for the reader of labels.

    PYTHONPATH=lib python tests/bench/curve_benchmark/make_letters.py

Fonts: Liberation Sans (as in Helvetica and Arial; SIL OFL, shipped for figures), and those of matplotlib: DejaVu Sans
and Serif (Bitstream Vera licence), STIX (as in Times; SIL OFL), Computer Modern (public domain).
"""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from papercheck.curves.letters import CHARS, normal

ROOT = Path(__file__).parents[3]
OURS = ROOT / "lib" / "rechallenge" / "show" / "fonts"
THEIRS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FONTS = [OURS / "LiberationSans-Regular.ttf", OURS / "LiberationSans-Bold.ttf"]
FONTS += [
    THEIRS / f"{n}.ttf"
    for n in ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "STIXGeneral", "STIXGeneralBol", "cmr10")
]
SIZE = 96


def glyph(font, char):
    """The ink of a character in its tight box, and the box relative to the baseline."""
    image = Image.new("L", (3 * SIZE, 3 * SIZE), 0)
    ImageDraw.Draw(image).text((SIZE, 2 * SIZE), char, font=font, fill=255, anchor="ls")
    ink = np.asarray(image, float) / 255
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.5), np.flatnonzero(ink.max(axis=0) > 0.5)
    top, bottom = rows[0], rows[-1] + 1
    return ink[top:bottom, columns[0] : columns[-1] + 1], 2 * SIZE - top, 2 * SIZE - bottom


def main():
    """Writes the file."""
    shapes, metrics, chars = [], [], []
    for path in FONTS:
        font = ImageFont.truetype(str(path), SIZE)
        cap = glyph(font, "0")[1]
        for char in CHARS:
            ink, top, bottom = glyph(font, char)
            shapes.append((normal(ink) * 255).round().astype(np.uint8))
            metrics.append((top / cap, bottom / cap, ink.shape[1] / cap))
            chars.append(CHARS.index(char))
    where = ROOT / "lib" / "papercheck" / "curves" / "letters.npz"
    np.savez_compressed(
        where, shapes=np.array(shapes), metrics=np.array(metrics, np.float32), chars=np.array(chars, np.uint8)
    )
    print(where, where.stat().st_size)


if __name__ == "__main__":
    main()
