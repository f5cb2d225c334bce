"""An SVG file as a Drawing: paths, lines, uses, transforms, style sheets; text as text (outlines become shapes)."""

import re

import numpy as np

from .drawing import Drawing, Shape, Stroke, Text, flatten

NAMES = {
    "black": "#000000",
    "white": "#ffffff",
    "red": "#ff0000",
    "blue": "#0000ff",
    "green": "#008000",
    "gray": "#808080",
    "grey": "#808080",
    "orange": "#ffa500",
    "purple": "#800080",
    "navy": "#000080",
}
INHERITED = (
    "stroke",
    "fill",
    "stroke-width",
    "stroke-dasharray",
    "font-size",
    "text-anchor",
    "stroke-opacity",
    "fill-opacity",
    "visibility",
    "display",
    "color",
)
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
PARTS = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
XLINK = "{http://www.w3.org/1999/xlink}href"
DEEP = 40  # nested groups and uses
COPIES = 100_000  # elements that uses may repeat: ten uses of ten uses of ... would never end


def read_svg(data: bytes) -> Drawing:
    """The drawing of an SVG file. Raises ValueError where it is none."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if _tag(root) != "svg":
        raise ValueError("the file holds no <svg>")
    box = [float(x) for x in NUMBER.findall(root.get("viewBox", ""))]
    width, height = box[2:4] if len(box) == 4 else (_length(root.get("width"), 600), _length(root.get("height"), 400))
    drawing = Drawing(width, height, "svg")
    elements = list(root.iter())
    known = {e.get("id"): e for e in elements if e.get("id")}
    reader = _Reader(drawing, _rules(root), known, len(elements) + COPIES)
    start = np.eye(3)
    if len(box) == 4:
        start[:2, 2] = -box[0], -box[1]
    with np.errstate(all="ignore"):  # numbers beyond all others are of no curve
        reader.walk(root, start, {"fill": "#000000", "stroke": "none", "stroke-width": "1", "font-size": "10"}, 0)
    return drawing


def _tag(element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _length(text, default=0.0) -> float:
    found = NUMBER.match(str(text or "").strip())
    return float(found[0]) if found else default


def _declarations(text) -> dict:
    pairs = (part.partition(":") for part in (text or "").split(";"))
    return {k.strip().lower(): v.replace("!important", "").strip() for k, _, v in pairs if v.strip()}


def _rules(root) -> list:
    """(tag or '', class or '', declarations) of the style sheets,
    in their order; the last part of a selector counts.
    """
    found = []
    for sheet in (e for e in root.iter() if _tag(e) == "style"):
        text = re.sub(r"/\*.*?\*/", "", "".join(sheet.itertext()), flags=re.S)
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
            for selector in selectors.split(","):
                last = (selector.split() or [""])[-1]
                tag, _, kind = last.partition(".")
                found.append(("" if tag == "*" else tag, kind, _declarations(body)))
    return found


def colour(text) -> str | None:
    """'#rrggbb' of a CSS colour; None for none, transparent and paint servers."""
    text = (text or "none").strip().lower()
    if text.startswith("#"):
        digits = text[1:]
        return "#" + ("".join(c * 2 for c in digits[:3]) if len(digits) in (3, 4) else digits[:6])
    if text.startswith("rgb"):
        parts = re.findall(r"([\d.]+)(%?)", text)[:3]
        values = [float(v) * (2.55 if percent else 1) for v, percent in parts]
        return "#" + "".join(f"{min(255, round(v)):02x}" for v in values)
    if text in ("none", "transparent", "inherit") or text.startswith("url"):
        return None
    return NAMES.get(text, "#000000")


def transform(text) -> np.ndarray:
    """The matrix of a transform attribute."""
    matrix = np.eye(3)
    for name, body in re.findall(r"(\w+)\s*\(([^)]*)\)", text or ""):
        v = [float(x) for x in NUMBER.findall(body)]
        step = np.eye(3)
        if name == "matrix" and len(v) == 6:
            step[:2] = [[v[0], v[2], v[4]], [v[1], v[3], v[5]]]
        elif name == "translate" and v:
            step[:2, 2] = v[0], v[1] if len(v) > 1 else 0
        elif name == "scale" and v:
            step[0, 0], step[1, 1] = v[0], v[-1]
        elif name == "rotate" and v:
            step = _rotation(v)
        matrix = matrix @ step
    return matrix


def _rotation(v):
    angle = np.radians(v[0])
    turn = np.eye(3)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    if len(v) < 3:
        return turn
    there, back = np.eye(3), np.eye(3)
    there[:2, 2], back[:2, 2] = v[1:3], [-v[1], -v[2]]
    return there @ turn @ back


def outlines(d) -> list:
    """[(points (k, 2), closed)] of a path's d."""
    return _Path(d).found


class _Path:
    """Walks through the commands of a path; arcs become their chords."""

    COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}

    def __init__(self, d):
        self.found, self.points, self.at, self.control = [], [], np.zeros(2), None
        command, values = "", []
        for letter, number in PARTS.findall(d or ""):
            if letter:
                command, values = letter, []
                if letter in "Zz":
                    self._close()
                continue
            values.append(float(number))
            if command and len(values) == self.COUNTS[command.upper()] > 0:
                self._step(command, values)
                command, values = {"M": "L", "m": "l"}.get(command, command), []
        self._keep(False)

    def _keep(self, closed):
        if len(self.points) > 1:
            self.found.append((np.array(self.points), closed))
        self.points = []

    def _close(self):
        first = self.points[0] if self.points else self.at
        self._keep(True)
        self.at = np.array(first, float)

    def _step(self, command, values):
        kind, base = command.upper(), self.at if command.islower() else np.zeros(2)
        if kind in "HV":
            new = self.at.copy()
            axis = 0 if kind == "H" else 1
            new[axis] = values[0] + base[axis]
            places = [new]
        else:
            pairs = values[5:] if kind == "A" else values
            places = [base + np.array(pairs[i : i + 2]) for i in range(0, len(pairs), 2)]
        if kind == "M":
            self._keep(False)
        elif not self.points:
            self.points = [self.at]
        self._draw(kind, places)

    def _draw(self, kind, places):
        if kind in "ST":
            before = 2 * self.at - self.control if self.control is not None else self.at
            places = [before, *places]
        if kind in "CSQT":
            self.points.extend(flatten(self.at, places))
            self.control = places[-2]
        else:
            self.points.append(places[-1])
            self.control = None
        self.at = np.asarray(places[-1], float)


class _Reader:
    """Collects strokes, shapes and texts of an element tree into a drawing."""

    def __init__(self, drawing, rules, known, most):
        self.drawing, self.rules, self.known, self.left = drawing, rules, known, most

    def walk(self, element, matrix, style, depth):
        """This element and all below it. Raises ValueError where uses repeat too much of each other."""
        self.left -= 1
        if self.left < 0:
            raise ValueError("its parts repeat each other more often than any figure does")
        tag = _tag(element)
        if depth > DEEP or tag in ("", "defs", "clipPath", "mask", "marker", "metadata", "style", "title", "desc"):
            return
        style = self._styled(element, tag, style)
        if style.get("display") == "none" or style.get("visibility") == "hidden":
            return
        matrix = matrix @ transform(element.get("transform"))
        if tag == "use":
            self._use(element, matrix, style, depth)
        elif tag == "text":
            self._text(element, matrix, style)
        elif tag in ("svg", "g", "symbol", "a", "switch"):
            for child in element:
                self.walk(child, matrix, style, depth + 1)
        else:
            self._draw(_shape(element, tag), matrix, style)

    def _styled(self, element, tag, style):
        style = {k: v for k, v in style.items() if k in INHERITED}
        style |= {k: element.get(k) for k in (*INHERITED, "opacity") if element.get(k) is not None}
        kinds = (element.get("class") or "").split()
        for rule_tag, kind, body in self.rules:
            if (not rule_tag or rule_tag == tag) and (not kind or kind in kinds):
                style |= body
        return style | _declarations(element.get("style"))

    def _use(self, element, matrix, style, depth):
        target = self.known.get((element.get(XLINK) or element.get("href") or "").lstrip("#"))
        if target is None:
            return
        shift = np.eye(3)
        shift[:2, 2] = _length(element.get("x")), _length(element.get("y"))
        if _tag(target) == "symbol":
            for child in target:
                self.walk(child, matrix @ shift, style, depth + 1)
        else:
            self.walk(target, matrix @ shift, style, depth + 1)

    def _draw(self, lines, matrix, style):
        if not lines:
            return
        moved = [((np.column_stack([p, np.ones(len(p))]) @ matrix.T)[:, :2], closed) for p, closed in lines]
        stroke, fill = colour(style.get("stroke")), colour(style.get("fill"))
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
        width = _length(style.get("stroke-width"), 1.0) * scale
        faint = min(_length(style.get(k), 1.0) for k in ("stroke-opacity", "opacity"))
        if stroke and width > 0 and faint > 0.02:
            dash = tuple(float(x) * scale for x in NUMBER.findall(style.get("stroke-dasharray") or ""))
            for points, closed in moved:
                self.drawing.strokes.append(Stroke(points, stroke, width, dash, closed))
        elif fill and _length(style.get("fill-opacity"), 1.0) > 0.02:
            self.drawing.shapes.append(Shape(tuple(p for p, _ in moved), fill))

    def _text(self, element, matrix, style):
        spans = [e for e in element.iter() if _tag(e) == "tspan"]
        if element.text and element.text.strip() or not spans:
            self._string(element, "".join(element.itertext()), matrix, style)
            return
        for span in spans:
            self._string(span, "".join(span.itertext()), matrix, self._styled(span, "tspan", style), element)

    def _string(self, element, words, matrix, style, parent=None):
        words = " ".join(words.split())
        if not words:
            return
        x, y = (_length(element.get(k, parent.get(k) if parent is not None else None)) for k in "xy")
        size = _length(style.get("font-size"), 10.0)
        width = _length(element.get("textLength"), 0.0) or size * sum(0.3 if c in ".,:il| " else 0.56 for c in words)
        left = x - {"middle": 0.5, "end": 1.0}.get(style.get("text-anchor", ""), 0.0) * width
        corners = np.array([[left, y], [left + width, y], [left, y - 0.72 * size], [left + width, y - 0.72 * size]])
        corners = (np.column_stack([corners, np.ones(4)]) @ matrix.T)[:, :2]
        direction = np.degrees(np.arctan2(*(corners[1] - corners[0])[::-1]))
        box = (*corners.min(axis=0), *corners.max(axis=0))
        angle = 90 if 45 < abs(direction) < 135 else 0
        self.drawing.texts.append(Text(words, box, angle, colour(style.get("fill")) or "#000000"))


def _shape(element, tag) -> list:
    """The lines of a basic shape, as of `outlines`."""
    get = lambda name: _length(element.get(name))  # noqa: E731
    if tag == "path":
        return outlines(element.get("d"))
    if tag == "line":
        return [(np.array([[get("x1"), get("y1")], [get("x2"), get("y2")]]), False)]
    if tag in ("polyline", "polygon"):
        values = [float(v) for v in NUMBER.findall(element.get("points") or "")]
        points = np.array(values[: len(values) // 2 * 2]).reshape(-1, 2)
        return [(points, tag == "polygon")] if len(points) > 1 else []
    if tag == "rect":
        x, y, w, h = (get(k) for k in ("x", "y", "width", "height"))
        return [(np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]), True)]
    if tag in ("circle", "ellipse"):
        rx, ry = (get("r"), get("r")) if tag == "circle" else (get("rx"), get("ry"))
        turn = np.linspace(0, 2 * np.pi, 17)
        return [(np.column_stack([get("cx") + rx * np.cos(turn), get("cy") + ry * np.sin(turn)]), True)]
    return []
