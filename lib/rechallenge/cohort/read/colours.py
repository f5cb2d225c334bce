"""What cells are coloured, as columns: the colour of the line, and that of the cells of a column."""

import colorsys
import re

import pandas as pd

HUES = ((15, "red"), (46, "orange"), (70, "yellow"), (170, "green"), (260, "blue"), (320, "purple"), (345, "pink"))
GREY = 0.12  # saturation below which a colour is grey
WORDS = {
    "red": r"\bred\b|[红紅]|\brot\w*|\brouges?|\brojos?",
    "yellow": r"\byellow|[黄黃]|\bgelb\w*|\bjaunes?|\bamarill[oa]s?",
    "green": r"\bgreen|[绿綠]|\bgrün\w*|\bverts?\b|\bverdes?",
    "blue": r"\bblue|[蓝藍]|\bblau\w*|\bbleus?|\bazul(?:es)?",
    "grey": r"\bgr[ae]y|灰|\bgrau\w*|\bgris(?:es)?\b",
    "orange": r"\borange|橙",
    "purple": r"\bpurple|紫|\blila\b|\bviolett?\w*",
    "pink": r"\bpink|粉|\brosa\b",
}
MEANS = r"(?:色|底|字|标|cells?|lines?|rows?|patients?|\s)*\s*(?:[=:：]|means?|表示|代表|为|是)\s*([^,;，；、。\n)|]+)"
LINE, CELL, NONE = "(colour of the line)", "(colour of {})", "no colour"
MOST = 0.5  # share of the filled cells of a line from which a colour is that of the line


def called(colour) -> str:
    """A colour as a cell of a column: its name and its code, such as `yellow FFFF00`."""
    if not re.fullmatch("[0-9A-Fa-f]{6}", colour):
        return colour  # of the theme of the workbook
    hue, saturation, _ = colorsys.rgb_to_hsv(*(int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    name = "grey" if saturation < GREY else next((n for limit, n in HUES if 360 * hue < limit), "red")
    return f"{name} {colour}"


def legend_of_colours(texts) -> dict:
    """{name of a colour: what it means} of notes such as `yellow = dead; grey: lost` or 红色为死亡."""
    found = {}
    for name, words in WORDS.items():
        for match in (m for text in texts for m in re.finditer(f"(?:{words}){MEANS}", text, re.IGNORECASE)):
            found.setdefault(name, match[1].strip())
    return found


def colour_columns(frame, colours) -> pd.DataFrame:
    """The colours of the lines and of the cells of each column of a frame, `no colour` where they have none; without
    columns that have one colour, or none, throughout.

    colours : {colour: {(line, column from 0)}}.
    """
    names, width = list(map(str, frame.columns)), frame.notna().sum(axis=1)
    cells = {}
    for colour, places in colours.items():
        lines = pd.Series([line for line, _ in places]).value_counts()
        for line, column in ((x, c) for x, c in places if x in frame.index and c < len(names)):
            whole = lines[line] >= MOST * width[line] and lines[line] > 1
            cells.setdefault(LINE if whole else CELL.format(names[column]), {})[line] = called(colour)
    made = {name: pd.Series(found).reindex(frame.index).fillna(NONE) for name, found in cells.items()}
    return pd.DataFrame({n: made[n] for n in sorted(made) if made[n].nunique() > 1}, index=frame.index, dtype=object)


def colours_told(columns) -> str:
    """How many lines have each colour, by its code alone: FFFF00: 8; OS (months): FF0000: 2. columns : as
    colour_columns gives them."""
    before, behind = CELL.split("{}")
    found = []
    for name in columns:
        counts = columns[name].value_counts().drop(NONE, errors="ignore")
        of = "" if name == LINE else f"{name.removeprefix(before).removesuffix(behind)}: "
        found.append(of + ", ".join(f"{re.sub('^[a-z]+ (?=[0-9A-F]{6})', '', c)}: {n}" for c, n in counts.items()))
    return "; ".join(found)
