"""The head of a table: what each column holds, and of which patients."""

import re
from dataclasses import dataclass, field, replace

from .document import Cell, Table
from .forms import NUM
from .mentions import endpoint_mentions, grade_name
from .signs import plain

N_EQUALS = re.compile(
    r"[\[(]?\s*(?:weighted |effective"
    r" |pseudo)?(?<![A-Za-z])[Nn]\s*=\s*(?P<n>\d[\d,]*(?:\.\d+)?)\s*(?:例|patients?)?\s*[\])]?"
    r"|[\[(]\s*(?P<zh>\d+)\s*例\s*[\])]|[\[(]\s*ESS\s*[=:]?\s*(?P<ess>\d+(?:\.\d+)?)\s*[\])]"
)
P_HEAD = re.compile(
    r"(?:(?:two|one|1|2)-(?:sided|tailed) |adjusted |log-?rank |nominal |interaction )?P(?:[-"
    r" ]?values?|\s*值)?\s*(?:\(.*\)|(?-i:[a-z*†‡§¶])|for .*|[-_ ]?int(?:eraction)?\.?)?|log-?rank(?: test)?"
    r"|Significance",
    re.I,
)
TEST_HEAD = re.compile(
    r"(?P<chi>(?:χ2?|χ²)\s*(?:/\s*[a-zA-Z])?\s*(?:值|value)?|chi-?squared?.*|卡方值?)|(?P<t>[tZzF](?:\s*值| value|"
    r" statistic)?(?:/.*)?|χ.*[/、].*|统计值|统计量|检验值|(?:test )?statistic)",
    re.I,
)
SMD_HEAD = re.compile(r"(?:ASD|SMD|standardi[sz]ed (?:mean )?diff.*|标准化.*差)(?:.*)", re.I)
RATIO_HEAD = re.compile(
    r"(?<![A-Za-z])(?P<a>adjusted |a)?(?P<r>(?-i:s?HRs?|ORs?|RRs?)|hazard ratios?|odds ratios?|风险比)(?![A-Za-z])",
    re.I,
)
CI_HEAD = re.compile(
    r"(?P<level>\d{2}(?:\.\d)?)\s*%\s*-?\s*(?:CI|confidence intervals?|C\.I\.|可信区间|置信区间)", re.I
)
COUNT_HEAD = re.compile(
    r"(?:n|no\.?|number|numbers|count|frequency|cases|例数|patients?|N|number of patients|no\. of"
    r" (?:patients|cases)|patients?,? n|例)(?: \(n\))?",
    re.I,
)
PERCENT_HEAD = re.compile(r"(?:%|percent(?:age)?s?|proportion|构成比|百分比|率)\s*(?:\(%\))?|\(%\)", re.I)
EVENT_HEAD = re.compile(r"(?:no\.? of )?(?:events?|deaths)(?:, ?n)?|事件数", re.I)
OF_PATIENTS = re.compile(
    r"[,(\[]?\s*(?:(?:no|number)s?\.? of )?(?:events?|deaths)\s*(?:/|per|out of|of)\s*(?:(?:no|number)s?\.? of )?"
    r"(?:n|no\.?|patients|pts|total)(?![a-z])(?:,? ?\(?%\)?)?[)\]]?$|事件数?/(?:例数|总数)$",
    re.I,
)
MODEL = re.compile(
    r"(?P<u>uni-?varia(?:ble|te)|crude|unadjusted|单因素)|(?P<m>multi-?varia(?:ble|te)|adjusted|多因素)", re.I
)
WEIGHT = re.compile(
    r"(?P<before>before|unweighted|original|crude|unmatched|raw|加权前|匹配前)|(?P<after>after|weighted|IPTW|matched"
    r"|PSM|propensity|加权后|匹配后)",
    re.I,
)
FIT_HEAD = re.compile(
    r"(?:B|β|beta|b|coef(?:ficient)?s?|SE|S\.E\.?(?:\(B\))?|standard errors?|Wald.*|df|d\.f\.|B值|β值|SE值|标准误)",
    re.I,
)
GRADE_HEAD = re.compile(
    r"(?:(?:(?:CTCAE )?grades?|Gr\.?|G)\s*(?P<g>(?:>=?|≥)?\s*[1-5](?:\s*(?:-|~|to|or|and|/)\s*[1-5])?(?:\s*(?:or"
    r" (?:higher|worse|more)|and above|\+))?|any|all)|(?P<any>any(?: grades?)?|all["
    r" -]grades?|any-grade|所有级别|任何级别|总发生率|合计|全部级别|total|总计)|(?P<b>(?:≥|>=?)\s*(?:grades?\s*)?[1-5]"
    r"|[1-5]\s*[-~]\s*[1-5]|[1-5])(?:\s*级(?:及以上)?)?|(?P<rom>[ⅠⅡⅢⅣ](?:\s*[-~]\s*[ⅠⅡⅢⅣ])?)\s*[级度]|[≥>]\s*3\s*级"
    r"|severe)(?:\s*(?:,\s*)?(?:n\s*)?\(%\)|,\s*n\s*\(%\)|,?\s*no\.?\s*\(%\))?",
    re.I,
)
GRADE_TAIL = re.compile(r"(?<=\w) (?:(?:CTCAE )?grades?|Gr\.?|G)\s*(?:[≥>]=?\s*)?[1-5](?:\s*[-~]\s*[1-5])?$", re.I)
COURSE = re.compile(
    r"(?P<first>(?:first|initial|prior|previous)[^,;]*(?:ICIs?|course|immunotherapy|treatment|therapy|line)|initial"
    r" treatment|首次|初始)|(?P<again>re-?challenge|retreatment|re-?exposure|second"
    r" (?:ICI|course)|resumption|再挑战|再次)",
    re.I,
)
COURSES = {True: "first course", False: "rechallenge"}
ALL_HEAD = re.compile(
    r"(?:all|total|overall|entire|whole|the)?\s*(?:patients?|cases?|subjects?|participants?|cohort|population|study"
    r" population|value|values|data|result|results|全部(?:患者)?|合计|总计|例数|overall|total|all)?\s*",
    re.I,
)
STATISTIC_WORDS = re.compile(
    r",?\s*(?:n\s*\(%\)|no\.?\s*\(%\)|number \(%\)|例\(%\)|\(%\)|n/N\s*\(%\)|mean\s*(?:±|\(SD\)|and"
    r" SD).*|median\s*\(.*\)|months?|(?:(?<=, )|\()(?:mos?\.?|weeks?|years?)\)?|\((?:个?月|周|年|天|d)\)"
    r"|\[\s*n\s*\(%\)\s*\]|n, %|%|(?<=, )(?:n|No\.?))\s*$",
    re.I,
)


WEIGHT_ONLY = re.compile(
    r"(?:before|after|prior to)?"
    r" ?(?:(?:un)?weight(?:ed|ing)|(?:un)?match(?:ed|ing)|original|crude|raw|PSM|IPTW|propensity[- ]score(?:[-"
    r" ]match(?:ed|ing))?)"
    r"(?: (?:cohort|population|sample|data|analysis))?(?: ?\((?:IPTW|PSM|SMRW)\))?|(?:加权|匹配)[前后]",
    re.I,
)


@dataclass(frozen=True)
class Column:
    """One column of a table. role: label, value, n, percent, estimate,
    ci, p, test, smd, ratio, events, fit (B, SE, Wald), skip.
    """

    role: str
    head: tuple[str, ...]
    group: str = ""
    n: str = ""
    n_cell: str = ""
    grade: str = ""
    model: str = ""
    weight: str = ""
    course: str = ""
    ratio: str = ""
    level: str = ""
    endpoint: str = ""
    extras: dict = field(default_factory=dict)


def head_path(table: Table, column: int) -> tuple[str, ...]:
    """The heads above a column, from above, each once."""
    path: list[str] = []
    for row in table.rows[: table.heads]:
        text = row[column].text
        if text and (not path or path[-1] != text):
            path.append(text)
    return tuple(path)


WEIGHTED_TABLE = re.compile(
    r"(?:after|following) (?:the )?(?:propensity|PSM\b|IPTW\b|matching|weighting)"
    r"|\b(?:matched|weighted) (?:cohorts?|populations?|samples?|patients|groups?|analys[ei]s)|加权后|匹配后",
    re.I,
)


def columns_of(table: Table) -> list[Column]:
    """The columns of a table; the first is the label."""
    width = len(table.rows[0]) if table.rows else 0
    made = [_column(head, j) for j, head in enumerate(_units_apart([head_path(table, j) for j in range(width)]))]
    caption = plain(table.caption)
    alone = WEIGHTED_TABLE.search(caption) and not re.search("before|unweighted|unmatched|加权前|匹配前", caption, re.I)
    if alone and not any(c.weight for c in made):  # a table of the matched cohort alone
        made = [replace(c, weight="weighted") if c.role != "label" else c for c in made]
    return _share_heads(made)


def _units_apart(heads):
    """Heads of n and % beside each other that ran into the name above them: `Arm A No.` and `Arm A %` are two lines."""
    last = [re.fullmatch(r"(?P<name>.+?[^,]) (?P<unit>%|n|No\.?)", plain(h[-1]) if h else "") for h in heads]
    made = list(heads)
    for j, (a, b) in enumerate(zip(last, last[1:], strict=False)):
        if a and b and a["name"] == b["name"] and a["unit"] != b["unit"] and not _is_statistic(a["name"]):
            for k, m in ((j, a), (j + 1, b)):
                made[k] = (*heads[k][:-1], heads[k][-1][: m.end("name")], m["unit"])
    return made


def _column(head, index) -> Column:
    head = _unwrapped(head)
    words = [plain(h).strip() for h in head]
    whole = " > ".join(words)
    if index == 0:
        return Column("label", head)
    group, n, n_cell = _group(head, words)
    column = Column(_role_of_path(words, whole), head, group=group, n=n, n_cell=n_cell)
    model, weight, course, ratio, interval = (k.search(whole) for k in (MODEL, WEIGHT, COURSE, RATIO_HEAD, CI_HEAD))
    column = replace(
        column,
        model="" if not model else "univariable" if model["u"] else "multivariable",
        weight="" if not weight else "unweighted" if weight["before"] else "weighted",
        course="" if not course or n and re.search(r"[<>≥≤]", whole) else COURSES[bool(course["first"])],
        ratio=_ratio(ratio),
        level=interval["level"] if interval else "",
        grade=_grade(words),
    )
    return column


def _unwrapped(head):
    """Heads whose words go on in the line below are one: `Arm A (n =` over `48)`, `P` over `value`."""
    made: list[str] = []
    for part in head:
        above = plain(made[-1]) if made else ""
        if made and (
            above.count("(") > above.count(")") or P_HEAD.fullmatch(f"{above} {plain(part)}") or above.endswith("-")
        ):
            made[-1] = f"{made[-1]} {part}"
        else:
            made.append(part)
    return tuple(made)


MODELLED = re.compile(
    r"^(?:(?:uni|multi)-?varia(?:ble|te)|(?:un)?adjusted|crude)(?: (?:analys[ei]s|models?|Cox))?,? (?=\S)", re.I
)


LIMIT_HEAD = re.compile(r"(?:lower|upper|low|high)(?: (?:limit|bound|CL))?|[LU](?:CL|L)|下限|上限", re.I)
LIMIT_OF = re.compile(
    r"(?:lower|upper)(?: limit| bound)?,? (?:of )?(?:the )?\d\d ?%? ?(?:CI|confidence interval)"
    r"|\d\d ?% ?(?:CI )?(?:lower|upper|[LU]CL)(?: limit)?",
    re.I,
)


def _role_of_path(words, whole):
    """What a column holds; below a head such as SMD or P value, `unweighted` and `weighted` say of whom alone."""
    role = _role(words[-1] if words else "", whole)
    above = _role(words[-2], whole) if len(words) > 1 else ""
    if role == "value" and above == "events" or above == "ci" and LIMIT_HEAD.fullmatch(words[-1]):
        return above  # events/patients over the arms, lower and upper below 95% CI
    if LIMIT_OF.fullmatch(words[-1] if words else ""):
        return "ci"
    alone = bool(words) and (WEIGHT_ONLY.fullmatch(words[-1]) or MODEL_ONLY.fullmatch(words[-1]))
    return above if role == "value" and alone and above in ("smd", "p", "ratio", "test") else role


MODEL_ONLY = re.compile(
    r"(?:(?:un)?adjusted|crude|(?:uni|multi)-?varia(?:ble|te))(?: (?:analysis|model))?|单因素|多因素", re.I
)


def _role(last, whole):
    bare = MODELLED.sub("", re.sub(r"\s+", " ", last))
    if N_EQUALS.search(bare):  # `Patients (N = 47) %`: two lines of a head in one
        bare = (N_EQUALS.sub("", bare).split() or [bare])[-1] if re.search(r"[)\d] (?:n|No\.|%)$", bare) else bare
    ratio = RATIO_HEAD.search(last)
    if re.fullmatch(P_HEAD, bare):
        return "p"
    if SMD_HEAD.fullmatch(bare):
        return "smd"
    if ratio:
        return "ratio"
    if CI_HEAD.match(bare):
        return "ci"
    if FIT_HEAD.fullmatch(bare):
        return "fit"
    if re.fullmatch(TEST_HEAD, bare):
        return "test"
    if COUNT_HEAD.fullmatch(bare):
        return "n"
    if PERCENT_HEAD.fullmatch(bare):
        return "percent"
    if EVENT_HEAD.fullmatch(bare) or OF_PATIENTS.search(bare):
        return "events"
    return "value"


def _ratio(match):
    if not match:
        return ""
    word = match["r"].lower().rstrip("s")
    return "odds_ratio" if word.startswith("o") else "risk_ratio" if word == "rr" else "hazard_ratio"


def _grade(words):
    for word in reversed(words):
        match = GRADE_HEAD.fullmatch(word.strip())
        if match:
            return grade_name(match["g"] or match["b"] or match["rom"] or ("≥3" if "severe" in word.lower() else "any"))
        inner = re.search(
            r"grades?\s*(?P<g>(?:>=?|≥)?\s*[1-5](?:\s*(?:-|~|to|or|and|/)\s*[1-5])?(?:\s*(?:or"
            r" (?:higher|worse)|\+))?)|(?P<any>any[- ]grade|all[-"
            r" ]grades?)|(?P<zh>[1-5][-~][1-5])级|(?P<ge>(?:≥|>=?)\s*[1-5])\s*级?",
            word,
            re.I,
        )
        if inner:
            return grade_name(inner["g"] or inner["zh"] or inner["ge"] or "any")
    return ""


def _group(head, words):
    """The patients of a column: the words of its head that are no statistic, grade, model; and its n with its text."""
    names, n, n_cell = [], "", ""
    for raw, word in zip(head, words, strict=True):
        found = N_EQUALS.search(word)
        if found:
            n, n_cell = (found["n"] or found["zh"] or found["ess"]), raw
        name = N_EQUALS.sub("", word).strip(" ,:;-")
        name = re.sub(r" +(?:n|No\.|%)$", "", name) if found else name
        name = OF_PATIENTS.sub("", name)
        for _ in range(2):  # `Arm A, median (95% CI), mo`
            name = STATISTIC_WORDS.sub("", name).strip(" ,:;")
        name = re.sub(r",? ?%? ?[(]\d\d(?:\.\d)? ?% ?CI[)]$", "", name)
        name = WEIGHT_ONLY.sub("", name).strip(" ,:;")
        name = name.strip("()") if name.count("(") != name.count(")") or name.startswith("(") else name
        name = GRADE_TAIL.sub("", name)
        if (
            not name
            or _is_statistic(name)
            and not (found and RESPONDERS.fullmatch(name))
            or ALL_HEAD.fullmatch(name)
            and not re.search("[\u4e00-\u9fff]组", name)
        ):
            continue
        names.append(name)
    return " ".join(dict.fromkeys(names)), n, n_cell


STATISTIC_ONLY = re.compile(
    r"(?:(?:n|no|numbers?|percent|patients|values?|or|and|of|with|by|each|mean|median|sd|iqr|range|ci|months|years|"
    r"estimates?|results?|grades?|events?)\b|[\d\s%(),.:;/±-])+",
    re.I,
)


RESPONDERS = re.compile(r"(?:non-?)?responders|no response", re.I)


def _is_statistic(name):
    if STATISTIC_ONLY.fullmatch(name) and re.search("[A-Za-z]{2}", name):
        return True  # `No. (%) or value`, `Number of patients by grade`
    if re.fullmatch(r"(?:(?:tumou?r )?responses?|responders)(?:,? (?:n|no\.?|%))?", name, re.I):
        return True
    name = re.sub("^中位", "", name)
    ends = endpoint_mentions(name)
    if ends and ends[0].start == 0 and ends[0].end >= len(name) - 2:
        return True
    known = (P_HEAD, TEST_HEAD, FIT_HEAD, SMD_HEAD, COUNT_HEAD, PERCENT_HEAD, EVENT_HEAD, GRADE_HEAD)
    if any(k.fullmatch(name) for k in known) or RATIO_HEAD.match(name) or CI_HEAD.match(name):
        return True
    if re.fullmatch(
        r"(?:uni|multi)-?varia(?:ble|te)(?: (?:analysis|model|Cox.*))?|(?:un)?adjusted.*|单因素.*|多因素.*", name, re.I
    ):
        return True
    return bool(
        re.fullmatch(
            r"(?:m?PFS|m?OS|ORR|DCR|(?:\d+[- ](?:month|year|mo)s?[-"
            r" ])?rates?|months?|median\b.*|mean|range|estimate|(?:treatment )?effect(?:"
            r" size)?s?\b.*|differences?\b.*|characteristics?|variables?|events?|statistic|"
            r"(?:median )?(?:progression-free|overall) survival.*|median (?:PFS|OS).*|m(?:PFS|OS).*|grades?(?:, n"
            r" \(%\))?|adverse events?|"
            r"(?:\d+[- ](?:month|year|mo)s?[- ])?(?:m?PFS|m?OS|progression-free survival|overall survival)(?:"
            r" rates?)?|(?:patients|number of patients|no\.? of patients)(?: \(%\))?)(?: \(?(?:months?|mo|%)\)?)?",
            name,
            re.I,
        )
    )


def _share_heads(columns):
    """An interval column takes the group of the estimate before it; a P stands for its block of columns."""
    made: list[Column] = []
    for column in columns:
        if column.role in ("ci", "percent", "p") and made and not column.group:
            before = next((c for c in reversed(made) if c.role in ("ratio", "value", "n", "estimate")), None)
            if before and column.role != "p":
                column = replace(column, group=before.group, n=before.n)
        if column.role in ("ci", "p") and made and made[-1].role in ("ratio", "ci") and not column.model:
            column = replace(column, model=made[-1].model)  # the P behind an adjusted ratio
        made.append(column)
    return made


def numeric(cell: Cell) -> bool:
    """Whether a cell prints a number (or a dash or word that stands for one)."""
    return bool(re.match(rf"\s*(?:[<>=≤≥P]\s*)*-?{NUM}", plain(cell.text))) or plain(cell.text).strip() in (
        "-",
        "NR",
        "NE",
        "NA",
        "--",
    )
