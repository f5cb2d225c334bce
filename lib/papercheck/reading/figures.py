"""Kaplan-Meier figures inside a paper: found with their captions; their curves are read, or it is said why not."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from ..curves.asked import Asked
from ..curves.read import SECONDS, read_plots
from ..files.bounded import ACTION, bounded
from ..files.findings import CohortError
from .document import Unread
from .files import reader_of
from .mentions import endpoint_mentions
from .plain_text import FIGURE
from .signs import plain, tidy

OF_SURVIVAL = re.compile(
    r"kaplan|meier|surviv|\b(?:PFS|OS|DFS|RFS|EFS)\b|time to|cumulative incidence|生存|进展时间", re.I
)
LABEL = re.compile(
    r"^\s*((?:Supplementary )?Fig(?:ure|\.)\s*S?\d+|图\s*\d+)\s*(?:[|.:：]\s|\s(?=(?-i:[A-Z(\u4e00-\u9fff])))",
    re.I | re.M,
)
SMALLEST = 200  # pixels of the lower side of an image that may hold a plot
LINK = "{http://www.w3.org/1999/xlink}href"
ENDINGS = ("", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".svg", ".pdf")


@dataclass(frozen=True)
class Picture:
    """A figure of a file. name: its own file, or the file that it is linked as; data: its bytes, none where they are
    not at hand; page: of the PDF that it stands in, from 1."""

    label: str
    caption: str
    name: str
    data: bytes = b""
    page: int | None = None

    @property
    def stem(self) -> str:
        """The label as the beginning of a file's name."""
        return re.sub(r"\W+", "_", self.label.lower()).strip("_")

    @property
    def endpoint(self) -> str:
        """The endpoint of the caption where it names one alone, or ""."""
        named = {m.name for m in endpoint_mentions(plain(self.caption)) if m.kind == "time"}
        return named.pop() if len(named) == 1 else ""


@dataclass
class Found:
    """A figure of survival and the readings of its plots; none with `unread`."""

    picture: Picture
    readings: list = field(default_factory=list)
    unread: Unread | None = None


def find_figures(paths) -> list[Found]:
    """The figures of survival of a paper and its supplements, each read or said why not."""
    found: list[Found] = []
    pictures, unread = _all_pictures(paths)
    for picture in (p for p in pictures if OF_SURVIVAL.search(p.caption)):
        same = [f for f in found if picture.page and (f.picture.label, f.picture.page) == (picture.label, picture.page)]
        if not any(f.readings for f in same):  # a page is read where no image of it held the curves
            found = [f for f in found if not any(f is s for s in same)]
            found.append(_read(picture))
    return found + unread


def figures_within_limits(paths) -> list[Found]:
    """find_figures of each file; one that takes too much is said, and hides no others."""
    found = []
    for path in map(Path, paths):
        try:
            found += bounded(path.name, find_figures, [path], seconds=SECONDS)
        except CohortError as error:
            unread = Unread(path.name, f"its figures: {error.findings[0].rule}", ACTION)
            found.append(Found(Picture("", "", path.name), unread=unread))
    return found


def _all_pictures(paths) -> tuple[list[Picture], list[Found]]:
    """The pictures of every file, and what is said of a file whose pictures cannot be reached."""
    pictures, unread = [], []
    for path in map(Path, paths):
        try:
            pictures += _pictures(path)
        except MemoryError:
            raise
        except Exception as error:  # a reader of another library: any fault of it is a fault of the file
            what = f"the figures could not be reached ({type(error).__name__})"
            place = Unread(path.name, what, "Save the file again, or give each picture to papercheck curve.")
            unread.append(Found(Picture("", "", path.name), unread=place))
    return pictures, unread


def _read(picture) -> Found:
    place = f"{picture.label.lower()}{f', page {picture.page}' if picture.page else ''}"
    if not picture.data:
        what = f"a figure of survival was found, and its picture {picture.name} is not beside the paper"
        return Found(picture, unread=Unread(place, what, "Save it, and give it to papercheck curve."))
    try:
        return Found(picture, read_plots(Path(picture.name), picture.data, Asked(page=picture.page or 1)))
    except CohortError as error:
        page = f" --page {picture.page}" if picture.page and picture.name.lower().endswith(".pdf") else ""
        what = f"a figure of survival was found, and its curves were not: {error.findings[0].rule}"
        return Found(picture, unread=Unread(place, what, f"papercheck curve {picture.name}{page} says more."))


def _pictures(path) -> list[Picture]:
    data = path.read_bytes()
    finders = {"read_pdf": _of_pdf, "read_word": _of_word, "_xml": _of_jats, "read_html": _of_html}
    finder = finders.get(reader_of(path, data[:2000]).__name__)
    return finder(path, data) if finder else []


def _of_jats(path, data) -> list[Picture]:
    from lxml import etree

    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    found = []
    for figure in root.iter("{*}fig") if root is not None else ():
        label, caption = (
            tidy("".join(n.itertext())) if n is not None else "" for n in map(figure.find, ("{*}label", "{*}caption"))
        )
        for graphic in figure.iter("{*}graphic"):
            name = graphic.get(LINK) or ""
            found.append(_linked(path, label.rstrip(".") or "Figure", caption, name))
    return found


def _linked(path, label, caption, name) -> Picture:
    """The picture of a file that stands beside the paper, whose ending may be left out."""
    plain_name = Path(unquote(name)).name
    for ending in ENDINGS if plain_name else ():
        beside = [path.parent / unquote(name + ending), path.parent / (plain_name + ending)]
        for file in beside:
            if file.is_file() and file.resolve().is_relative_to(path.parent.resolve()):
                return Picture(label, caption, file.name, file.read_bytes())
    return Picture(label, caption, plain_name or "of it")


def _of_html(path, data) -> list[Picture]:
    from lxml import html as parser

    root = parser.document_fromstring(data, parser=parser.HTMLParser(encoding="utf-8", no_network=True))
    drawings, found = iter(re.findall(rb"<svg\b.*?</svg>", data, re.S | re.I)), []
    for node in root.iter("img", "svg"):
        caption = _caption_near(node)
        own = next(drawings, b"") if node.tag == "svg" else _inline(node.get("src") or "")
        label = FIGURE.fullmatch(caption)
        words = (tidy(label["label"]), label["caption"]) if label else ("Figure", caption)
        if own:
            found.append(Picture(*words, f"{Picture(*words, '').stem}{_ending(own)}", _with_links(own)))
        elif node.tag == "img" and not (node.get("src") or "").startswith("data:"):
            found.append(_linked(path, *words, node.get("src") or ""))
    return found


def _inline(source) -> bytes:
    """The bytes of a data URI; none of another."""
    head, _, body = source.partition(",")
    try:
        return base64.b64decode(body, validate=False) if head.startswith("data:") and "base64" in head else b""
    except binascii.Error:
        return b""


def _with_links(drawing) -> bytes:
    """An SVG cut out of a page, with the name space that the page need not declare."""
    if b"xlink:" in drawing and b"xmlns:xlink" not in drawing:
        return drawing.replace(b"<svg", b'<svg xmlns:xlink="http://www.w3.org/1999/xlink"', 1)
    return drawing


def _ending(data) -> str:
    known = {b"\x89PNG": ".png", b"\xff\xd8\xff\xe0": ".jpg", b"GIF8": ".gif"}
    return known.get(data[:4], ".svg" if b"<svg" in data[:4096] else ".jpg" if data[:2] == b"\xff\xd8" else ".png")


def _caption_near(node) -> str:
    """The caption of an image: of the figure around it, or the nearest text behind or before it that begins as one."""
    around = next(node.iterancestors("figure"), None)
    if around is not None and around.find(".//figcaption") is not None:
        return tidy("".join(around.find(".//figcaption").itertext()))
    for step in ("following", "preceding"):
        near = node.xpath(f"{step}::*[self::p or self::div or self::figcaption][normalize-space()][not(.//p)]")
        near = near[:2] if step == "following" else near[::-1][:1]
        for block in near:
            words = tidy("".join(block.itertext()))
            if FIGURE.fullmatch(words):
                return words
    return ""


def _of_word(path, data) -> list[Picture]:
    import docx

    source = docx.Document(str(path))
    blocks = list(source.element.body.iterchildren())
    words, found = [tidy("".join(b.itertext())) for b in blocks], []
    for k, block in enumerate(blocks):
        for blip in block.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip"):
            part = source.part.related_parts.get(blip.get(f"{{{blip.nsmap.get('r', '')}}}embed"))
            near = [FIGURE.fullmatch(w) for w in [*words[k : k + 3], *words[max(0, k - 1) : k]]]
            label = next((m for m in near if m), None)
            if part is not None and label:
                caption = tidy(label["label"]), label["caption"]
                name = f"{Picture(*caption, '').stem}{Path(str(part.partname)).suffix}"
                found.append(Picture(*caption, name, part.blob))
    return found


def _of_pdf(path, data) -> list[Picture]:
    """The captions of a PDF, each with its page; what the page holds is read as one."""
    import pypdfium2

    found = []
    with pypdfium2.PdfDocument(data) as pdf:
        for k in range(min(len(pdf), 60)):
            text = pdf[k].get_textpage().get_text_range().replace("\r\n", "\n")
            starts = list(LABEL.finditer(text))
            captions = [(tidy(m[1]), tidy(text[m.end() : m.end() + 400])) for m in starts]
            captions = [c for c in captions if OF_SURVIVAL.search(c[1][:200])]
            if captions:
                label = " or ".join(dict.fromkeys(c[0] for c in captions))
                caption = " ".join(c[1] for c in captions)
                stem = Picture(label, caption, "").stem
                images = [(f"{stem}_{j}.png", image) for j, image in enumerate(_images(pdf[k]), 1)]
                found += [Picture(label, caption, *one, k + 1) for one in [*images, (path.name, data)]]
    return found


def _images(page) -> list[bytes]:
    """The larger images of a page of a PDF, as PNG."""
    import io

    import pypdfium2.raw as raw

    found = []
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        if min(image.get_px_size()) >= SMALLEST:
            out = io.BytesIO()
            image.get_bitmap().to_pil().convert("RGB").save(out, "PNG")
            found.append(out.getvalue())
    return found
