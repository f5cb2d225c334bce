"""A matplotlib backend that draws a figure once, as SVG and as PNG of 300 dpi, and sets each text once a process.

matplotlib walks through a figure and shapes every text anew for each format, which is most of what a report costs. Here
one walk feeds its own SVG and Agg renderers; shaped texts are kept, without size, as outlines are scaled. Pillow tries
five filters on every row of a PNG, longer than the drawing takes: flat colours on white are as small without.
"""

import io
import struct
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib import font_manager
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.colors import rgb2hex
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import LoadFlags
from matplotlib.path import Path
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Affine2D, Bbox, TransformedPath

DPI = 300  # of the PNG
POINTS = 72  # an inch
INCH = 0.0254  # metres
FAST = 1  # zlib's level
TEXTS = 20_000  # shaped texts that a process keeps


def svg_and_png(figure, area, png=True) -> tuple[str, bytes]:
    """The part `area` (Bbox, inches) of a figure without layout engine as SVG text and as PNG (b"" if not asked for)."""
    svg, picture = io.StringIO(), io.BytesIO() if png else None
    figure.savefig(svg, format="svg", backend=f"module://{__name__}", bbox_inches=area, picture=picture)
    return svg.getvalue(), picture.getvalue() if png else b""


class FigureCanvas(FigureCanvasBase):
    """The canvas that savefig uses for this backend."""

    filetypes = FigureCanvasSVG.filetypes
    fixed_dpi = POINTS

    def print_svg(self, filename_or_obj, *, picture=None, **options):
        """Write SVG to an open text file and, if asked, the PNG to the binary file `picture`; other options change nothing."""
        self.figure.dpi = POINTS
        width, height = self.figure.get_size_inches() * POINTS
        agg = RendererAgg(width * DPI / POINTS, height * DPI / POINTS, DPI) if picture else None
        renderer = _Renderer(width, height, filename_or_obj, agg)
        self.figure.draw(renderer)
        renderer.finalize()
        if picture:
            picture.write(png_file(np.asarray(agg.buffer_rgba())[:, :, :3]))


class MeasuringCanvas(FigureCanvasAgg):
    """A canvas that measures texts as _Renderer sets them, for layouts; it draws and saves as Agg does."""

    def get_renderer(self):
        """The renderer that layouts ask."""
        key = *self.get_width_height(physical=True), self.figure.dpi
        if getattr(self, "_lastKey", None) != key:
            self.renderer, self._lastKey = _Measure(*key), key
        return self.renderer


class _Measure(RendererAgg):
    def get_text_width_height_descent(self, s, prop, ismath):
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        return _measured(s, prop, self.dpi)

    def _get_font_height_metrics(self, prop):
        return _line(prop, self.dpi)


class _Renderer(RendererSVG):
    """RendererSVG that passes what it draws on to an Agg renderer, in the units of that one's resolution."""

    def __init__(self, width, height, file, agg):
        metadata = {"Date": None, "Creator": None}
        super().__init__(width, height, file, image_dpi=DPI, metadata=metadata)
        self._file, self._agg = file, agg
        self._scale = Affine2D().scale(DPI / POINTS)

    def draw_path(self, gc, path, transform, rgbFace=None):
        super().draw_path(gc, path, transform, rgbFace)
        if self._agg:
            self._agg.draw_path(self._clipped(gc), path, transform + self._scale, rgbFace)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
        if self._agg:
            placed = marker_path, marker_trans + self._scale, path, trans + self._scale
            self._agg.draw_markers(self._clipped(gc), *placed, rgbFace)

    def draw_path_collection(self, gc, master_transform, paths, all_transforms, offsets, offset_trans, *how, **more):
        placed = paths, all_transforms, offsets
        with self._alone() as agg:
            super().draw_path_collection(gc, master_transform, *placed, offset_trans, *how, **more)
        if agg:
            scaled = (master_transform + self._scale).frozen()
            agg.draw_path_collection(self._clipped(gc), scaled, *placed, offset_trans + self._scale, *how, **more)

    def draw_quad_mesh(self, gc, master_transform, width, height, coordinates, offsets, offset_trans, *how):
        placed = width, height, coordinates, offsets
        with self._alone() as agg:
            super().draw_quad_mesh(gc, master_transform, *placed, offset_trans, *how)
        if agg:
            scaled = (master_transform + self._scale).frozen()
            agg.draw_quad_mesh(self._clipped(gc), scaled, *placed, offset_trans + self._scale, *how)

    @contextmanager
    def _alone(self):
        """The Agg renderer, held back while the SVG is made of simpler calls of this renderer."""
        agg, self._agg = self._agg, None
        try:
            yield agg
        finally:
            self._agg = agg

    def draw_image(self, gc, x, y, im, transform=None):
        super().draw_image(gc, x, y, im, transform)
        if self._agg:
            self._agg.draw_image(self._clipped(gc), *(round(c * DPI / POINTS) for c in (x, y)), im)

    def option_scale_image(self):
        return False  # Agg takes images in its own pixels only

    def get_text_width_height_descent(self, s, prop, ismath):
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        return _measured(s, prop, POINTS)

    def _get_font_height_metrics(self, prop):
        return _line(prop, POINTS)

    def _draw_text_as_path(self, gc, x, y, s, prop, angle, ismath, mtext=None):
        if ismath or (mtext is not None and (mtext.get_fontfeatures() or mtext.get_language())):
            super()._draw_text_as_path(gc, x, y, s, prop, angle, ismath, mtext)
            if self._agg:
                place = (c * DPI / POINTS for c in (x, y))
                self._agg.draw_text(self._clipped(gc), *place, s, prop, angle, ismath, mtext)
            return
        text, size = _shaped(s, prop), prop.get_size_in_points() / TextToPath.FONT_SCALE
        self._write_text(gc, x, y, s, angle, text, size)
        if self._agg and len(text.outline.vertices):
            ink = self._clipped(gc)
            ink.set_linewidth(0.0)
            ink.set_snap(False)
            place = Affine2D().scale(size).rotate_deg(angle).translate(x, self.height - y) + self._scale
            self._agg.draw_path(ink, text.outline, place, gc.get_rgb())

    def _write_text(self, gc, x, y, s, angle, text, size):
        """The text as matplotlib writes it: each outline once a file, and a line for each use of one."""
        alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
        ink = f' style="fill: {rgb2hex(gc.get_rgb())}{f"; opacity: {alpha:g}" if alpha != 1 else ""}"'
        turn = f" rotate({-angle:g})" if angle else ""
        self.writer.comment(s)  # closes what the writer holds open: what follows may go straight to the file
        self._update_glyph_map_defs({name: path for name, path in text.glyphs.items() if name not in self._glyph_map})
        place = f"translate({x:.6g} {y:.6g}){turn} scale({size:g} {-size:g})"
        self._file.write(f'<g{ink} transform="{place}">\n{text.uses}</g>\n')

    def _clipped(self, gc):
        """A copy of the graphics context with its clip at the resolution of Agg; widths are in points for both."""
        own = self._agg.new_gc()
        own.copy_properties(gc)
        if (box := gc.get_clip_rectangle()) is not None:
            own.set_clip_rectangle(Bbox(box.get_points() * (DPI / POINTS)))
        path, transform = gc.get_clip_path()
        if path is not None:
            own.set_clip_path(TransformedPath(path, transform + self._scale))
        return own


@dataclass(frozen=True)
class _Text:
    """A shaped text of the size FONT_SCALE: its extent (width, height, descent), the outlines of its glyphs by name, where
    they are used as lines of SVG, and all of it as one path."""

    extent: tuple
    glyphs: dict
    uses: str
    outline: Path


def _measured(s, prop, dpi):
    """Width, height and descent of a text in pixels."""
    scale = prop.get_size_in_points() / TextToPath.FONT_SCALE * dpi / POINTS
    return tuple(scale * extent for extent in _shaped(s, prop).extent)


def _line(prop, dpi):
    """Ascent, descent and gap of a line in pixels, from the first font."""
    scale = prop.get_size_in_points() * dpi / POINTS
    return tuple(scale * share for share in _line_shares(*_face(prop)))


@cache
def _line_shares(*face):
    table, em = _font(*face).get_sfnt_table("OS/2"), _font(*face).get_sfnt_table("head")["unitsPerEm"]
    return table["sTypoAscender"] / em, -table["sTypoDescender"] / em, table["sTypoLineGap"] / em


def _face(prop):
    """What chooses the fonts of a text, without its size."""
    return tuple(prop.get_family()), prop.get_style(), prop.get_variant(), prop.get_weight(), prop.get_stretch()


def _font(*face):
    """The open font; matplotlib opens it anew in a fork, since forks would share the position in its file."""
    return font_manager.get_font(_files(*face))


@cache
def _files(family, style, variant, weight, stretch):
    found = FontProperties(family=list(family), style=style, variant=variant, weight=weight, stretch=stretch)
    return font_manager.fontManager._find_fonts_by_props(found)


_texts = {}  # (text, face): _Text
_outlines = {}  # name of a glyph: its vertices and codes


def _shaped(s, prop) -> _Text:
    """The shaped text; one with a character that no font has is shaped, and warned of, each time."""
    key = s, _face(prop)
    if key in _texts:
        return _texts[key]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        text = _shape(s, _font(*key[1]))
    for warning in said:
        warnings.warn(warning.message, stacklevel=2)
    if not said:
        if len(_texts) >= TEXTS:
            _texts.clear()
        _texts[key] = text
    return text


def _shape(s, font) -> _Text:
    font.set_size(TextToPath.FONT_SCALE, POINTS)
    font.set_text(s, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = font.get_width_height()
    extent, glyphs, uses, vertices, codes = (width / 64, height / 64, font.get_descent() / 64), {}, [], [], []
    for item in font._layout(s, LoadFlags.NO_HINTING):
        name = f"{item.ft_object.postscript_name}-{item.glyph_index:x}".replace(" ", "_")
        if name not in _outlines:
            item.ft_object.load_glyph(item.glyph_index, flags=LoadFlags.NO_HINTING)
            _outlines[name] = item.ft_object.get_path()
        glyphs[name] = shape, steps = _outlines[name]
        place = f' transform="translate({item.x:g} {item.y:g})"' if item.x or item.y else ""
        uses.append(f'<use xlink:href="#{name}"{place}/>\n')
        vertices.append(shape + (item.x, item.y))
        codes.append(steps)
    outline = Path(np.concatenate(vertices), np.concatenate(codes)) if vertices else Path(np.empty((0, 2)))
    return _Text(extent, glyphs, "".join(uses), outline)


def png_file(pixels) -> bytes:
    """A PNG file of pixels (height, width, 3), 8 bits each, of DPI dots per inch. Source: W3C PNG specification."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    size, metre = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), round(DPI / INCH)
    body = zlib.compress(rows, FAST)
    chunks = (b"IHDR", size), (b"pHYs", struct.pack(">IIB", metre, metre, 1)), (b"IDAT", body), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name, body) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
