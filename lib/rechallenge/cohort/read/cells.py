"""Numbers and codes as people write them in cells: units, signs, brackets, full-width and Roman characters."""

import re
import unicodedata
from functools import lru_cache

from papercheck.vocabulary.units import USUAL

UNITS = {  # what may stand behind a number of a column with this unit
    "years": "years? old|years?|yrs?|y/?o|y|jahre|ans|años|周岁|岁|歳|a",
    "%": "%|percent|pct",
    "months": "months?|mths?|monate?|mois|mes(?:es)?|mon|mos?|m|个月|[ヶかカ]月|月",
    "weeks": "weeks?|wks?|个?星期|周",
    "days": "days?|tage?|jours?|d[ií]as?|d|天|日",
    "mm": "mm|毫米",
    "kg/m²": "kg ?/ ?m(2|²|\\^2)",
}
YEARS = re.compile(
    r"(\d+)\s*(?:年|years?|yrs?|y)\s*(?:零?\s*(\d+(?:\.\d+)?)\s*(?:个月|月|months?|mos?|m))?", re.IGNORECASE
)
MONTHS_DAYS = re.compile(
    r"(\d+)\s*(?:个月|月|months?|mos?|m)\s*(?:零|又|and|,)?\s*(\d+)\s*(?:天|日|days?|d)", re.IGNORECASE
)
FIGURES = str.maketrans("零一二两三四五六七八九", "01223456789")
GRADE = re.compile(r"(?:grade|gr\.?|g|ctcae|级别|分级)?\s*([1-5])\s*(?:级|度|grade)?", re.IGNORECASE)
GROWN = 5  # times its size to which a sum of lesions grows at most: changes up to it may be shares of 1
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
LETTERS = str.maketrans("ıłøđŁØĐ", "ilodLOD")  # whose marks are no accents
BRACKETS = re.compile(r"\s*[(\[{【].*[)\]}】]\s*$")


def shares_of_one(cells, of_change) -> bool:
    """Whether percentages are written as shares (0.45 for 45%): none below -1 or above 1, and not all of them whole.

    cells : pairs of a written cell and its number; one with a percent sign says its unit itself. of_change :
    percentages of a change, which a growing tumour takes above 1: none above GROWN.
    """
    bare = [x for word, x in cells if "%" not in plain(word)]
    return len(cells) > 1 and all(-1 <= x <= (GROWN if of_change else 1) for x in bare) and any(x % 1 for x in bare)


@lru_cache(maxsize=50_000)
def plain(text) -> str:
    """A cell in everyday characters: full-width and Roman ones and the figures of any script (٦٧) as ASCII, signs of
    minus and inequality as on a keyboard.
    """
    text = unicodedata.normalize("NFKC", str(text)).replace("−", "-").replace("–", "-").replace("—", "-")
    text = "".join(c if c.isascii() else str(unicodedata.decimal(c, c)) for c in text.replace("٫", "."))
    return " ".join(text.replace("≥", ">=").replace("≤", "<=").split())


@lru_cache(maxsize=50_000)
def without_accents(text) -> str:
    """A text in plain Latin letters: deces of décès, strasse of Straße, kismi of kısmi."""
    parts = unicodedata.normalize("NFD", str(text).replace("ß", "ss").translate(LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in parts if not "\u0300" <= c <= "\u036f"))


@lru_cache(maxsize=50_000)
def number_text(text, unit, grade=False) -> str:
    """The number of a cell without the unit of its column (67 of
    67岁, 3 of G3); the cell itself if it says anything else.
    """
    word = plain(text)
    if grade:
        match = GRADE.fullmatch(word) or GRADE.fullmatch(
            ROMAN.get(word.lower().strip("级度 ").removeprefix("grade "), "")
        )
        return match[1] if match else word
    spoken = _in_figures(word) if unit in ("months", "days", "weeks") else word
    if unit == "months" and (span := YEARS.fullmatch(spoken)):
        return f"{12 * int(span[1]) + float(span[2] or 0):g}"
    if unit == "months" and (span := MONTHS_DAYS.fullmatch(spoken)):
        return f"{round(int(span[1]) + int(span[2]) / USUAL.days('months'), 2):g}"
    if unit in UNITS:
        match = re.fullmatch(rf"([-+]?[\d.,]+)\s*(?:{UNITS[unit]})?\.?", spoken, re.IGNORECASE)
        return match[1] if match else word
    return word


def _in_figures(word) -> str:
    """A duration as it is spoken, in figures: 14 of 一年零两月, 6 months of 半年, 5.5 of 5个半月, 12 of 十二个月."""
    word = re.sub(
        r"^半年", "6个月", re.sub(r"年半$", "年6个月", re.sub(r"([\d一二两三四五六七八九])个半月", r"\1.5个月", word))
    )
    if not re.match(r"[一二两三四五六七八九十]", word):
        return word
    tens = re.sub(r"十(?=[一二三四五六七八九])", "一" if word.startswith("十") else "", word)
    return re.sub("十", "一零" if word.startswith("十") else "零", tens).translate(FIGURES)


@lru_cache(maxsize=50_000)
def without_remark(text) -> str:
    """A cell without what stands in brackets behind it: SD of SD(缩小)."""
    return BRACKETS.sub("", plain(text)).strip()
