"""What the codes of a sheet mean, where a note under the table or a sheet of its own tells: 性别：1=男，2=女."""

import re
import unicodedata

import pandas as pd

from .fit import CODE
from .look import NAMELESS
from .questions import Reason
from .words import position, same, synonyms

CODES = re.compile(r"[\s,、/;|(]*(?<![\d.=<>%-])(\d{1,2})\s*=\s*")  # before each meaning
COLON = re.compile(r"(?<![\d.:])(\d{1,2})\s*:\s*(?=[^\d\s])")
BESIDE = re.compile(r"(?<![\d.=<>%/-])(\d)\s*(?=(?![年月日天次例级岁分周个])[\u4e00-\u9fff])")  # 1男
ENDS = re.compile(r"[;。|)\n]")  # of an explanation, before the name of the next column
BETWEEN = re.compile(r"[;。|):：(\s,、]+")
LEAST_NAMED = 0.6  # share of the names of a sheet of codes that are columns of other sheets
REMARK = re.compile(r"\s*\([^()]*\)?\s*$")


def codes_in(texts, names) -> dict:
    """{column: {code: what it means}} as lines of text around a table tell of its columns `names`."""
    found = {}
    for text in map(_with_signs, texts):
        name, pairs, pieces = "", {}, CODES.split(text)
        for place, piece in enumerate(pieces[2::2], 1):
            code = pieces[2 * place - 1]
            if place == 1:
                name = pieces[0]
            said, ends, rest = _first_part(piece)
            if code in pairs:  # the codes begin anew without a mark between them: what belongs to what is not known
                pairs = {"": ""}
            pairs[code] = REMARK.sub("", said).strip(" ,、")
            if ends or place == len(pieces) // 2:
                _take(found, name, pairs, names)
                name, pairs = rest, {}
    return found


def _with_signs(text) -> str:
    """A line with = between each code and its meaning, where it writes 1:男 or 1男."""
    text = unicodedata.normalize("NFKC", str(text))
    text = COLON.sub(r"\1=", text)
    return text if "=" in text else BESIDE.sub(r"\1=", text)


def _first_part(piece) -> tuple:
    """The meaning at the beginning of a piece, whether the explanation ends there, and what stands behind it."""
    depth = 0
    for place, sign in enumerate(piece):
        depth += (sign == "(") - (sign == ")")
        if ENDS.match(sign) and depth <= (0 if sign != ")" else -1):
            return piece[:place], True, piece[place + 1 :]
    return piece, False, ""


def _pairs(text) -> dict:
    """The codes of a text that explains those of one column."""
    return codes_in([f"x: {text}"], ["x"]).get("x", {})


def _take(found, name, pairs, names):
    """Give the codes to the column that is called as the words before them, or to all whose names hold these."""
    if len(pairs) < 2 or "" in pairs or not all(pairs.values()):
        return
    words = [w for w in BETWEEN.split(name.strip()) if w]
    for said in (name, *("".join(words[k:]) for k in range(len(words)))):
        columns = [n for n in names if same(said, n)]
        if columns:
            break
    else:
        columns = [n for n in names if words and len(words[-1]) > 1 and position(words[-1], n)]
    for column in columns:
        found.setdefault(column, dict(pairs))


def add_codes(sheet, codes):
    """Give columns of a sheet the meaning of the codes that they hold and that nothing else explains."""
    for name, pairs in codes.items():
        held = {c.strip().removesuffix(".0") for c in sheet.frame[name].dropna().astype(str)}
        held = {c for c in held if CODE.match(c) and c not in synonyms()["sentinels"][1:]}
        if name not in sheet.codes and held and held <= set(pairs):
            sheet.codes[name] = pairs | {f"{code}.0": said for code, said in pairs.items()}


def take_legends(sheets) -> dict:
    """Take the sheets that explain the codes of others out of a list of sheets: {place: why}. A line of them names a
    column (or stands under one that does), a code and what it means; or a column and all its codes."""
    for sheet in sheets:
        add_codes(sheet, codes_in(sheet.around, list(sheet.frame.columns)))
    legends = [s for s in sheets if _is_legend(s, [o for o in sheets if o is not s])]
    kept = [s for s in sheets if all(s is not legend for legend in legends)]
    if not kept:
        return {}
    for sheet in kept:
        for legend in legends:
            add_codes(sheet, _codes_of(legend, list(sheet.frame.columns)))
    sheets[:] = kept
    return {legend.place: Reason("legend") for legend in legends}


def _is_legend(sheet, others) -> bool:
    """Whether the first column of a sheet holds names of columns of others, and the next ones their codes."""
    names = [str(c) for o in others for c in o.frame.columns]
    said = [c for c in _rows(sheet).iloc[1:, 0].dropna().unique()] if sheet.frame.shape[1] > 1 else []
    known = [c for c in said if any(same(str(c), n) or position(str(c), n) for n in names)]
    return bool(known) and len(known) >= LEAST_NAMED * len(said) and bool(_codes_of(sheet, names))


def _rows(sheet):
    """All lines of a sheet, its first line among them: it may have no names of columns."""
    whole = sheet.frame if sheet.whole is None else sheet.whole
    top = [None if NAMELESS.fullmatch(str(c)) else str(c) for c in whole.columns]
    return pd.DataFrame([top, *whole.astype(object).where(whole.notna(), None).to_numpy().tolist()])


def _codes_of(legend, names) -> dict:
    rows, found = _rows(legend), {}
    rows[0] = rows[0].ffill()
    codes = next((c for c in rows.columns[1:] if _share_of_codes(rows[c].iloc[1:]) > LEAST_NAMED), None)
    for name, own in rows.dropna(subset=[0]).groupby(0, sort=False):
        if codes is None:
            for text in (c for c in own.iloc[:, 1:].to_numpy().ravel() if c is not None):
                _take(found, str(name), _pairs(text), names)
            continue
        cells = own[own[codes].notna()].to_numpy().tolist()
        said = {
            str(r[codes]).strip().removesuffix(".0"): next((str(c) for c in r[codes + 1 :] if c), "") for r in cells
        }
        _take(found, str(name), said, names)
    return found


def _share_of_codes(cells) -> float:
    held = [str(c).strip() for c in cells if c is not None]
    return sum(bool(CODE.match(c)) for c in held) / len(held) if held else 0
