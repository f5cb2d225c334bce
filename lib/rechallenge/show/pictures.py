"""A matplotlib figure as SVG whose text is text, small enough to stand inside a page.

matplotlib writes the file through its public interface; what a viewer does not need is then left out: ids that nothing
refers to, groups without a purpose, the list of fonts at each text, the look of each shape where its neighbours have
the same, and the sixth decimal of a point.
"""

import io
import re
import xml.etree.ElementTree as ET
from itertools import groupby

from .style import svg_fonts

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
PLACES = 2  # decimals of a point (1/72 inch) that are kept
NUMBER = re.compile(r"-?\d+\.\d{3,}")
TARGET = re.compile(r"url\(#([^)]+)\)")
FONT = re.compile(r"font-family: (?:'[^']*'|[^;'])*(?:; )?")
LOOK, SHAPES, ALIKE = ("style", "clip-path"), (f"{{{SVG}}}path", f"{{{SVG}}}use"), 3
OPACITY = re.compile(r"(?:^|; )opacity:")  # of a group it is that of its shapes together
DRAWN = ("d", "x", "y", "width", "height", "transform")  # attributes that hold coordinates
SAVED = {"Date": None, "Creator": None, "Format": None, "Type": None}  # no clock and no program in the file

ET.register_namespace("", SVG)
ET.register_namespace("xlink", XLINK)


def svg_text(figure, area) -> str:
    """The part `area` (Bbox, inches) of a figure as an SVG file."""
    import matplotlib as mpl

    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(file, format="svg", bbox_inches=area, metadata=SAVED)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + slimmed(file.getvalue())


def slimmed(svg) -> str:
    """The same drawing in fewer letters, without the head of an
    XML file; fonts and joins are named once, at the root.
    """
    root = ET.fromstring(svg)
    root.attrib |= {"font-family": svg_fonts(), "stroke-linejoin": "round"}
    root.attrib |= {SPACE: "preserve", "style": "white-space: pre"}  # viewers know one or the other
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    used = set(_references(root))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        for name in DRAWN:
            if name in element.attrib:
                element.set(name, _short(element.get(name)))
        if "style" in element.attrib:
            element.set("style", FONT.sub("", element.get("style")).rstrip("; "))
    _number_ids(root)
    _open_groups(root)
    _share_looks(root)
    for element in root.iter():  # between elements matplotlib breaks lines; inside a text every blank counts
        if element.tag != f"{{{SVG}}}text":
            element.text = None
        element.tail = "\n"
    return ET.tostring(root, encoding="unicode").strip()


def inline_svg(svg, prefix, label, width, language="") -> str:
    """An SVG file as an element of an HTML page: ids begin with `prefix`, so that two figures never share one.

    label : what the figure shows, in words, for those who do not see it; width : in CSS pixels; language : of the
    label, where it is not that of the page.
    """
    root = ET.fromstring(svg)
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{prefix}-{element.get('id')}")
        for name, value in element.attrib.items():
            if name == HREF and value.startswith("#"):
                element.set(name, f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, TARGET.sub(rf"url(#{prefix}-\1)", value))
    root.attrib |= {"role": "img", "aria-label": label, "width": f"{width}"}
    root.attrib |= {"lang": language} if language else {}
    root.attrib.pop("height", None)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _number_ids(root):
    """Ids by their order: those of matplotlib are made from coordinates, whose last digits two runs need not share."""
    names = {}
    for name in _references(root):
        names.setdefault(name, f"i{len(names) + 1}")
    for element in root.iter():
        if element.get("id") in names:
            element.set("id", names[element.get("id")])
        for name, value in element.attrib.items():
            if name == HREF and value.startswith("#"):
                element.set(name, f"#{names[value[1:]]}")
            elif "url(#" in value:
                element.set(name, TARGET.sub(lambda m: f"url(#{names[m[1]]})", value))


def _references(root):
    """The ids that something in the drawing refers to."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == HREF and value.startswith("#"):
                yield value[1:]
            yield from TARGET.findall(value)


def _short(text) -> str:
    """Coordinates with PLACES decimals; a path on one line, without blanks at its letters; no turn by nothing."""
    text = NUMBER.sub(lambda m: f"{round(float(m[0]), PLACES) + 0.0:g}", text)
    text = re.sub(r" ?rotate\(-?0 [^)]*\)", "", text.replace("\n", "")).strip()
    return re.sub(r" *([MLHVCSQTAZz]) *", r"\1", text)


def _open_groups(parent):
    """Put the content of groups and lists of definitions without attributes in their place; drop empty ones."""
    for child in list(parent):
        _open_groups(child)
        empty = child.tag in (f"{{{SVG}}}g", f"{{{SVG}}}defs") and not len(child)
        if not child.attrib.get("transform", True):
            del child.attrib["transform"]
        if empty or (child.tag == f"{{{SVG}}}g" and not child.attrib):
            place = list(parent).index(child)
            parent.remove(child)
            for i, inner in enumerate(list(child)):
                parent.insert(place + i, inner)


def _share_looks(parent):
    """Name the look of shapes that stand one after the other and are alike once, at a group around them."""
    for child in list(parent):
        _share_looks(child)
    for look, run in [(look, list(run)) for look, run in groupby(list(parent), _look)]:
        if look is None or len(run) < ALIKE:
            continue
        group = ET.Element(f"{{{SVG}}}g", look)
        parent.insert(list(parent).index(run[0]), group)
        for shape in run:
            parent.remove(shape)
            group.append(shape)
            for name in look:
                del shape.attrib[name]


def _look(shape) -> dict | None:
    """What of a shape a group around it may say; None where it may say nothing."""
    if shape.tag not in SHAPES or "id" in shape.attrib or "transform" in shape.attrib:
        return None
    look = {name: shape.get(name) for name in LOOK if name in shape.attrib}
    return None if not look or OPACITY.search(look.get("style", "")) else look
