"""A matplotlib backend for pictures of screens and print: Agg's drawing, written as PNG without trying filters.

Pillow tries five filters on every row, which takes longer than the drawing. Flat colours on white are as small without.
Use: figure.savefig(file, format="png", backend="module://rechallenge.present.raster").
"""

import struct
import zlib

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

INCH = 0.0254  # metres
FAST = 1  # zlib's level


class FigureCanvas(FigureCanvasAgg):
    """A canvas whose PNG is opaque (the house style has a white ground) and says its resolution."""

    def print_png(self, filename_or_obj, **options):
        """Draw and write the PNG to an open binary file; options, which savefig passes, change nothing."""
        FigureCanvasAgg.draw(self)
        filename_or_obj.write(png(np.asarray(self.buffer_rgba())[:, :, :3], self.figure.dpi))


def png(pixels, dpi) -> bytes:
    """A PNG file of pixels (height, width, 3), 8 bits each, at `dpi` dots per inch. Source: W3C PNG specification."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    size, metre = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), round(dpi / INCH)
    chunks = (b"IHDR", size), (b"pHYs", struct.pack(">IIB", metre, metre, 1)), (b"IDAT", zlib.compress(rows, FAST)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(named) -> bytes:
    name, body = named
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
