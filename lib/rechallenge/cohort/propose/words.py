"""The words of synonyms.yml, and how a name or label is compared with them."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml

from papercheck.vocabulary.dictionary import Column, load_dictionary

from ..check.patterns import GLUED
from ..read.cells import plain, without_accents, without_remark

NUMBERED = re.compile(
    r"pd[-_ ]?(l[-_ ]?)?1(?!\d|st\b)|recist[-_ ]*v?[-_ ]*1[._]1|ctcae[-_ ]*v?[-_ ]*\d([._]\d)?|ctla[-_ ]?4",
    re.IGNORECASE,
)
TWICE = re.compile(
    r"([\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]+)[\s/|]+([a-z][a-z .'-]*)"
    r"|([a-z][a-z .'-]*?)[\s/|]+([\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]+)",
    re.IGNORECASE,
)
OF_VISIT = re.compile(  # the number of a visit, a scan or a cycle, which counts no course of treatment
    r"(?:(?<![a-z])(?:v|visit|cycle|scan|ct|week|wk|fu|follow[- ]?up|assessment|evaluation|timepoint|visite"
    r"|zyklus)|访视|随访|周期|"
    r"评估|评价)[ _-]*\d+|第 ?\d+ ?次(?=评|检查|复查|随访|访视|影像|CT)",
    re.IGNORECASE,
)
BARE_NAME = re.compile(r"(?:v|var|q|f|x)_?\d+", re.IGNORECASE)  # how SPSS and forms number their columns
PFSR = re.compile(r"(?<![A-Za-z])pfs[ _]?r(?![A-Za-z])", re.IGNORECASE)
FIRST_LINE_ICI = re.compile(
    r"erstlinien?(?=[ -]*(?:ici|immun))|一线(?=免疫|ici|pd)|(?:first|1st)[- ]line(?= ?(?:immun|ici|pd-?l?1))",
    re.IGNORECASE,
)
# 2L, as oncologists write the second line; 1L ICI is the first course, as first-line ICI is
NTH_LINE = re.compile(r"(?<![\w.])(?!(?i:1 ?L[ -]*(?:ICI|IO|immun|PD-?L?1)))[1-9](?:L| L(?=$|\W))(?!\w)")
PLACES = (
    "1",
    "2",
    "i",
    "ii",
    "first",
    "second",
    "1st",
    "2nd",
    "re",
    "r",
)  # words that count, and may count something else
LEGEND = re.compile(r"(\d)\s*[=:是为、.\-]?\s*([^\d\s,;、/|=:()（）\[\]][^\d,;、/|=()（）\[\]]*)")
WORD_FIRST = re.compile(r"([^\d\s,;、/|=:]+)\s*[=:]\s*(\d)")
ONE_CODE = re.compile(r"\(\s*(\d)\s*[=:是为]\s*([^\d\s,;、/|=:()]+(?: [^\d\s,;、/|=:()]+)*)\s*\)")
ONE_WORD = re.compile(  # and with a blank between them: (1 yes)
    r"\(\s*(\d)\s+(yes|no|dead|died|death|alive|event|censored|progress(?:ed|ion)?|是|否|死亡|存活)\s*\)", re.IGNORECASE
)
BRACKETED = re.compile(r"[(\[{（【].*?[)\]}）】]")


TRADITIONAL, SIMPLIFIED = (  # of the characters in names and codes of sheets
    "歷曆號編療開後惡進轉齡別體臨級應評價間時長無總訪隨蹤聯絡確診斷組織類鱗變藥劑線復複發緩穩觀狀態結階單醫檢測陰陽煙菸戰啟給針終為與數據處"
    "達現從個歲當標記錄註備說腦遠項頭壓積縮僅術減輕肝腎腸爾極濃範圍實驗週滅擴麗維換續繼斷種樣側雙區讓鑑"
    "細檔聲顯識鈣鈉鉀腫癢熱貧過傷親屬電話證碼門對純內兩專較遲適選導將徵採擇於會條構機權歸決況淨滿潰瀉產異紀約紅納統絕經綜緊練縣績纖義職脈膚膽臟舊葉蓋衛補裝製"
    "見規視覺覽觸計設許試詳認語誤調請論護讀負責費資質趨跡輔輪輸辦連運違遺還釋鏡閉關際險隱雜難靜預頸頻題額顧飲養餘黃點齊覆畫寫國殘蝕癥",
    "历历号编疗开后恶进转龄别体临级应评价间时长无总访随踪联络确诊断组织类鳞变药剂线复复发缓稳观状态结阶单医检测阴阳烟烟战启给针终为与数据处"
    "达现从个岁当标记录注备说脑远项头压积缩仅术减轻肝肾肠尔极浓范围实验周灭扩丽维换续继断种样侧双区让鉴"
    "细档声显识钙钠钾肿痒热贫过伤亲属电话证码门对纯内两专较迟适选导将征采择于会条构机权归决况净满溃泻产异纪约红纳统绝经综紧练县绩纤义职脉肤胆脏旧叶盖卫补装制"
    "见规视觉览触计设许试详认语误调请论护读负责费资质趋迹辅轮输办连运违遗还释镜闭关际险隐杂难静预颈频题额顾饮养余黄点齐复画写国残蚀症",
)
ONE_SCRIPT = str.maketrans(TRADITIONAL, SIMPLIFIED)


@cache
def synonyms() -> dict:
    """synonyms.yml. Every word stays a word: BaseLoader makes no truth of `no` and no number of `1`."""
    text = Path(__file__).with_name("synonyms.yml").read_text(encoding="utf-8")
    found = yaml.load(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    for rule in found["as_number"].values():
        rule["cut"] = [int(x) for x in rule["cut"]]
    return found


@cache
def tokens(text) -> tuple[str, ...]:
    """A name or label as lower-case words: split at marks, at capitals inside a word and between letters and digits.

    Chinese and Japanese stay one word for each run of characters; accents do not count, nor traditional characters.
    """
    text = without_accents(unicodedata.normalize("NFKC", str(text))).translate(ONE_SCRIPT)
    text = GLUED.sub(r"\1 ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    return tuple(re.findall(r"[a-z]+|\d+|[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[<>≥≤]=?", text.lower()))


@cache
def _known_words() -> frozenset:
    """Every Latin word of five letters or more by which a column or a course is known."""
    lists = [words for table in synonyms()["columns"].values() for words in table.values()]
    lists += list(synonyms()["courses"].values())
    return frozenset(t for words in lists for word in words for t in tokens(word) if t.isascii() and len(t) > 4)


@cache
def without_typos(text) -> str:
    """A name with each unknown word put for the one known word
    that a letter left out, doubled or swapped makes of it.
    """
    found = []
    for word in tokens(text):
        near = [] if word in _known_words() or len(word) < 4 or not word.isascii() else _one_letter_off(word)
        found.append(near[0] if len(near) == 1 else word)
    return " ".join(found)


def _one_letter_off(word) -> list[str]:
    """The known words from which one letter too many, too few or
    two in the wrong order leads to `word`. A plural is none.
    """

    def shorter(longer):
        return {longer[:i] + longer[i + 1 :] for i in range(len(longer) - (longer.endswith("s")))}

    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return [k for k in _known_words() if k in swapped or k in shorter(word) or word in shorter(k)]


def position(phrase, text) -> int:
    """How many words of `text` the phrase covers where it stands
    in it whole; 0 if it does not. Chinese inside a word.
    """
    asked, given = tokens(phrase), tokens(text)
    if not asked or not given:
        return 0
    if len(asked) == 1 and not asked[0].isascii():
        return 1 if any(asked[0] in word for word in given) else 0
    if asked[0] not in given:
        return 0
    width = len(asked)
    return width if any(given[i : i + width] == asked for i in range(len(given) - width + 1)) else 0


def same(phrase, text) -> bool:
    """Whether name and phrase are the same words, with or without what stands in brackets."""
    asked = "".join(tokens(phrase))
    return bool(asked) and asked in _written(str(text))


@cache
def _written(text) -> frozenset[str]:
    """A name as one word: as it is, without what stands in brackets, and each of two scripts that say the same."""
    forms = (text, BRACKETED.sub(" ", text), *in_two_scripts(text))
    return frozenset("".join(tokens(form)) for form in forms)


@cache
def in_two_scripts(text) -> tuple[str, ...]:
    """The Chinese and the Latin half of a name that says the same twice: 编号 No., 性别 / Sex; () for another."""
    match = TWICE.fullmatch(BRACKETED.sub("", text).strip())
    return (match[1] or match[3], match[2] or match[4]) if match else ()


@cache
def course_in(text) -> tuple[str, str, str]:
    """The course that a name speaks of, by which word, and the rest of the name; ("", "", text) if of none.

    A line of therapy is no course of ICI: it comes back as a course of its own, "LINE".
    """
    text = FIRST_LINE_ICI.sub(" ici1 ", PFSR.sub("PFS rechallenge", str(text)))
    text = OF_VISIT.sub(" ", NUMBERED.sub(" ", text))  # the 1 of PD-1 and RECIST 1.1 names no course
    if set(synonyms()["lines"]) & set(tokens(text)) or "线" in text or "線" in text or NTH_LINE.search(text):
        return "LINE", "line", text
    found = {}
    for course, words in synonyms()["courses"].items():
        by = [word for word in words if position(word, text)]
        if by:
            found[course] = max(by, key=len)
    if len(found) == 2:  # "first dose of rechallenge" speaks of rechallenge, "2 doses of first ICI" of the first
        course = "RECHALLENGE" if found["RECHALLENGE"] not in PLACES else "INITIAL"
        found = {course: found[course]} if found["INITIAL"] not in PLACES or course == "RECHALLENGE" else {}
    if not found:
        return "", "", text
    (course, word), words = next(iter(found.items())), list(tokens(text))
    asked = tokens(word)
    if not asked[0].isascii():
        whole = unicodedata.normalize("NFKC", text)
        rest = (whole if asked[0] in whole else " ".join(words)).replace(asked[0], "")
        return course, word, re.sub(r"(?<![A-Za-z0-9]) +(?![A-Za-z0-9])", "", rest)
    start = next(i for i in range(len(words)) if tuple(words[i : i + len(asked)]) == asked)
    return course, word, " ".join(words[:start] + words[start + len(asked) :])


def speaks_against(target, text, course="RECHALLENGE") -> bool:
    """Whether a text names something that a column of the dictionary does not mean, such as survival from diagnosis;
    course : the one that the cohort is of."""
    rule = synonyms()["against"].get(target)
    spoken = course_in(text)[0] if re.search(r"[^\W\d_]", str(text)) else ""  # 0/1 names codes, and no course
    other = rule and rule["course"] != course and spoken == rule["course"]
    return bool(rule) and (other or any(position(w, text) for w in rule["words"]))


@cache
def legend_in(text) -> dict[str, str]:
    """{code: what it means} where a name explains its codes: 性别（1男，2女）, status (0 = alive, 1 = dead), (dead=1,
    alive=0), (1 = alive) of one code alone; {} where not."""
    found = {}
    for part in re.findall(BRACKETED, _normal(text)):
        found |= _pairs(part[1:-1]) or dict(ONE_CODE.findall(part) or ONE_WORD.findall(part))
    return found


@cache
def is_legend(text) -> bool:
    """Whether a text is nothing but an explanation of codes: 1生0死, 1 = dead."""
    pairs, rest = _pairs(_normal(text)), _normal(text)
    if ONE_CODE.fullmatch(f"({rest})") or ONE_WORD.fullmatch(f"({rest})"):
        return True
    for code, said in pairs.items():
        rest = rest.replace(code, "", 1).replace(said, "", 1)
    return len(pairs) > 1 and not re.sub(r"[\s=:是为、.,;/|\-]", "", rest)


def _normal(text) -> str:
    return unicodedata.normalize("NFKC", str(text))


def _pairs(text) -> dict[str, str]:
    """{code: what it means} of an explanation of several codes, the code before its word or behind it."""
    turned = [(code, said) for said, code in WORD_FIRST.findall(text)]
    for pairs in (turned, LEGEND.findall(text)):
        codes = [code for code, _ in pairs]
        if (
            len(pairs) > 1
            and len(set(codes)) == len(codes) == len(re.findall(r"\d+", text))
            and all(re.search(r"[^\W\d_]", said) for _, said in pairs)
        ):
            return {code: said.strip() for code, said in pairs}
    return {}


def without_legend(text) -> str:
    """A name without the explanation of its codes."""
    text = str(text)
    if is_legend(text):
        return ""
    return BRACKETED.sub(lambda m: "" if legend_in(m[0]) else m[0], text).strip() if legend_in(text) else text


LETTER = re.compile(r"[(\[（]\s*([mdwy])\s*[)\]）]", re.IGNORECASE)


def unit_in(text) -> str:
    """The unit of time that a name or label speaks of, or ''."""
    for unit, words in synonyms()["units"].items():
        if any(position(word, text) for word in words):
            return unit
    letter = LETTER.search(str(text))  # PFS (m)
    return {"m": "months", "d": "days", "w": "weeks", "y": "years"}[letter[1].lower()] if letter else ""


@cache
def phrases(table) -> dict[str, tuple[str, tuple[str, ...]]]:
    """{column: (course, words)} for one table; `course` is '' where the column is of no course."""
    found, known = {}, load_dictionary()[table].columns
    for name, words in synonyms()["columns"][table].items():
        if "*" not in name:
            found[name] = "", tuple(words)
            continue
        for course, short in (("INITIAL", "1"), ("RECHALLENGE", "R")):
            column = name.replace("_*", f"_{course}").replace("*", short)
            if column in known:
                found[column] = course, tuple(words)
    return found


def of_visit(name, label="") -> bool:
    """Whether a name speaks of the number of a visit; v7 with a label is the number of a column."""
    return bool(OF_VISIT.search(str(name))) and not (label and BARE_NAME.fullmatch(str(name).strip()))


def level_words(column) -> dict[str, tuple[str, ...]]:
    """{code: words} of a coded column or flag, its own codes and labels among them."""
    table = synonyms()["levels"]
    if column.type == "flag":
        return {code: tuple(words) for code, words in table["flag"].items()}
    shared = table.get(column.name) or _shared(column, table)
    return {code: (code, label, *shared.get(code, ())) for code, label in (column.levels | column.not_known).items()}


def _shared(column, table):
    codes = set(column.levels)
    names = {"phase": {"INITIAL", "INTERIM", "RECHALLENGE"}, "response": {"CR", "PR"}, "yesno": {"N", "Y"}}
    return next((table[name] for name, some in names.items() if some <= codes), {})


def level_of(word, column) -> str:
    """The code that a word or label means in a column, or ''.
    Marks such as < and % count; a remark in brackets does not.
    """
    codes = _codes(column.name, column.type, tuple((column.levels | getattr(column, "not_known", {})).items()))
    for form in _forms(str(word), "flag" if column.type == "flag" else column.name):
        if _bare(form) in codes:
            return codes[_bare(form)]
    return ""


@cache
def _forms(word, kind) -> tuple[str, ...]:
    """A cell as it stands, as a whole number, without its remark, and the code inside what is written around it."""
    text = plain(word)
    found = [text, text[:-2] if re.fullmatch(r"\d+\.0", text) else text, without_remark(text)]
    for pattern in (*synonyms()["forms"].get(kind, ()), *synonyms()["forms"]["any"]):
        for base in (text, found[-1]):
            match = re.fullmatch(pattern, base, re.IGNORECASE)
            if match:
                found.append(match[1])
                break
    return tuple(dict.fromkeys(found))


def side_of(label, column) -> str:
    """The code of a flag that a longer label speaks of, if it
    speaks of one alone: 0 of "alive or lost to follow-up".
    """
    found = {code for code, words in level_words(column).items() for w in words if len(w) > 1 and position(w, label)}
    return found.pop() if len(found) == 1 else ""


@cache
def _codes(name, kind, levels) -> dict[str, str]:
    """{word: code} of a column; the first level that has a word keeps it."""
    found = {}
    for code, words in level_words(Column(name, "", "", kind, levels=dict(levels))).items():
        for word in words:
            found.setdefault(_bare(word), code)
    return found


def means_unknown(word) -> bool:
    """Whether a word says that the value is not known."""
    word = str(word).strip()
    return _bare(word) in _unknown() if _bare(word) else bool(word) and word in synonyms()["unknown"]


@cache
def _unknown() -> frozenset:
    return frozenset(_bare(word) for word in synonyms()["unknown"] if _bare(word))


@cache
def _bare(word) -> str:
    text = (
        without_accents(unicodedata.normalize("NFKC", str(word)))
        .translate(ONE_SCRIPT)
        .lower()
        .replace("≥", ">=")
        .replace("≤", "<=")
        .replace("–", "-")
    )
    return re.sub(r"[\s_./\-]+", "", text).strip(",;:。")
