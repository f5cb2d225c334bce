"""Labels of an axis read by their letters and by their place:
one misread digit is mended where all the others say how.
"""

import re
from dataclasses import replace

import numpy as np

from .axes import OFF, Number, numbers
from .drawing import Drawing

ALIKE = (
    "14",
    "17",
    "47",
    "38",
    "08",
    "06",
    "09",
    "68",
    "89",
    "56",
    "35",
    "39",
    "59",
    "27",
)  # digits that blur into each other
SPLIT = re.compile(r"^\d{1,2} \d{1,2}$")  # a number whose point was lost
FEWEST = 3  # labels of a row or column that is looked at


def mend_labels(drawing: Drawing) -> list[str]:
    """Mends single misread digits of the labels of the axes in place, and says each: of labels that rise evenly with
    their place, four at least, two and half are read as their place asks, and the others differ from it in one digit
    that looks alike."""
    notes = _with_points(drawing)
    for along in (0, 1):
        for line in _rows(numbers(drawing.texts), along):
            for number, value in _asked(line, along):
                notes.append(f"a label that reads {number.text.text} stands where {value} belongs: taken as {value}")
                place = next(k for k, t in enumerate(drawing.texts) if t is number.text)
                drawing.texts[place] = replace(number.text, text=value)
    return notes


def _with_points(drawing) -> list[str]:
    """Puts the point back into labels such as 0 2 whose point is too small to be seen, where they then rise evenly,
    alone or with those whose points were seen."""
    split = [Number(float(t.text.replace(" ", ".")), t) for t in drawing.texts if SPLIT.match(t.text)]
    found = []
    for along in (0, 1):
        for line in _rows(split + [n for n in numbers(drawing.texts) if "." in n.text.text], along):
            first, last = line[0], line[-1]
            unit = (last.text.middle[along] - first.text.middle[along]) / ((last.value - first.value) or np.inf)
            if unit * (1 - 2 * along) > 0 and _against(line, along, first, unit)[0] == len(line):
                found += [n.text for n in line if SPLIT.match(n.text.text)]
    for text in found:
        place = next(k for k, t in enumerate(drawing.texts) if t is text)
        drawing.texts[place] = replace(text, text=text.text.replace(" ", "."))
    return [f"{len(found)} labels were read without their points, and got them by their places"] if found else []


def _rows(known, along) -> list:
    """Numbers on one line (along 0) or in one column (along 1), in the order of their place."""
    across, rest, found = 1 - along, list(known), []
    while rest:
        first = rest[0]
        near = 0.5 * first.text.height * (1 + along)
        line = [n for n in rest if abs(n.text.middle[across] - first.text.middle[across]) < near]
        rest = [n for n in rest if not any(n is m for m in line)]
        if len(line) >= FEWEST:
            found.append(sorted(line, key=lambda n: n.text.middle[along]))
    return found


def _asked(line, along) -> list:
    """[(number, text that its place asks for)] of the misread
    numbers of a line; none where they are not told for sure.
    """
    best, most = [], 0
    if len(line) <= FEWEST:  # any two lie on a line: of three, as in a column of numbers at risk, that is no evidence
        return best
    for i, a in enumerate(line):
        for b in line[i + 1 :]:
            if a.value == b.value or (a.value > b.value) == (along == 0):
                continue
            unit = (b.text.middle[along] - a.text.middle[along]) / (b.value - a.value)
            if abs(unit * (b.value - a.value)) < 1:  # the same place read twice
                continue
            exact, others = _against(line, along, a, unit)
            if others is not None and exact > most and exact >= max(2, len(line) / 2):
                best, most = others, exact
    return best


def _against(line, along, first, unit) -> tuple:
    """How many numbers stand where a straight line asks; the others
    with the text that it asks for, None where one is unlike.
    """
    exact, others = 0, []
    for number in line:
        value = first.value + (number.text.middle[along] - first.text.middle[along]) / unit
        if abs(number.value - value) * abs(unit) < OFF * number.text.height:
            exact += 1
            continue
        text = number.text.text.strip()
        digits = len(text.partition(".")[2])
        asked = f"{round(value, digits) + 0.0:.{digits}f}"
        off = abs(float(asked) - value) * abs(unit)
        if off > OFF * number.text.height or not _one_digit(text, asked):
            return exact, None
        others.append((number, asked))
    return exact, others


def _one_digit(read, asked) -> bool:
    """Do two texts of one length differ in one digit that looks alike?"""
    unlike = [a + b for a, b in zip(read, asked, strict=False) if a != b]
    return len(read) == len(asked) and len(unlike) == 1 and (unlike[0] in ALIKE or unlike[0][::-1] in ALIKE)
