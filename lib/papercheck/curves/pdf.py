"""A page of a PDF as a Drawing: paths with their strokes and dashes, forms resolved, characters as strings."""

import ctypes

import numpy as np

from .drawing import SIGNS, Drawing, Shape, Stroke, Text, flatten

PIXELS = 300  # dots per inch of a page that is read as an image
CONTROL_CHARS = "\r\n\x00\ufffe"


def pages(data: bytes) -> int:
    """Number of pages. Raises ValueError where the file is no PDF or is locked."""
    with _Open(data) as pdf:
        return len(pdf)


def read_pdf(data: bytes, page: int = 0) -> Drawing:
    """The drawing of one page, the first being 0. Raises ValueError as `pages`."""
    with _Open(data) as pdf:
        sheet = pdf[page]
        width, height = sheet.get_size()
        drawing = Drawing(width, height, "pdf")
        flip = np.array([[1.0, 0, 0], [0, -1, height], [0, 0, 1]])
        left, bottom, *_ = sheet.get_mediabox()
        flip[:2, 2] += (-left, bottom)
        objects = _Objects(drawing, sheet)
        objects.page(sheet, flip)
        objects.signs()
        lone = drawing.texts
        drawing.texts = []
        _strings(drawing, sheet, flip)
        # Of characters that overlap the text layer keeps one: signs are taken from the objects of the page.
        drawing.texts = [t for t in drawing.texts if not set(t.text) <= SIGNS | {" "}] + lone
    return drawing


def picture(data: bytes, page: int = 0) -> np.ndarray:
    """The page as pixels (height, width, 3) at PIXELS dots per inch."""
    with _Open(data) as pdf:
        return np.array(pdf[page].render(scale=PIXELS / 72).to_pil().convert("RGB"))


class _Open:
    """A PDF while it is read."""

    def __init__(self, data):
        self.data = data

    def __enter__(self):
        import pypdfium2

        try:
            self.pdf = pypdfium2.PdfDocument(self.data)
        except pypdfium2.PdfiumError as error:
            raise ValueError(str(error)) from error
        return self.pdf

    def __exit__(self, *_):
        self.pdf.close()


class _Objects:
    """Collects the path objects of a page, those inside forms too."""

    def __init__(self, drawing, sheet):
        import pypdfium2.raw as raw

        self.raw, self.drawing, self.words = raw, drawing, sheet.get_textpage()
        self.unread = []

    def page(self, sheet, matrix):
        """All objects of a page."""
        for i in range(self.raw.FPDFPage_CountObjects(sheet)):
            self._object(self.raw.FPDFPage_GetObject(sheet, i), matrix, 0)

    def _object(self, item, matrix, depth):
        raw, kind = self.raw, self.raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            self._sign(item, matrix)
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_FORM) or depth > 20:
            return
        own = raw.FS_MATRIX()
        raw.FPDFPageObj_GetMatrix(item, ctypes.byref(own))
        matrix = matrix @ np.array([[own.a, own.c, own.e], [own.b, own.d, own.f], [0, 0, 1]])
        if kind == raw.FPDF_PAGEOBJ_PATH:
            self._path(item, matrix)
            return
        for i in range(raw.FPDFFormObj_CountObjects(item)):
            self._object(raw.FPDFFormObj_GetObject(item, i), matrix, depth + 1)

    def _sign(self, item, matrix):
        """A text object of one sign, as plotting programs draw marks."""
        raw, buffer = self.raw, ctypes.create_string_buffer(16)
        length = raw.FPDFTextObj_GetText(item, self.words, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), 16)
        sign = buffer.raw[: max(0, length - 2)].decode("utf-16-le", "ignore").strip()
        edges = [ctypes.c_float() for _ in range(4)]
        if len(sign) > 1 or not raw.FPDFPageObj_GetBounds(item, *(ctypes.byref(e) for e in edges)):
            return
        left, bottom, right, top = (e.value for e in edges)
        corners = (matrix @ np.array([[left, right], [bottom, top], [1, 1]]))[:2]
        box = (*map(float, corners.min(axis=1)), *map(float, corners.max(axis=1)))
        text = Text(sign, box, 0, self._colour(raw.FPDFPageObj_GetFillColor, item)[0], ((sign, box),))
        if sign in SIGNS and sign:
            self.drawing.texts.append(text)
        elif not sign:
            self.unread.append(text)

    def signs(self):
        """Objects whose character the text layer dropped are signs where they have the size of one."""
        sizes = {_size(t) for t in self.drawing.texts}
        self.drawing.texts += [t for t in self.unread if _size(t) in sizes]

    def _colour(self, read, item):
        parts = [ctypes.c_uint() for _ in range(4)]
        read(item, *(ctypes.byref(p) for p in parts))
        return "#" + "".join(f"{p.value:02x}" for p in parts[:3]), parts[3].value

    def _path(self, item, matrix):
        raw = self.raw
        fill, stroked = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroked))
        lines = [((np.column_stack([p, np.ones(len(p))]) @ matrix.T)[:, :2], closed) for p, closed in self._lines(item)]
        if stroked.value:
            colour, alpha = self._colour(raw.FPDFPageObj_GetStrokeColor, item)
            scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
            width, dash = ctypes.c_float(), self._dash(item)
            raw.FPDFPageObj_GetStrokeWidth(item, ctypes.byref(width))
            if alpha > 5:
                dash = tuple(d * scale for d in dash)
                self.drawing.strokes += [Stroke(p, colour, width.value * scale, dash, c) for p, c in lines]
        elif fill.value and lines:
            colour, alpha = self._colour(raw.FPDFPageObj_GetFillColor, item)
            if alpha > 5:
                self.drawing.shapes.append(Shape(tuple(p for p, _ in lines), colour))

    def _dash(self, item) -> tuple:
        count = self.raw.FPDFPageObj_GetDashCount(item)
        if count <= 0:
            return ()
        values = (ctypes.c_float * count)()
        self.raw.FPDFPageObj_GetDashArray(item, values, count)
        return tuple(values)

    def _lines(self, item) -> list:
        raw, found, points, curve = self.raw, [], [], []
        for i in range(raw.FPDFPath_CountSegments(item)):
            segment = raw.FPDFPath_GetPathSegment(item, i)
            x, y = ctypes.c_float(), ctypes.c_float()
            raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
            here, kind = (x.value, y.value), raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                found.append((points, False))
                points = [here]
            elif kind == raw.FPDF_SEGMENT_LINETO:
                points.append(here)
            else:
                curve.append(here)
                if len(curve) == 3:
                    points.extend(map(tuple, flatten(points[-1], curve)))
                    curve = []
            if raw.FPDFPathSegment_GetClose(segment) and points:
                found.append((points, True))
                points = [points[0]]
        found.append((points, False))
        return [(np.array(p, float), closed) for p, closed in found if len(p) > 1]


def _size(text) -> tuple:
    return round(text.box[2] - text.box[0], 1), round(text.box[3] - text.box[1], 1), text.colour


def _strings(drawing, sheet, flip):
    """Characters put together to strings: one direction, one line, gaps of less than half a letter."""
    import pypdfium2.raw as raw

    page = sheet.get_textpage()
    run, last = [], None
    for i in range(raw.FPDFText_CountChars(page)):
        char = _char(raw, page, i, flip)
        if char is None:
            continue
        if run and not _follows(last, char):
            drawing.texts.extend(_text(run))
            run = []
        run.append(char)
        last = char
    drawing.texts.extend(_text(run))


def _char(raw, page, i, flip):
    """(character, box, angle, size, colour, baseline) or None."""
    letter = chr(raw.FPDFText_GetUnicode(page, i))
    if letter in CONTROL_CHARS:
        return None
    edges = [ctypes.c_double() for _ in range(4)]
    if not raw.FPDFText_GetCharBox(page, i, *(ctypes.byref(e) for e in edges)):
        return None
    left, right, bottom, top = (e.value for e in edges)
    x0, y0, _ = flip @ [left, top, 1]
    x1, y1, _ = flip @ [right, bottom, 1]
    turned = np.degrees(raw.FPDFText_GetCharAngle(page, i)) % 180
    ox, oy = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, i, ctypes.byref(ox), ctypes.byref(oy))
    bx, by, _ = flip @ [ox.value, oy.value, 1]
    parts = [ctypes.c_uint() for _ in range(4)]
    raw.FPDFText_GetFillColor(page, i, *(ctypes.byref(p) for p in parts))
    colour = "#" + "".join(f"{p.value:02x}" for p in parts[:3])
    angle, loose = 90 if 45 < turned < 135 else 0, raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(page, i, ctypes.byref(loose))
    size = abs(loose.top - loose.bottom) if angle == 0 else abs(loose.right - loose.left)
    return letter, (x0, y0, x1, y1), angle, 0.8 * size, colour, (bx, by)


def _follows(last, char) -> bool:
    _, box, angle, size, colour, base = last
    if char[2] != angle or char[4] != colour:
        return False
    along, across = (0, 1) if angle == 0 else (1, 0)
    size = max(size, char[3], 1.0)
    if abs(char[5][across] - base[across]) > 0.2 * size:
        return False
    end = box[2] if angle == 0 else box[1]
    start = char[1][0] if angle == 0 else char[1][3]
    gap = (start - end) if along == 0 else (end - start)
    return -0.6 * size < gap < (0.75 if char[0] != " " and last[0] != " " else 1.2) * size


def _text(run) -> list:
    """The Text of a run of characters, split at wide spaces; none for blanks."""
    inked = [c for c in run if not c[0].isspace()]
    if not inked:
        return []
    boxes = np.array([c[1] for c in inked])
    box = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    words = " ".join("".join(c[0] for c in run).split())
    return [Text(words, tuple(map(float, box)), run[0][2], run[0][4], tuple((c[0], c[1]) for c in inked))]
