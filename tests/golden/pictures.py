"""Golden pictures: drawn, compared and renewed.

To renew after a change that was looked at: `python -m tests.golden.pictures [NAME ...]`.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent / "images"
DRAWN_BY = "3.11."  # matplotlib, as in requirements.lock
DPI = 80
BLOCK = 10  # pixels of the side of a square whose mean is compared: smooths the edges of letters and lines
MOST, MEAN = 40, 1.2  # of 255: how far a square, and all pixels together, may be from the golden picture


def pixels(figure):
    """The figure on white, as grey values and colours (height, width, 3)."""
    from rechallenge.show.style import house_style

    file = io.BytesIO()
    with house_style():
        figure.savefig(file, format="png", dpi=DPI)
    return np.asarray(Image.open(file).convert("RGB"), float)


def golden(name):
    """The golden picture of that name."""
    return np.asarray(Image.open(FOLDER / f"{name}.png").convert("RGB"), float)


def difference(found, wanted) -> str:
    """In what a picture differs from the golden one; "" if it does not."""
    if found.shape != wanted.shape:
        return f"is {found.shape[1]} x {found.shape[0]} pixels in place of {wanted.shape[1]} x {wanted.shape[0]}"
    apart = np.abs(found - wanted)
    high, wide = (side // BLOCK * BLOCK for side in apart.shape[:2])
    blocks = np.abs(
        (found - wanted)[:high, :wide].reshape(high // BLOCK, BLOCK, wide // BLOCK, BLOCK, 3).mean((1, 3))
    ).max(2)
    if blocks.max() > MOST or apart.mean() > MEAN:
        y, x = (BLOCK * i for i in np.unravel_index(blocks.argmax(), blocks.shape))
        return f"differs by {apart.mean():.2f} of 255 on average, most ({blocks.max():.0f}) at x = {x}, y = {y}"
    return ""


def renew(names=()):
    """Draw the golden pictures anew, all or those named."""
    from .drawings import DRAWINGS

    FOLDER.mkdir(exist_ok=True)
    for name in names or DRAWINGS:
        Image.fromarray(pixels(DRAWINGS[name]()).astype(np.uint8)).quantize(64).save(
            FOLDER / f"{name}.png", optimize=True
        )


if __name__ == "__main__":
    renew(sys.argv[1:])
