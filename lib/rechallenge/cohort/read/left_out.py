"""What lines of a table are no patients: totals, notes, an identifier and nothing else."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from papercheck.files.findings import shown

BEHIND = r"(?:\s*[:：=±+&;/(（\[].*)?"  # what may stand behind a word of totals: Overall (n=3), Mean ± SD


SUMMARY = re.compile(
    r"(?:(?:(?:sub|grand)[- ]?)?totals?|all (?:patients|subjects|cases)|overall|means?|averages?|medians?|ranges?|"
    r"std\.?(?: dev(?:iation)?)?|standard (?:deviation|error)|iqr|quartiles?|counts?|percent(?:age)?|"
    r"(?:(?:n|no\.?|number) )?(?:missing|known|filled|valid)(?: (?:n|values?|cells?|data))?|blanks?"
    r"|complete(?:ness| cases)|"
    r"variance|modes?|frequenc(?:y|ies)|fehlend(?:e werte)?|manquante?s?|(?:datos )?(?:perdidos|faltantes)|"
    r"缺失(?:数|值|率|例数)?|有效(?:数|例数)|众数|方差|频数|"
    r"(?:ins)?gesamt(?:zahl)?|summe|mittel(?:wert)?|stabw\.?|standardabweichung|spannweite|anzahl|moyenne|médiane|"
    r"écart[- ]type|somme|effectif|promedio|mediana|suma|desviación (?:estándar|típica)|合計|中央値|平均値|"
    r"统计|人数|百分比|比例|构成比|合计|总计|小计|总数|总人数|总例数|共计?|均值|均数|平均(?:值|数)?|中位(?:数|值)?|标准差|最大值?|最小值?|范围|例数"
    rf"){BEHIND}|n\s*[=:].*|no\. of patients.*|共?\d+\s*(?:例|人|名患者|patients?|pts\.?|cases?)|"
    r"(?:合计|总计|共|平均|中位|total|mean|median|average)\s.*|"
    r"(?:平均|中位|最大|最小)(?:年龄|随访|时间|生存|无进展|总生存)\S*|(?:年龄|随访)(?:中位|平均)\S*",
    re.I,
)


INITIALS = re.compile(rf"(?:s\.?[de]\.?|n|min(?:imum)?|max(?:imum)?|sum|all|avg|mw|media|q[13]){BEHIND}", re.I)


NOTE = re.compile(
    r"([*†‡§#※]|notes?\b|注\s*[:：]|注释|备注\s*[:：]|说明|legend|图例|key\s*[:：]|checked|审核|核对|制表|填表|整理|录入|日期\s*[:：]"
    r"|source\s*[:：]|"
    r"来源|abbreviations?|缩写|last updated|updated|更新|prepared|reviewed|data"
    r" lock|截止|(红|黄|绿|蓝|灰)色?.*[=＝:：]|(red|yellow|green|blue|gr[ae]y)\b.*[=:])",
    re.I,
)


TOTALS = "a line of totals or averages"


PERHAPS = "a word of totals, or the initials of a patient"


THIN = 0.25  # share of the usual number of filled cells below which a line is no patient in silence


BARE = ("an identifier and nothing else", "an identifier and next to nothing else")  # why a line is no patient


@dataclass(frozen=True)
class LeftOut:
    """A line of a sheet that is no patient, why, and what stands in it."""

    line: int
    why: str
    text: str


def not_patients(frame, id_column, usual=None) -> list[LeftOut]:
    """The lines that are no patients: totals, notes, repeated names, lines with an identifier and next to nothing else.

    frame : text cells, None where empty, as frame_of gives them; usual : how many cells a patient has, of these lines
    where it is not given.
    """
    others = frame.drop(columns=[id_column]) if id_column in frame else frame
    counts = others.notna().sum(axis=1)
    usual = usual if usual is not None else counts.median() if len(counts) else 0
    ids = frame[id_column] if id_column in frame else frame.iloc[:, 0]
    found, doubtful, patients = [], [], set()
    rows = frame.itertuples(index=False, name=None)
    for line, name, count, row in zip(frame.index, ids, counts, rows, strict=True):
        held = [c for c in row if c is not None]
        why = _why_not(name, str(held[0]) if held else "", count, usual, row, frame.columns)
        if why:
            found.append(LeftOut(int(line), why, shown(" | ".join(map(str, held)))))
        elif name is not None and INITIALS.fullmatch(unicodedata.normalize("NFKC", str(name)).strip()):
            doubtful.append((shape(name), int(line), shown(" | ".join(map(str, held)))))
        elif name is not None:
            patients.add(shape(name))
    found += _apart(frame, ids, counts, usual, {entry.line for entry in found})
    like = [LeftOut(line, PERHAPS if own in patients else TOTALS, text) for own, line, text in doubtful]
    return sorted([*found, *like], key=lambda entry: entry.line)


def _apart(frame, ids, counts, usual, known):
    """The lines below a blank one that hold less than half of what a patient does, under a name of another shape."""
    lines, shapes = list(frame.index), set()
    gaps = [k for k in range(1, len(lines)) if lines[k] - lines[k - 1] > 1]
    if not gaps or usual < 4 or not isinstance(lines[0], int | np.integer):
        return
    shapes = {shape(i) for i in ids.iloc[: gaps[0]] if i is not None}
    for k in range(gaps[0], len(lines)):
        name, line = ids.iloc[k], int(lines[k])
        if name is not None and line not in known and shape(name) not in shapes and counts.iloc[k] < 0.5 * usual:
            text = " | ".join(str(c) for c in frame.iloc[k] if c is not None)
            yield LeftOut(line, "below a blank line, and unlike the patients above", shown(text))


def shape(word) -> str:
    """What an identifier looks like: letters, figures and signs, runs as one."""
    return re.sub(r"(.)\1+", r"\1", "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in str(word)))


def _why_not(name, first, count, usual, row, names) -> str:
    """Why a line is no patient, or ''."""
    text = unicodedata.normalize("NFKC", first if name is None else str(name)).strip()
    start = unicodedata.normalize("NFKC", first).strip()
    if SUMMARY.fullmatch(text) or (count < 0.7 * usual and SUMMARY.fullmatch(start)):
        return TOTALS
    if count < max(2, 0.5 * usual) and NOTE.match(start):
        return "a note"
    if name is None:
        return "no identifier" if count else ""
    if sum(1 for c, n in zip(row, names, strict=True) if c is not None and c == n) >= 2:
        return "the names of the columns again"
    if count == 0 and usual >= 2:
        return BARE[0]
    if count < THIN * usual and usual >= 4:
        return BARE[1]
    return ""
